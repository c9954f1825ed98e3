import Foundation
import LibPQ

extension TestDatabase {
    /// Creates a database of the original service, and drops it after the test.
    public static func withOriginal<Value: Sendable>(
        _ body: (TestDatabase) async throws -> Value
    ) async throws -> Value {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Integration/Databases/original.sql")
        let script = try inserting(String(contentsOf: file, encoding: .utf8))
        return try await with { database in
            try await database.pool.withConnection { try await $0.run(script: script) }
            return try await body(database)
        }
    }

    /// A dump with INSERT statements in place of COPY, because a script cannot contain the data of COPY.
    private static func inserting(_ dump: String) -> String {
        dump.replacing(/COPY (\S+) (\([^)]*\)) FROM stdin;\n((?:[^\n]*\n)*?)\\\.\n/) { match in
            let rows = match.3.split(separator: "\n").map { line in
                let values = line.split(separator: "\t", omittingEmptySubsequences: false).map {
                    "'\($0.replacing(#"\\"#, with: #"\"#).replacing("'", with: "''"))'"
                }
                return "(\(values.joined(separator: ", ")))"
            }
            return "INSERT INTO \(match.1) \(match.2) VALUES\n\(rows.joined(separator: ",\n"));\n"
        }
    }
}
