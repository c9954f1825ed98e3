import Foundation
import LibPQ
import PostgresTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct SignalTests {
    /// Sends these signals to a service, checks that it still runs, and ends it.
    private static func goesOn(_ service: borrowing HeksherCommand) async throws {
        let address = try await service.address()
        for signal in [SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE, SIGHUP] { service.signal(signal) }
        try await service.said("there is no file to read again")
        #expect(try await ServiceAtHand.status("\(address)/api/health") == 200)
        service.signal(SIGTERM)
        service.signal(SIGHUP)
        #expect(try await service.ended().status == 0)
    }

    /// Waits until a statement of the service waits for a lock.
    private static func waitForWaiting(_ database: TestDatabase) async throws {
        let waiting: Statement = """
            SELECT FROM pg_locks WHERE NOT granted AND relation = 'context_features'::regclass
            """
        while try await database.pool.run(waiting()).count == 0 { try await Task.sleep(for: .milliseconds(10)) }
    }

    @Test("SIGHUP without files to read, SIGUSR1, SIGUSR2 and SIGPIPE do not end the service")
    func withoutFiles() async throws {
        try await ServiceAtHand.withDatabase { _, variables in
            try await Self.goesOn(try HeksherCommand(["serve", "--port", "0"], variables))
        }
    }

    @Test("With DOC_ONLY, SIGHUP, SIGUSR1, SIGUSR2 and SIGPIPE do not end the service")
    func documentation() async throws {
        try await Self.goesOn(try HeksherCommand(["serve", "--port", "0"], ["DOC_ONLY": "true"]))
    }

    @Test("SIGHUP during the start does not end the service")
    func whileStarting() async throws {
        try await ServiceAtHand.withDatabase { database, variables in
            try await database.pool.withConnection { connection in
                try await connection.run(script: "BEGIN; LOCK TABLE context_features IN ACCESS EXCLUSIVE MODE")
                var variables = variables
                variables["HEKSHER_STARTUP_CONTEXT_FEATURES"] = "a"
                let service = try HeksherCommand(["serve", "--port", "0"], variables)
                try await Self.waitForWaiting(database)
                for _ in 0..<20 { service.signal(SIGHUP) }
                try await service.said("there is no file to read again")
                try await connection.run(script: "ROLLBACK")
                _ = try await service.address()
                service.signal(SIGTERM)
                #expect(try await service.ended().status == 0)
            }
        }
    }

    @Test("SIGTERM and SIGINT during the start end it with status 0", arguments: [SIGTERM, SIGINT])
    func endWhileStarting(signal: Int32) async throws {
        try await ServiceAtHand.withDatabase { database, variables in
            try await database.pool.withConnection { connection in
                try await connection.run(script: "BEGIN; LOCK TABLE context_features IN ACCESS EXCLUSIVE MODE")
                var variables = variables
                variables["HEKSHER_STARTUP_CONTEXT_FEATURES"] = "a"
                let service = try HeksherCommand(["serve", "--port", "0"], variables)
                try await Self.waitForWaiting(database)
                service.signal(signal)
                let ended = try await service.ended()
                #expect(ended.status == 0, "\(ended.error)")
                try await connection.run(script: "ROLLBACK")
            }
        }
    }

    @Test("SIGINT after SIGTERM ends the service at once and logs the requests it cut off; a second SIGTERM does not")
    func second() async throws {
        try await ServiceAtHand.withDatabase { database, variables in
            try await database.pool.withConnection { connection in
                try await connection.run(script: "BEGIN; LOCK TABLE context_features IN ACCESS EXCLUSIVE MODE")
                var variables = variables
                variables["HEKSHER_SHUTDOWN_SECONDS"] = "3600"
                let service = try HeksherCommand(["serve", "--port", "0"], variables)
                let address = try await service.address()
                async let answer = try? ServiceAtHand.status("\(address)/api/v1/context_features")
                try await Self.waitForWaiting(database)
                // The service's own reading may have been the first to wait.
                try await Task.sleep(for: .milliseconds(500))
                for _ in 0..<3 { service.signal(SIGTERM) }
                try await Task.sleep(for: .milliseconds(300))
                let isRunning = service.isRunning
                #expect(isRunning)
                service.signal(SIGINT)
                let ended = try await service.ended()
                #expect(ended.status == 130)
                #expect(
                    ended.error.contains("requests under way were cut off")
                        && ended.error.contains("GET /api/v1/context_features ("), "\(ended.error)")
                _ = await answer
                try await connection.run(script: "ROLLBACK")
            }
        }
    }
}
