import HeksherDomain
import HeksherStore
import PostgresTesting
import Testing

@testable import HeksherServer

@Suite struct StartupContextFeaturesTests {
    /// Starts a service on a database with these features, and returns its list of features.
    private static func start(
        _ wanted: String, on stored: [String], _ edit: String = ""
    ) async throws -> [String] {
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            for feature in stored { _ = try await Store(database.pool).addContextFeature(feature) }
            if !edit.isEmpty { try await database.pool.withConnection { try await $0.run(script: edit) } }
            var list: [String] = []
            try await ServiceUnderTest.running(
                on: database, startupContextFeatures: StartupContextFeatures(parsing: wanted)
            ) { api in
                list = try await api.features
                try await api.sql(
                    """
                    DO $$ BEGIN ASSERT ARRAY(SELECT index FROM context_features ORDER BY index)
                        = ARRAY(SELECT generate_series(0, (SELECT count(*) - 1 FROM context_features)::int)); END $$
                    """)
            }
            return list
        }
    }

    @Test(
        "Missing features are added in their places",
        arguments: [
            [], ["user"], ["trust"], ["theme"], ["user", "theme"], ["trust", "theme"], ["user", "trust", "theme"],
        ])
    func added(stored: [String]) async throws {
        #expect(try await Self.start("user;trust;theme", on: stored) == ["user", "trust", "theme"])
    }

    @Test("Gaps in the indices are repaired")
    func gaps() async throws {
        #expect(
            try await Self.start(
                "a;b;c", on: ["a", "c"], "UPDATE context_features SET index = 7 WHERE name = 'c'")
                == ["a", "b", "c"])
        #expect(
            try await Self.start("a;c", on: ["a", "c"], "UPDATE context_features SET index = index * 3 + 4")
                == ["a", "c"])
    }

    @Test(
        "A list that conflicts with the stored one stops the start", arguments: [["theme", "user"], ["other"]])
    func conflict(stored: [String]) async throws {
        let error = await #expect(throws: StartError.self) {
            _ = try await Self.start("user;trust;theme", on: stored)
        }
        let sentence = error?.description ?? ""
        #expect(sentence.contains("HEKSHER_STARTUP_CONTEXT_FEATURES"))
        #expect(sentence.contains(stored.listed) && sentence.contains("['user', 'trust', 'theme']"), "\(sentence)")
    }

    @Test("Instances that start concurrently add each missing feature once")
    func together() async throws {
        for _ in 0..<5 {
            try await TestDatabase.with { database in
                try await Store.migrations.apply(database.pool)
                let wanted = try StartupContextFeatures(parsing: "a;b;c;d;e")
                _ = try await Store(database.pool).addContextFeature("c")
                try await withThrowingTaskGroup { group in
                    for _ in 0..<8 {
                        group.addTask {
                            try await ServiceUnderTest.running(on: database, startupContextFeatures: wanted) { api in
                                let features = try await api.features
                                #expect(features == ["a", "b", "c", "d", "e"])
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}

extension [String] {
    fileprivate var listed: String { "[" + map { "'\($0)'" }.joined(separator: ", ") + "]" }
}
