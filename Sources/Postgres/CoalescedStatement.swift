import Synchronization

/// One statement that many ask at once, on a connection of its own.
///
/// It is sent when the first asks, and again, once it is answered, for all who asked meanwhile. So everybody's answer was made
/// after they asked, nobody waits for more than two round trips, and the cost of each falls as their number grows.
public final class CoalescedStatement<Answer: Sendable>: Sendable {
    public typealias Completion = @Sendable (Result<Answer, PostgresError>) -> Void
    /// Asks something else on the same connection.
    public typealias Ask = (Query) throws(PostgresError) -> Rows

    private struct Waiter {
        var id: Int
        var complete: Completion
    }

    private struct State {
        var waiters: [Waiter] = []
        var nextID = 0
        /// Whether the thread waits for a call.
        var isAsleep = false
        var hasThread = false
        var isClosed = false
        /// Until when no new connection is tried, and why.
        var backOff: (until: ContinuousClock.Instant, error: PostgresError)?
    }

    /// As much as other threads have: what is read of the rows may be nested deeply.
    private static var stackSize: Int { 16 << 20 }
    private static var maximumAttempts: Int { 10 }

    private let state = Mutex(State())
    private let wakeUp = WakeUpCall()
    private let configuration: PostgresConfiguration
    private let statement: Statement
    private let statementTimeout: Duration
    private let furtherTimeout: Duration
    private let parameters: [String: String]
    private let read: @Sendable (Rows, Ask) throws -> Answer

    /// - Parameters:
    ///   - parameters: of PostgreSQL, which the connection is to have.
    ///   - statementTimeout: how long the statement may take before the connection is given up.
    ///   - furtherTimeout: how long what else is asked may take.
    ///   - read: makes the answer of the rows, and of what else it asks: once, for all who get it, on the connection's thread.
    public init(
        _ statement: Statement, configuration: PostgresConfiguration, parameters: [String: String] = [:],
        statementTimeout: Duration = .seconds(5), furtherTimeout: Duration = .seconds(30),
        read: @escaping @Sendable (Rows, Ask) throws -> Answer
    ) {
        self.statement = statement
        self.configuration = configuration
        self.parameters = parameters
        self.statementTimeout = statementTimeout
        self.furtherTimeout = furtherTimeout
        self.read = read
    }

    /// Asks.
    ///
    /// - Parameter complete: called once, maybe on the connection's thread, which it must not hold up.
    public func ask(_ complete: @escaping Completion) {
        _ = enqueue(complete)
    }

    /// Asks.
    ///
    /// - Throws: `PostgresError`; ``PostgresError/cancelled`` as soon as the task is cancelled, unless the answer is on its way.
    public func answer() async throws(PostgresError) -> Answer {
        if Task.isCancelled { throw .cancelled }
        let id = Mutex<Int?>(nil)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let given = enqueue { continuation.resume(returning: $0) }
                id.withLock { $0 = given }
                // Cancelled before there was anything to take back.
                if Task.isCancelled { takeBack(given) }
            }
        } onCancel: {
            takeBack(id.withLock { $0 })
        }
        return try result.get()
    }

    /// Closes the connection. Whoever waits gets ``PostgresError/closed``.
    public func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        wakeUp.call()
        for waiter in waiters { waiter.complete(.failure(.closed)) }
    }

    private enum Step {
        case wait
        case wake
        case startThread
        case fail(PostgresError)
    }

    private func enqueue(_ complete: @escaping Completion) -> Int? {
        var id: Int?
        let step: Step = state.withLock { state in
            if state.isClosed { return .fail(.closed) }
            if let backOff = state.backOff, ContinuousClock.now < backOff.until { return .fail(backOff.error) }
            state.nextID += 1
            id = state.nextID
            state.waiters.append(Waiter(id: state.nextID, complete: complete))
            if !state.hasThread {
                state.hasThread = true
                return .startThread
            }
            guard state.isAsleep else { return .wait }
            state.isAsleep = false
            return .wake
        }
        switch step {
        case .wait: break
        case .wake: wakeUp.call()
        case .startThread:
            if !Postgres.startThread(stackSize: Self.stackSize, { self.serve() }) {
                fail(.unreachable("no thread can be started"))
                _ = mayEnd()
            }
        case .fail(let error): complete(.failure(error))
        }
        return id
    }

    private func takeBack(_ id: Int?) {
        guard let id else { return }
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.complete(.failure(.cancelled))
    }

    // MARK: The connection's thread

    /// Connects and answers as long as somebody asks or the connection lasts.
    private func serve() {
        repeat {
            do throws(PostgresError) {
                var session = try connect()
                while let waiters = nextWaiters(&session) { try answer(waiters, &session) }
            } catch {
                // Who waits has waited long enough.
                fail(error)
            }
        } while !mayEnd()
    }

    private func connect() throws(PostgresError) -> Session {
        let deadline = ContinuousClock.now + configuration.connectTimeout
        var session = try Session(configuration, wakeUp: wakeUp, deadline: deadline)
        if !parameters.isEmpty {
            let set: Statement = "SELECT set_config($1, $2, false)"
            let queries = parameters.sorted { $0.key < $1.key }.map { set($0.key, $0.value) }
            _ = try session.run(queries, deadline: deadline, isCancelled: { false })
        }
        state.withLock { $0.backOff = nil }
        return session
    }

    /// Waits for somebody to ask; `nil` when the server has hung up, or the connection is to be closed.
    private func nextWaiters(_ session: inout Session) -> [Waiter]? {
        while true {
            let (waiters, isClosed) = state.withLock { state in
                state.isAsleep = state.waiters.isEmpty
                defer { state.waiters = [] }
                return (state.waiters, state.isClosed)
            }
            if isClosed { return nil }
            if !waiters.isEmpty { return waiters }
            guard session.waitForWork() else { return nil }
            wakeUp.answer()
        }
    }

    private func answer(_ waiters: [Waiter], _ session: inout Session) throws(PostgresError) {
        let result: Result<Answer, PostgresError>
        do throws(PostgresError) {
            let rows = try ask(&session)
            result = .success(try readAnswer(rows, &session))
        } catch {
            switch error {
            case .server, .unexpectedResult: result = .failure(error)
            default:
                // All are told together, those who have asked meanwhile too.
                state.withLock { $0.waiters.insert(contentsOf: waiters, at: 0) }
                throw error
            }
        }
        for waiter in waiters { waiter.complete(result) }
    }

    private func ask(_ session: inout Session) throws(PostgresError) -> Rows {
        do {
            return try run(statement(), statementTimeout, &session)
        } catch .connectionLost(_) {
            // It broke unnoticed, most likely while nobody asked.
            session = try connect()
            return try run(statement(), statementTimeout, &session)
        }
    }

    /// Asks, and again if the server has ended it in favour of somebody with whom it was in a deadlock.
    private func run(
        _ query: Query, _ timeout: Duration, _ session: inout Session
    ) throws(PostgresError) -> Rows {
        let deadline = ContinuousClock.now + timeout
        for _ in 1..<Self.maximumAttempts {
            do {
                return try session.run([query], deadline: deadline, isCancelled: { false })[0]
            } catch  where error.isRetryable {}
        }
        return try session.run([query], deadline: deadline, isCancelled: { false })[0]
    }

    private func readAnswer(_ rows: Rows, _ session: inout Session) throws(PostgresError) -> Answer {
        do {
            return try read(rows) { query throws(PostgresError) in try run(query, furtherTimeout, &session) }
        } catch {
            throw error as? PostgresError ?? .unexpectedResult("\(error)")
        }
    }

    private func fail(_ error: PostgresError) {
        let waiters = state.withLock { state in
            state.backOff = (.now + .milliseconds(100), error)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.complete(.failure(error)) }
    }

    private func mayEnd() -> Bool {
        state.withLock { state in
            state.isAsleep = false
            state.hasThread = !state.waiters.isEmpty && !state.isClosed
            return !state.hasThread
        }
    }
}
