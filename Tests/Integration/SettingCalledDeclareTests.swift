import HTTPTypes
import Testing

@Suite struct SettingCalledDeclareTests {
    @Test("A setting named like a segment of the paths works like any other")
    func setting() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            #expect(try await api.ask(.get, "/settings/declare") == "404 the setting declare does not exist")
            #expect(try await api.ask(.delete, "/settings/declare") == "404 the setting declare does not exist")
            try await api.ask(declaring: "declare")
            let stored = try await api.ask(.get, "/settings/declare")
            #expect(stored.hasPrefix(#"200 {"name":"declare","#), "\(stored)")
            #expect(try await api.ask(.head, "/settings/declare") == "200")
            #expect(try await api.ask(.delete, "/settings/declare") == "204")
            let answer = try await api.send(.patch, "/settings/declare", "{}")
            #expect(answer.status == 405 && answer.headerFields[.allow] == "DELETE, GET, HEAD, POST")
        }
    }

    @Test("A segment of the paths in place of a rule id is refused")
    func rule() async throws {
        try await ServiceUnderTest.with { api in
            let answer = try await api.ask(.delete, "/rules/search")
            #expect(answer == "422 path.rule_id type_error.integer")
            #expect(
                try await api.ask(.get, "/rules/search")
                    == "422 query.setting value_error.missing, query.feature_values value_error.missing")
        }
    }
}
