import Foundation
import LibPQ
import PostgresCluster
import Testing

@Suite struct PrivateClusterTests {
    /// Runs a test with a directory that only its owner can enter, and then removes the directory.
    private static func withDirectory(_ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "cluster-test-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(directory)
    }

    private static func run(_ script: String, _ cluster: PrivateCluster) async throws {
        let configuration = try PostgresConfiguration(
            connectionString: cluster.connectionString(database: "postgres"), applicationName: "tests")
        let pool = PostgresPool(configuration: configuration, size: 1)
        defer { pool.close() }
        try await pool.withConnection { try await $0.run(script: script) }
    }

    @Test("The second start keeps the stored data and does not initialize again")
    func kept() async throws {
        try await Self.withDirectory { directory in
            let place = directory.appending(path: "a/b").path()
            try await PrivateCluster.withRunning(in: place) { try await Self.run("CREATE TABLE kept ()", $0) }
            try await PrivateCluster.withRunning(in: place, onFirstUse: { Issue.record("made again") }) {
                try await Self.run("SELECT FROM kept", $0)
            }
            #expect(!FileManager.default.fileExists(atPath: "\(place)/data/postmaster.pid"))
        }
    }

    @Test("A second cluster in the same directory is refused, and an error of the body is rethrown")
    func second() async throws {
        try await Self.withDirectory { directory in
            struct OwnError: Error {}
            await #expect(throws: OwnError.self) { try await Self.failSecond(directory.path(), OwnError()) }
        }
    }

    private static func failSecond(_ directory: String, _ own: any Error) async throws {
        try await PrivateCluster.withRunning(in: directory) { _ in
            let error = await #expect(throws: PrivateClusterError.self) {
                try await PrivateCluster.withRunning(in: directory) { _ in }
            }
            #expect(error?.description.contains("another process") == true)
            throw own
        }
    }

    @Test("The directory may be too deep for a socket's name, and may contain special characters")
    func deep() async throws {
        try await Self.withDirectory { directory in
            let place = directory.appending(path: String(repeating: "deep", count: 30)).path(percentEncoded: false)
            try await PrivateCluster.withRunning(in: place) { try await Self.run("SELECT", $0) }
            let odd = directory.appending(path: "ä %2F'").path(percentEncoded: false)
            try await PrivateCluster.withRunning(in: odd) { try await Self.run("SELECT", $0) }
        }
    }

    @Test("A server that fails to start reports its reason and releases the directory")
    func wrongSetting() async throws {
        try await Self.withDirectory { directory in
            let error = await #expect(throws: PrivateClusterError.self) {
                try await PrivateCluster.withRunning(in: directory.path(), settings: ["shared_buffers": "much"]) { _ in
                }
            }
            #expect(error?.description.contains("shared_buffers") == true, "\(error as Any)")
            try await PrivateCluster.withRunning(in: directory.path()) { try await Self.run("SELECT", $0) }
        }
    }

    @Test("A directory that cannot be created is an error")
    func impossible() async {
        let error = await #expect(throws: PrivateClusterError.self) {
            try await PrivateCluster.withRunning(in: "/proc/nowhere") { _ in }
        }
        #expect(error?.description.contains("/proc/nowhere cannot be made") == true)
    }
}
