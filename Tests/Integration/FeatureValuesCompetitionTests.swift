import ContractRuntime
import HeksherAPI
import LibPQ
import Testing

@testable import HeksherServer

/// Rules that are added while the list of a feature's values is set.
@Suite(.serialized, .timeLimit(.minutes(10))) struct FeatureValuesCompetitionTests {
    private static let isWaiting: Statement = """
        SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
        """

    /// Runs SQL in a transaction, and ends it once a request waits for it.
    private static func holding(
        _ script: String, _ api: ServiceUnderTest, _ request: @escaping @Sendable () async throws -> String
    ) async throws -> String {
        try await api.database.pool.withConnection { connection in
            try await connection.run(script: "BEGIN; \(script)")
            async let answer = request()
            while try await api.database.pool.run(isWaiting()).first?.bool(0) != true {
                try await Task.sleep(for: .milliseconds(5))
            }
            try await connection.run(script: "COMMIT")
            return try await answer
        }
    }

    @Test("A rule that waits for a list is checked against the new list")
    func waitingRule() async throws {
        try await ServiceUnderTest.with(features: ["region"], poolSize: 4) { api in
            try await api.declare("a", features: ["region"])
            for (list, expected) in [
                ("'{eu}'", "422 body.feature_values.region value_error"), ("NULL", #"201 {"rule_id":1}"#),
            ] {
                let answer = try await Self.holding(
                    """
                    SELECT FROM context_features WHERE name = 'region' FOR UPDATE;
                    UPDATE context_features SET allowed_values = \(list)
                    """, api
                ) { try await api.ask(addingRuleTo: "a", #"{"region":"us"}"#, "1") }
                #expect(answer == expected)
            }
        }
    }

    @Test("A list that waits for a rule is checked against the new rule")
    func waitingList() async throws {
        try await ServiceUnderTest.with(features: ["region"], poolSize: 4) { api in
            try await api.declare("a", features: ["region"])
            let answer = try await Self.holding(
                "INSERT INTO rules VALUES (9, 'a', '1'); INSERT INTO conditions VALUES (9, 'region', 'us')", api
            ) { try await api.ask(.put, "/context_features/region/values", #"{"values":["eu"]}"#) }
            #expect(answer == #"409 {"conflicts":["rule 9 of the setting a has the value 'us'"]}"#)
        }
    }

    @Test("Of a rule and a list that exclude each other, one is stored, on two instances")
    func competition() async throws {
        try await ServiceUnderTest.with(features: ["region", "tenant"], poolSize: 4) { api in
            try await ServiceUnderTest.running(on: api.database) { other in
                try await api.declare("a", features: ["region", "tenant"])
                var outcomes: [String: Int] = [:]
                for round in 0..<40 {
                    async let rule = api.send(
                        .post, "/rules",
                        #"{"setting":"a","feature_values":{"tenant":"t\#(round)","region":"us"},"value":1}"#)
                    async let list = other.send(.put, "/context_features/region/values", #"{"values":["eu"]}"#)
                    let statuses = try await [rule.status.code, list.status.code]
                    #expect([[201, 409], [422, 204]].contains(statuses), "\(statuses)")
                    outcomes["\(statuses)", default: 0] += 1
                    try await api.sql("DELETE FROM rules; UPDATE context_features SET allowed_values = NULL")
                }
                #expect(outcomes.values.reduce(0, +) == 40)
            }
        }
    }
}
