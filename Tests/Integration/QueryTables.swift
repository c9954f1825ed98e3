import ContractRuntime
import HeksherAPI
import HeksherCatalog
import HeksherStore
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

extension ServiceUnderTest {
    /// The response to a query or an evaluation, read directly from the tables.
    ///
    /// - Parameter body: the body of an evaluation of flags.
    func answerOfTables(_ target: String, _ body: String? = nil) async throws -> APIResponse {
        let (operation, pathValues) = try #require(QueryOperation.of(path: target.prefix { $0 != "?" }))
        return try await operation.answerFromTables(
            APIRequest(querying: target, body), pathValues, Store(database.pool), FlagContext())
    }

    /// The part of a service that answers queries, once it answers from memory.
    func answerer() async throws -> QueryResponder {
        let store = Store(database.pool)
        let catalog = SettingsCatalog(store, configuration: database.configuration, onEvent: { _ in })
        let answerer = QueryResponder(catalog: catalog, store: store)
        _ = try await answerer.snapshot()
        return answerer
    }

    /// Runs a test while the settings and rules are locked, so that only memory can answer.
    func whileTablesAreLocked(_ test: () async throws -> Void) async throws {
        try await database.pool.withConnection { connection in
            try await Self.lock("settings, rules, conditions", connection)
            do {
                try await test()
            } catch {
                try await connection.run(script: "ROLLBACK")
                throw error
            }
            try await connection.run(script: "ROLLBACK")
        }
    }

    /// Expects that a query is answered from memory, at the latest after everything is read.
    func expectFromMemory(_ target: String, at location: SourceLocation = #_sourceLocation) async throws {
        for _ in 0..<10 {
            var answer: RawConnection.Response?
            try await whileTablesAreLocked { answer = try? await RawConnection(port: port, patience: 1).get(target) }
            if answer?.status == 200 { return }
        }
        Issue.record("\(target) is answered from the tables", sourceLocation: location)
    }

    /// Runs a test while the revision is locked.
    func whileRevisionsAreLocked(_ test: () async throws -> Void) async throws {
        try await database.pool.withConnection { connection in
            try await Self.lock("heksher_revisions", connection)
            do {
                try await test()
            } catch {
                try await connection.run(script: "ROLLBACK")
                throw error
            }
            try await connection.run(script: "ROLLBACK")
        }
    }

    /// Waits until a statement waits for a lock.
    ///
    /// - Parameter beginning: the beginning of the statement.
    func waitForWaiting(beginning: String = "") async throws {
        let isWaiting: Statement = """
            SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                WHERE NOT l.granted AND a.datname = current_database() AND starts_with(a.query, $1::text))
            """
        let stopwatch = PatientStopwatch()
        while try await database.pool.run(isWaiting(beginning)).first?.bool(0) != true {
            try #require(stopwatch.time < .seconds(30))
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Locks the tables. Tries again if PostgreSQL resolves a deadlock with a reader by ending this transaction.
    private static func lock(_ tables: String, _ connection: PostgresConnection) async throws {
        var isDeadlocked: Bool
        repeat {
            do {
                isDeadlocked = false
                try await connection.run(script: "BEGIN; LOCK TABLE \(tables) IN ACCESS EXCLUSIVE MODE")
            } catch {
                isDeadlocked = error.state == .deadlockDetected
                try await connection.run(script: "ROLLBACK")
                if !isDeadlocked { throw error }
            }
        } while isDeadlocked
    }
}

extension QueryResponder {
    /// The snapshot, once there is one.
    func snapshot() async throws -> Snapshot<QueryableSetting> {
        while true {
            if let snapshot = try await catalog.current() { return snapshot }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

extension APIRequest {
    /// A query with this target, or an evaluation of flags with this target and body.
    init(querying target: String, _ body: String? = nil) {
        let parts = target.split(separator: "?", maxSplits: 1)
        self.init(
            method: body == nil ? .get : .post, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : nil,
            body: Array((body ?? "").utf8))
    }
}
