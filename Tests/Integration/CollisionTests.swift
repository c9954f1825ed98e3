import HTTPTypes
import Testing

@Suite struct CollisionTests {
    @Test("A writer that collides repeatedly gets 503, and the service stays healthy")
    func collisions() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.ask(declaring: "s")
            // As if another writer were always faster.
            try await api.sql(
                """
                CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN RAISE EXCEPTION USING ERRCODE = 'unique_violation'; END $$;
                CREATE TRIGGER collide BEFORE INSERT OR UPDATE ON settings EXECUTE FUNCTION collide();
                CREATE TRIGGER collide BEFORE INSERT ON rules EXECUTE FUNCTION collide();
                """)
            #expect(try await api.ask(declaring: "new") == "503 the database is unavailable")
            #expect(
                try await api.ask(.put, "/settings/s/name", #"{"name":"t","version":"1.1"}"#)
                    == "503 the database is unavailable")
            #expect(
                try await api.ask(addingRuleTo: "s", #"{"theme":"x"}"#, "1") == "503 the database is unavailable")
        }
    }
}
