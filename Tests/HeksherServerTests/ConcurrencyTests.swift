import HTTPTypes
import Postgres
import Testing

@Suite(.serialized) struct ConcurrencyTests {
    /// Does the same 64 times at once, and counts the answers.
    private static func count(
        _ ask: @escaping @Sendable (Int) async throws -> String
    ) async throws -> [String: Int] {
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<64 { group.addTask { try await ask(number) } }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    @Test("64 clients declare 64 settings")
    func differentSettings() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 8) { api in
            let answers = try await Self.count { try await api.declare("a\($0)") }
            #expect(answers == [#"200 {"outcome":"created"}"#: 64])
        }
    }

    @Test("64 clients declare one setting")
    func oneSetting() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 8) { api in
            let answers = try await Self.count { _ in try await api.declare("a", ["metadata": #"{"k":1}"#]) }
            #expect(answers == [#"200 {"outcome":"created"}"#: 1, #"200 {"outcome":"uptodate"}"#: 63])
        }
    }

    @Test("64 clients add one rule")
    func oneRule() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 8) { api in
            try await api.declare("a")
            let answers = try await Self.count { _ in
                let body = #"{"setting":"a","feature_values":{"theme":"dark"},"value":1}"#
                return "\(try await api.send(.post, "/rules", body).status)"
            }
            #expect(answers == ["201": 1, "409": 63])
            try await api.sql("DO $$ BEGIN ASSERT (SELECT count(*) FROM rules) = 1; END $$")
        }
    }

    @Test("What waits for a rename finds the renamed setting: a rule's new value, a declaration, a deletion")
    func renamedMeanwhile() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 4) { api in
            try await api.declare("a")
            let rule = try await api.addRule("a", #"{"theme":"x"}"#, "1")
            let isWaiting: Statement = """
                SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
                """
            let requests: [(HTTPRequest.Method, String, String?, String)] = [
                (.put, "/rules/\(rule)/value", #"{"value":2}"#, "204"),
                (
                    .post, "/settings/declare",
                    #"{"name":"a","configurable_features":["theme"],"type":"int","default_value":5,"version":"1.7"}"#,
                    #"200 {"outcome":"upgraded","previous_version":"1.0","differences":[{"level":"minor","attribute":"default_value","latest_value":0}]}"#
                ), (.delete, "/settings/a", nil, "204"),
            ]
            for (number, (method, path, body, expected)) in requests.enumerated() {
                try await api.database.pool.withConnection { connection in
                    let names = ["a", "b", "c", "d"]
                    try await connection.run(
                        script: """
                            BEGIN;
                            UPDATE settings SET name = '\(names[number + 1])' WHERE name = '\(names[number])';
                            INSERT INTO setting_aliases VALUES ('\(names[number + 1])', '\(names[number])')
                            """)
                    async let answer = api.send(method, path, body).summary
                    while try await api.database.pool.run(isWaiting()).first?.bool(0) != true {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    try await connection.run(script: "COMMIT")
                    let found = try await answer
                    #expect(found == expected)
                }
            }
        }
    }

    @Test("64 clients add one feature, and 64 others")
    func features() async throws {
        try await ServiceUnderTest.with(poolSize: 8) { api in
            let same = try await Self.count { _ in
                "\(try await api.send(.post, "/context_features", #"{"context_feature":"a"}"#).status)"
            }
            #expect(same == ["204": 1, "409": 63])
            let others = try await Self.count { number in
                "\(try await api.send(.post, "/context_features", #"{"context_feature":"b\#(number)"}"#).status)"
            }
            #expect(others == ["204": 64])
            try await api.sql(
                """
                DO $$ BEGIN
                    ASSERT (SELECT array_agg(index ORDER BY index) FROM context_features)
                        = (SELECT array_agg(n) FROM generate_series(0, 64) n);
                END $$
                """)
        }
    }

    @Test("64 clients declare one newer version")
    func upgrade() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 8) { api in
            try await api.declare("a")
            let answers = try await Self.count { _ in
                String(
                    try await api.declare("a", ["default_value": "2", "version": #""1.1""#]).prefix { $0 != "," })
            }
            #expect(answers == [#"200 {"outcome":"upgraded""#: 1, #"200 {"outcome":"uptodate"}"#: 63])
        }
    }

    @Test("Settings that are renamed to one name, by many")
    func renaming() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 8) { api in
            for number in 0..<64 { try await api.declare("a\(number)") }
            let answers = try await Self.count { number in
                "\(try await api.send(.put, "/settings/a\(number)/name", #"{"name":"b","version":"1.0"}"#).status)"
            }
            #expect(answers == ["204": 1, "409": 63])
        }
    }

    @Test("Writers of everything at once end in no failure")
    func everything() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"], poolSize: 8) { api in
            try await api.declare("a")
            let answers = try await Self.count { number in
                let answer =
                    switch number % 8 {
                    case 0: try await api.send(.post, "/context_features", #"{"context_feature":"f\#(number)"}"#)
                    case 1: try await api.send(.patch, "/context_features/user/index", #"{"to_after":"theme"}"#)
                    case 2: try await api.send(.delete, "/context_features/theme")
                    case 3:
                        try await api.send(
                            .post, "/rules",
                            #"{"setting":"a","feature_values":{"theme":"v\#(number)"},"value":\#(number)}"#)
                    case 4: try await api.send(.put, "/settings/a/name", #"{"name":"b\#(number)","version":"9.0"}"#)
                    case 5:
                        try await api.send(
                            .put, "/settings/a/metadata/k", #"{"value":\#(number),"version":"1.\#(number)"}"#)
                    case 6:
                        try await api.send(
                            .put, "/settings/a/configurable_features",
                            #"{"configurable_features":["theme","user"],"version":"\#(number).0"}"#)
                    default: try await api.send(.get, "/query")
                    }
                return answer.status < 500 ? "fine" : answer.summary
            }
            #expect(answers == ["fine": 64])
        }
    }
}
