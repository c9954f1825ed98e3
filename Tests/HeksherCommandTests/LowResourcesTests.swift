import Foundation
import LibPQ
import PostgresTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct LowResourcesTests {
    @Test("If 'ulimit -n' is too low, the start ends with one sentence", arguments: [6, 10, 16, 24])
    func files(count: Int) async throws {
        try await ServiceAtHand.withDatabase { _, variables in
            let ended = try await HeksherCommand(
                ["serve", "--port", "0"], variables, after: "ulimit -n \(count)"
            ).ended()
            #expect(ended.status == 1)
            #expect(ended.error.contains("raise 'ulimit -n'"), "\(ended.error)")
            #expect(ended.error.split(separator: "\n").count == 1, "\(ended.error)")
        }
    }

    /// Root may start any number of threads. That is why the service runs as a user without other processes.
    @Test("Too few threads end the start with one sentence", .enabled(if: getuid() == 0), arguments: [1, 2, 4, 6])
    func threads(count: Int) async throws {
        let program = HeksherCommand.program.path()
        let python = """
            import os,resource,sys
            os.chdir('/'); f=os.open(sys.argv[2],os.O_PATH)
            n=int(sys.argv[1]); os.setgroups([]); os.setgid(64123); resource.setrlimit(resource.RLIMIT_NPROC,(n,n)); os.setuid(64123+n)
            os.execve(f,['heksher','serve','--port','0'],os.environ)
            """
        let script = ServiceAtHand.temporaryPath("threads.py")
        try python.write(toFile: script, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: script) }
        let ended = try await HeksherCommand(
            [], ["HEKSHER_DB_CONNECTION_STRING": "postgresql://127.0.0.1:1/x"],
            after: "exec python3 \(script) \(count) \(program)"
        ).ended()
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.error.contains("raise 'ulimit -u'"), "\(ended.error)")
    }

    /// Changes the limit of open files of a running service.
    private static func limitFiles(_ service: borrowing HeksherCommand, _ count: Int) throws {
        let (isRunning, said) = (service.isRunning, service.said)
        try #require(isRunning, "\(said)")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/prlimit")
        process.arguments = ["--pid", "\(service.processIdentifier)", "--nofile=\(count):"]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// The lowest unused file descriptor of the service, which the next open file gets.
    private static func nextFile(_ service: borrowing HeksherCommand) throws -> Int {
        let path = "/proc/\(service.processIdentifier)/fd"
        let used = Set(try FileManager.default.contentsOfDirectory(atPath: path).compactMap { Int($0) })
        return try #require((0...).first { !used.contains($0) })
    }

    /// At least one file stays free: libdispatch ends a busy process that can open none (its thread pool reads
    /// `/proc/self/task/…/stat` once a second while work waits). The limits of connections keep some files free.
    @Test(
        "Without free files for a database connection, requests get 503; with free files, all succeed again",
        arguments: [1, 2])
    func connectionWithoutFiles(free: Int) async throws {
        try await ServiceAtHand.withDatabase { database, variables in
            var variables = variables
            variables["HEKSHER_SHUTDOWN_SECONDS"] = "3"
            let service = try HeksherCommand(["serve", "--port", "0"], variables)
            let address = try await service.address()
            let url = "\(address)/api/v1/context_features"
            func post(_ name: String) async throws -> Int {
                try await ServiceAtHand.status(url, post: #"{"context_feature":"\#(name)"}"#)
            }
            // This opens one connection of the pool; the next change keeps it busy.
            #expect(try await post("early") == 204)
            try await database.pool.withConnection { connection in
                try await connection.run(script: "BEGIN; LOCK TABLE context_features IN ACCESS EXCLUSIVE MODE")
                let waiting: Statement = """
                    SELECT FROM pg_locks WHERE NOT granted AND relation = 'context_features'::regclass
                    """
                async let first = post("first")
                while try await database.pool.run(waiting()).count == 0 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                // The service's own reading may have been the first to wait.
                try await Task.sleep(for: .milliseconds(500))
                // The client keeps this connection for the next request, so that files are missing only for the
                // database connection.
                #expect(try await ServiceAtHand.status("\(address)/api/health") == 200)
                try Self.limitFiles(service, Self.nextFile(service) + free)
                // If a second connection already existed, this change waits as long as the first one.
                async let victim = post("victim")
                // In this time, the periodic tasks that open files have run.
                try await Task.sleep(for: .seconds(6))
                try Self.limitFiles(service, 1024)
                try await connection.run(script: "ROLLBACK")
                #expect(try await [204, 503].contains(victim))
                // On a busy machine, the database may have been too slow.
                #expect(try await [204, 503].contains(first))
            }
            var status = 0
            let stopwatch = PatientStopwatch()
            while status != 204, stopwatch.time < .seconds(20) {
                status = try await post("later")
                if status != 204 { try await Task.sleep(for: .milliseconds(50)) }
            }
            #expect(status == 204)
            let closing = PatientStopwatch()
            service.signal(SIGTERM)
            #expect(try await service.ended().status == 0)
            #expect(closing.time < .seconds(10))
        }
    }
}
