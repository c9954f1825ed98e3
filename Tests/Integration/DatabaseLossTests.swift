import HeksherAPI
import LibPQ
import Logging
import PostgresTesting
import Testing

@testable import HeksherServer

@Suite struct DatabaseLossTests {
    @Test("Without its database, the service responds 503 quickly, and it recovers by itself")
    func lost() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            #expect(try await api.features == ["theme"])
            let server = try await TestServer.shared()
            let name = api.database.name
            let hangUp = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '\(name)'"
            try await server.run(hangUp)
            let features = try await soon { try await api.features }
            #expect(features == ["theme"])
            try await server.run("ALTER DATABASE \(name) ALLOW_CONNECTIONS false; \(hangUp)")
            let duration = try await PatientStopwatch.measure {
                let sentence = Responses.ServiceUnavailable.plainText("the database is unavailable")
                #expect(
                    try await api.client.listContextFeatures()
                        == .serviceUnavailable(sentence, headers: .init(cacheControl: "no-store", retryAfter: 1)))
                let added = try await api.client.addContextFeature(body: .init(contextFeature: "a"))
                #expect(added == .serviceUnavailable(sentence, headers: .init(cacheControl: "no-store", retryAfter: 1)))
                #expect(
                    try await api.client.queryRules()
                        == .serviceUnavailable(sentence, headers: .init(cacheControl: "no-store", retryAfter: 1)))
            }
            #expect(duration < .seconds(5))
            try await server.run("ALTER DATABASE \(name) ALLOW_CONNECTIONS true")
            let featuresAgain = try await soon { try await api.features }
            #expect(featuresAgain == ["theme"])
        }
    }

    @Test("A change whose commit is unconfirmed gets a 503 that says so")
    func unconfirmed() async throws {
        try await ServiceUnderTest.with { api in
            try await api.database.pool.withConnection {
                try await $0.run(
                    script: """
                        CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS $$
                            BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
                        CREATE CONSTRAINT TRIGGER hang_up AFTER INSERT ON context_features DEFERRABLE INITIALLY DEFERRED
                            FOR EACH ROW EXECUTE FUNCTION hang_up();
                        """)
            }
            let added = try await api.client.addContextFeature(body: .init(contextFeature: "a"))
            let sentence = Responses.ServiceUnavailable.plainText(
                "the database did not confirm the change: it may have been made")
            #expect(added == .serviceUnavailable(sentence, headers: .init(cacheControl: "no-store", retryAfter: 1)))
        }
    }

    @Test("The service does not start on a database without the schema")
    func noSchema() async throws {
        try await TestDatabase.with { database in
            let error = await #expect(throws: StartError.self) {
                try await ServiceUnderTest.running(on: database) { _ in }
            }
            #expect(error?.description.contains("heksher migrate") == true)
        }
    }

    @Test("The service does not start on a port that is in use")
    func portInUse() async throws {
        try await ServiceUnderTest.with { api in
            let configuration = ServiceConfiguration(database: api.database.configuration, port: api.port)
            let application = HeksherApplication(
                configuration, Observability(logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() }))
            let error = await #expect(throws: StartError.self) { try await application.run() }
            #expect(error?.description.contains("\(api.port)") == true)
        }
    }
}
