import ContractRuntime
import HeksherClient
import LibPQ
import Testing

@Suite(.serialized) struct ConcurrencyTests {
    /// Does the same 64 times at once, and counts the outcomes.
    private static func count<Value: Hashable & Sendable>(
        _ ask: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value: Int] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for number in 0..<64 { group.addTask { try await ask(number) } }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    /// The same for the statuses of responses.
    private static func statuses(
        _ ask: @escaping @Sendable (Int) async throws -> APIResponse
    ) async throws -> [HTTPResponse.Status: Int] {
        try await count { try await ask($0).status }
    }

    @Test("64 concurrent declarations of different settings are all created")
    func differentSettings() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 8) { api in
            let answers = try await Self.count { try await api.declare("a\($0)") }
            #expect(answers == [.created: 64])
        }
    }

    @Test("Of 64 concurrent declarations of one setting, one creates it and the others are up to date")
    func oneSetting() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 8) { api in
            let answers = try await Self.count { _ in try await api.declare("a", metadata: ["k": 1]) }
            #expect(answers == [.created: 1, .upToDate: 63])
        }
    }

    @Test("Of 64 concurrent requests that add the same rule, one succeeds and 63 get 409")
    func oneRule() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 8) { api in
            try await api.declare("a")
            let answers = try await Self.statuses { _ in
                try await api.client.addRule(
                    body: .init(setting: "a", featureValues: ["theme": "dark"], value: 1)
                ).response()
            }
            #expect(answers == [.created: 1, .conflict: 63])
            try await api.sql("DO $$ BEGIN ASSERT (SELECT count(*) FROM rules) = 1; END $$")
        }
    }

    @Test("A rule change, a declaration and a deletion that wait for a rename find the renamed setting")
    func renamedMeanwhile() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 4) { api in
            try await api.declare("a")
            let rule = try await api.addRule("a", ["theme": "x"], 1)
            let isWaiting: Statement = """
                SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
                """
            let requests: [@Sendable () async throws -> Bool] = [
                { try await api.client.changeRuleValue(ruleId: rule, body: .init(value: 2)) == .noContent },
                {
                    try await api.declare("a", default: 5, version: "1.7")
                        == .upgraded(from: "1.0", .minor(.defaultValue, 0))
                }, { try await api.client.deleteSetting(name: "a") == .noContent },
            ]
            for (number, request) in requests.enumerated() {
                try await api.database.pool.withConnection { connection in
                    let names = ["a", "b", "c", "d"]
                    try await connection.run(
                        script: """
                            BEGIN;
                            UPDATE settings SET name = '\(names[number + 1])' WHERE name = '\(names[number])';
                            INSERT INTO setting_aliases VALUES ('\(names[number + 1])', '\(names[number])')
                            """)
                    async let isAnsweredWell = request()
                    while try await api.database.pool.run(isWaiting()).first?.bool(0) != true {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    try await connection.run(script: "COMMIT")
                    #expect(try await isAnsweredWell, "request \(number)")
                }
            }
        }
    }

    @Test("Of 64 concurrent requests that add the same feature, one succeeds; 64 different features all succeed")
    func features() async throws {
        try await ServiceUnderTest.with(poolSize: 8) { api in
            let same = try await Self.statuses { _ in
                try await api.client.addContextFeature(body: .init(contextFeature: "a")).response()
            }
            #expect(same == [.noContent: 1, .conflict: 63])
            let others = try await Self.count { number in
                try await api.client.addContextFeature(body: .init(contextFeature: "b\(number)"))
            }
            #expect(others == [.noContent: 64])
            try await api.sql(
                """
                DO $$ BEGIN
                    ASSERT (SELECT array_agg(index ORDER BY index) FROM context_features)
                        = (SELECT array_agg(n) FROM generate_series(0, 64) n);
                END $$
                """)
        }
    }

    @Test("Of 64 concurrent declarations of a newer version, one upgrades and the others are up to date")
    func upgrade() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 8) { api in
            try await api.declare("a")
            let answers = try await Self.count { _ in try await api.declare("a", default: 2, version: "1.1") }
            #expect(answers == [.upgraded(from: "1.0", .minor(.defaultValue, 0)): 1, .upToDate: 63])
        }
    }

    @Test("Of 64 concurrent renames to the same name, one succeeds and 63 get 409")
    func renaming() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 8) { api in
            for number in 0..<64 { try await api.declare("a\(number)") }
            let answers = try await Self.statuses { number in
                try await api.client.renameSetting(name: "a\(number)", body: .init(name: "b", version: "1.0"))
                    .response()
            }
            #expect(answers == [.noContent: 1, .conflict: 63])
        }
    }

    @Test("Concurrent writers of all kinds cause no server error")
    func everything() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"], poolSize: 8) { api in
            try await api.declare("a")
            let client = api.client
            let answers = try await Self.count { number in
                let response =
                    switch number % 8 {
                    case 0: try await client.addContextFeature(body: .init(contextFeature: "f\(number)")).response()
                    case 1: try await client.moveContextFeature(name: "user", body: .after("theme")).response()
                    case 2: try await client.deleteContextFeature(name: "theme").response()
                    case 3:
                        try await client.addRule(
                            body: .init(setting: "a", featureValues: ["theme": "v\(number)"], value: .init(number))
                        ).response()
                    case 4:
                        try await client.renameSetting(name: "a", body: .init(name: "b\(number)", version: "9.0"))
                            .response()
                    case 5:
                        try await client.setSettingMetadataKey(
                            name: "a", key: "k", body: .init(value: .init(number), version: "1.\(number)")
                        ).response()
                    case 6:
                        try await client.changeConfigurableFeatures(
                            name: "a", body: .init(configurableFeatures: ["theme", "user"], version: "\(number).0")
                        ).response()
                    default: try await client.queryRules().response()
                    }
                return response.status.kind == .serverError ? response.summary : "fine"
            }
            #expect(answers == ["fine": 64])
        }
    }
}
