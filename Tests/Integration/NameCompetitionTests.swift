import ContractRuntime
import HTTPTypes
import HeksherAPI
import HeksherClient
import LibPQ
import Synchronization
import Testing

/// Names and aliases are in two tables, and no constraint of PostgreSQL spans both. A string may be a name or an alias
/// of only one setting, even under concurrency.
@Suite(.serialized) struct NameCompetitionTests {
    /// An operation that makes the string `s` the name of a setting.
    enum Claim: String, CaseIterable {
        case declaration
        case renaming
        case declarationWithAlias

        /// The setting `from` exists, and is renamed unless the operation creates a setting.
        func make(_ api: ServiceUnderTest, from setting: String, default value: Int) async throws -> HTTPResponse.Status
        {
            switch self {
            case .declaration:
                try await api.send(.post, "/settings/declare", declaration(value)).status
            case .renaming:
                try await api.send(.put, "/settings/\(setting)/name", #"{"name":"s","version":"1.0"}"#).status
            case .declarationWithAlias:
                try await api.send(
                    .post, "/settings/declare", declaration(value, #","alias":"\#(setting)","version":"1.1""#)
                ).status
            }
        }

        private func declaration(_ value: Int, _ more: String = "") -> String {
            #"{"name":"s","configurable_features":["theme"],"type":"int","default_value":\#(value)\#(more)}"#
        }
    }

    /// The strings that are both names and aliases.
    private static func doubleNames(_ api: ServiceUnderTest) async throws -> [String] {
        let names: Statement = "SELECT name FROM settings WHERE name IN (SELECT alias FROM setting_aliases)"
        return try await api.database.pool.run(names()).map { try $0.string(0) }
    }

    /// The number of transactions that wait for an advisory lock.
    private static func waitingCount(_ api: ServiceUnderTest) async throws -> Int {
        let count: Statement = """
            SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
        return try await api.database.pool.run(count()).first?.int(0) ?? 0
    }

    private final class Flag: Sendable {
        private let state = Mutex(false)

        var isSet: Bool { state.withLock(\.self) }

        func set() { state.withLock { $0 = true } }
    }

    /// The outcome of two claims. The first is delayed after its decision and before its write.
    private struct Outcome {
        /// Whether the second claim finished meanwhile.
        var isSecondDone = false
        var first = HTTPResponse.Status.internalServerError
        var second = HTTPResponse.Status.internalServerError
    }

    /// Makes two claims. If the second does not wait for the first, its setting is renamed, so that the string becomes
    /// an alias.
    private static func compete(_ api: ServiceUnderTest, _ slow: Claim, _ fast: Claim) async throws -> Outcome {
        for name in ["slow", "fast"] { try await api.declare(name) }
        try await api.sql(
            """
            CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NEW; END $$;
            CREATE TRIGGER hold_new BEFORE INSERT ON settings FOR EACH ROW WHEN (NEW.default_value = '1')
                EXECUTE FUNCTION hold();
            CREATE TRIGGER hold_renamed BEFORE UPDATE ON settings FOR EACH ROW
                WHEN (NEW.name = 's' AND OLD.name = 'slow') EXECUTE FUNCTION hold();
            """)
        let isDone = Flag()
        var outcome = Outcome()
        try await api.database.pool.withConnection { holder in
            try await holder.run(script: "SELECT pg_advisory_lock(42)")
            async let first = slow.make(api, from: "slow", default: 1)
            while try await waitingCount(api) < 1 { try await Task.sleep(for: .milliseconds(2)) }
            async let second = {
                let status = try await fast.make(api, from: "fast", default: 2)
                isDone.set()
                return status
            }()
            while try await waitingCount(api) < 2, !isDone.isSet {
                try await Task.sleep(for: .milliseconds(2))
            }
            outcome.isSecondDone = isDone.isSet
            if outcome.isSecondDone {
                try await api.expect(.put, "/settings/s/name", #"{"name":"z","version":"1.2"}"#, is: "204")
            }
            try await holder.run(script: "SELECT pg_advisory_unlock(42)")
            (outcome.first, outcome.second) = (try await first, try await second)
        }
        return outcome
    }

    @Test(
        "A string that one operation is making a name cannot become a name or an alias of another setting",
        arguments: Claim.allCases, Claim.allCases)
    func held(slow: Claim, fast: Claim) async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 6) { api in
            let outcome = try await Self.compete(api, slow, fast)
            #expect(!outcome.isSecondDone)
            #expect(outcome.first.kind == .successful)
            // A declaration of version 1.0 is older than the other claim's version 1.1.
            let isOutdated = slow == .declarationWithAlias && fast == .declaration
            #expect(outcome.second == (isOutdated ? .ok : .conflict))
            #expect(try await Self.doubleNames(api).isEmpty)
        }
    }

    @Test(
        "Without the lock, the string would become a name and an alias", arguments: Claim.allCases, Claim.allCases
    )
    func unlocked(slow: Claim, fast: Claim) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            // New connections find a function with the lock's name that locks nothing.
            try await api.sql(
                """
                CREATE FUNCTION pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE sql AS '';
                ALTER DATABASE \(api.database.name) SET search_path = public, pg_catalog
                """)
            try await ServiceUnderTest.running(on: api.database, poolSize: 6) { unlocked in
                let outcome = try await Self.compete(unlocked, slow, fast)
                #expect(outcome.isSecondDone)
                #expect(try await Self.doubleNames(unlocked) == ["s"])
            }
        }
    }

    @Test(
        "If many clients declare, rename and delete at once, no string is both a name and an alias"
    )
    func many() async throws {
        try await ServiceUnderTest.with(features: ["theme"], poolSize: 8) { api in
            let names = ["s", "t", "u"]
            for round in 0..<20 {
                try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
                    for number in 0..<24 {
                        group.addTask {
                            let (name, other) = (names[number % 3], names[(number / 3 + 1) % 3])
                            let declaration =
                                #"{"name":"\#(name)","configurable_features":["theme"],"type":"int","default_value":0"#
                            return switch (number + round) % 4 {
                            case 0: try await api.send(.post, "/settings/declare", declaration + "}").status
                            case 1:
                                try await api.send(
                                    .put, "/settings/\(name)/name", #"{"name":"\#(other)","version":"1.\#(round)"}"#
                                ).status
                            case 2:
                                try await api.send(
                                    .post, "/settings/declare",
                                    declaration
                                        + #","alias":"\#(other == name ? "x" : other)","version":"1.\#(round)"}"#
                                ).status
                            default: try await api.send(.delete, "/settings/\(name)").status
                            }
                        }
                    }
                    for try await status in group {
                        // A client may lose repeatedly against others.
                        #expect(status.kind != .serverError || status == .serviceUnavailable, "round \(round)")
                    }
                }
                #expect(try await Self.doubleNames(api).isEmpty, "round \(round)")
                for name in names {
                    let (found, queried) = (
                        try await api.send(.get, "/settings/\(name)"),
                        try await api.send(.get, "/query?settings=\(name)")
                    )
                    #expect(found.status == queried.status, "round \(round): \(name)")
                }
            }
        }
    }
}
