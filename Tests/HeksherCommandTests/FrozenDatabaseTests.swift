import AsyncHTTPClient
import Foundation
import LibPQ
import NIOCore
import PostgresCluster
import PostgresTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct FrozenDatabaseTests {
    /// The processes of a PostgreSQL server: the postmaster first, then its children.
    private static func processes(ofServerIn directory: String) throws -> [Int32] {
        let file = try String(contentsOfFile: "\(directory)/data/postmaster.pid", encoding: .utf8)
        let postmaster = try #require(file.split(separator: "\n").first.flatMap { Int32($0) })
        let children = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter {
            id in
            // The parent's id follows the name in parentheses and the state.
            let status = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ""
            return status.split(separator: ")").last?.split(separator: " ").dropFirst().first == "\(postmaster)"
        }
        return [postmaster] + children
    }

    private static func status(_ url: String) async throws -> (Int, Duration) {
        let stopwatch = PatientStopwatch()
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(40))
        return (Int(response.status.code), stopwatch.time)
    }

    /// Expects 503 for all responses, within 2 seconds. On a busy machine, one response within 2 seconds is enough.
    private static func expectUnavailable(
        _ answers: [(Int, Duration)], at location: SourceLocation = #_sourceLocation
    ) {
        for (status, duration) in answers {
            #expect(
                status == 503 && duration < .seconds(10), "\(status) after \(duration)", sourceLocation: location)
        }
        #expect(answers.contains { $0.1 < .seconds(2) }, "\(answers)", sourceLocation: location)
    }

    @Test(
        "While PostgreSQL is frozen, each request gets 503 in 2 seconds; once it runs again, all succeed in 5 seconds"
    )
    func frozen() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "heksher-frozen-\(UUID().uuidString.prefix(8))"
        ).path()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await PrivateCluster.withRunning(in: directory, settings: ["fsync": "off"]) { cluster in
            let variables = [
                "HEKSHER_DB_CONNECTION_STRING": cluster.connectionString(database: "postgres"),
                "HEKSHER_DB_POOL_SIZE": "2",
            ]
            #expect(try await HeksherCommand.run("migrate", variables: variables).status == 0)
            let service = try HeksherCommand(["serve", "--port", "0"], variables)
            let address = try await service.address()
            let url = "\(address)/api/v1/context_features"
            // This opens both connections.
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 { group.addTask { try await Self.status(url).0 } }
                for try await status in group { #expect(status == 200) }
            }
            let processes = try Self.processes(ofServerIn: directory)
            #expect(processes.count > 3)
            for id in processes { kill(id, SIGSTOP) }
            defer { for id in processes { kill(id, SIGCONT) } }
            let together = try await withThrowingTaskGroup(of: (Int, Duration).self) { group in
                for number in 0..<10 {
                    group.addTask {
                        // Some requests arrive while others wait.
                        try await Task.sleep(for: .milliseconds(number * 150))
                        return try await Self.status(url)
                    }
                }
                return try await group.reduce(into: [(Int, Duration)]()) { $0.append($1) }
            }
            Self.expectUnavailable(together)
            var oneByOne: [(Int, Duration)] = []
            for _ in 0..<3 { oneByOne.append(try await Self.status(url)) }
            Self.expectUnavailable(oneByOne)
            for id in processes { kill(id, SIGCONT) }
            let thawed = PatientStopwatch()
            while try await Self.status(url).0 != 200, thawed.time < .seconds(10) {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(thawed.time < .seconds(5))
            service.signal(SIGTERM)
            #expect(try await service.ended().status == 0)
        }
    }
}
