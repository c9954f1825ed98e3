import HTTPTypes
import HeksherDomain
import PostgresTesting
import Testing

@testable import HeksherServer

/// Indices that the service never stores, but that SQL and the original can store.
@Suite struct ContextFeatureIndicesTests {
    static let edits = [
        "UPDATE context_features SET index = NULL WHERE name = 'b'", "UPDATE context_features SET index = NULL",
        "UPDATE context_features SET index = 2147483647 WHERE name = 'b'",
        "UPDATE context_features SET index = -2147483648 WHERE name = 'a'",
        "UPDATE context_features SET index = index - 2", "UPDATE context_features SET index = index * 5 + 3",
        "UPDATE context_features SET index = -1000000002 WHERE name = 'a'",
    ]

    /// A service with the features a and b, in whose database the index may be NULL, as in the original's.
    private static func with(_ edit: String, _ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["a", "b"]) { api in
            try await api.sql("ALTER TABLE context_features ALTER COLUMN index DROP NOT NULL; \(edit)")
            try await test(api)
        }
    }

    @Test("Adding a feature appends it and makes the indices consecutive again", arguments: edits)
    func add(edit: String) async throws {
        try await Self.with(edit) { api in
            #expect(try await api.ask(.post, "/context_features", #"{"context_feature":"c"}"#) == "204")
            #expect(try await api.ask(.get, "/context_features") == #"200 {"context_features":["a","b","c"]}"#)
            try await api.expectConsecutiveIndices(count: 3)
            #expect(try await api.ask(.post, "/context_features", #"{"context_feature":"c"}"#).hasPrefix("409 "))
        }
    }

    @Test("Moving a feature makes the indices consecutive again", arguments: edits)
    func move(edit: String) async throws {
        try await Self.with(edit) { api in
            #expect(try await api.ask(.patch, "/context_features/a/index", #"{"to_after":"b"}"#) == "204")
            #expect(try await api.ask(.get, "/context_features") == #"200 {"context_features":["b","a"]}"#)
            try await api.expectConsecutiveIndices(count: 2)
        }
    }

    @Test("Deleting a feature makes the indices consecutive again", arguments: edits)
    func delete(edit: String) async throws {
        try await Self.with(edit) { api in
            #expect(try await api.ask(.delete, "/context_features/a") == "204")
            try await api.expectConsecutiveIndices(count: 1)
        }
    }

    @Test("At the start, HEKSHER_STARTUP_CONTEXT_FEATURES repairs indices and adds features", arguments: edits)
    func start(edit: String) async throws {
        try await Self.with(edit) { api in
            for wanted in ["a;b", "x;a;b;y"] {
                try await ServiceUnderTest.running(
                    on: api.database, startupContextFeatures: StartupContextFeatures(parsing: wanted)
                ) { started in
                    let names = wanted.split(separator: ";").map { "\"\($0)\"" }
                    #expect(
                        try await started.ask(.get, "/context_features")
                            == #"200 {"context_features":[\#(names.joined(separator: ","))]}"#)
                    try await started.expectConsecutiveIndices(count: names.count)
                }
            }
        }
    }
}
