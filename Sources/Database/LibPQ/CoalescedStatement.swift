import PosixSupport
import Synchronization

/// One statement that many callers share, on a separate connection.
///
/// It is sent for the first caller. All callers that arrive while it runs share the next one. So each caller's result was read after its
/// call, no caller waits for more than two round trips, and the cost per caller falls as their number grows.
public final class CoalescedStatement<Output: Sendable>: Sendable {
    /// A caller's function that gets the result.
    public typealias Completion = @Sendable (Result<Output, PostgresError>) -> Void
    /// Runs another query on the same connection.
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
        /// Wakes the thread. Made with the first connection.
        var wakeUp: WakePipe?
        /// The time before which no statement is sent, and the reason.
        var backOff: (until: ContinuousClock.Instant, error: PostgresError)?
        /// Whether the next statement must run on a new connection.
        var wantsNewConnection = false
    }

    /// As much as other threads have: the values in the rows may be nested deeply.
    private static var stackSize: Int { 16 << 20 }
    private static var maximumAttempts: Int { 10 }

    private static var begin: Statement { "BEGIN ISOLATION LEVEL READ COMMITTED" }
    private static var end: Statement { "COMMIT" }
    private static var isolation: Statement { "SELECT current_setting('transaction_isolation') = 'read committed'" }

    private let state = Mutex(State())
    /// Whether the server's default isolation level is READ COMMITTED.
    private let isReadCommitted = Atomic(true)
    private let configuration: PostgresConfiguration
    private let statement: Statement
    private let statementTimeout: Duration
    private let furtherTimeout: Duration
    private let read: @Sendable (Rows, Ask) throws -> Output

    /// - Parameters:
    ///   - statementTimeout: the timeout of the statement. After it, the connection is closed.
    ///   - furtherTimeout: the timeout of the other queries that `read` runs.
    ///   - read: makes the result from the rows, and from the other queries that it runs: once for all callers, on the connection's thread.
    public init(
        _ statement: Statement, configuration: PostgresConfiguration, statementTimeout: Duration = .seconds(5),
        furtherTimeout: Duration = .seconds(30),
        read: @escaping @Sendable (Rows, Ask) throws -> Output
    ) {
        self.statement = statement
        self.configuration = configuration
        self.statementTimeout = statementTimeout
        self.furtherTimeout = furtherTimeout
        self.read = read
    }

    /// Requests a result.
    ///
    /// - Parameter complete: called once, possibly on the connection's thread, which it must not block.
    public func ask(_ complete: @escaping Completion) {
        _ = enqueue(complete)
    }

    /// Requests a result.
    ///
    /// - Throws: `PostgresError`; ``PostgresError/cancelled`` as soon as the task is cancelled, unless the result is about to arrive.
    public func answer() async throws(PostgresError) -> Output {
        if Task.isCancelled { throw .cancelled }
        let id = Mutex<Int?>(nil)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let given = enqueue { continuation.resume(returning: $0) }
                id.withLock { $0 = given }
                // The task was cancelled before the call was registered.
                if Task.isCancelled { takeBack(given) }
            }
        } onCancel: {
            takeBack(id.withLock { $0 })
        }
        return try result.get()
    }

    /// Makes the next statement run on a new connection, on which the names of tables are resolved again.
    public func reconnect() {
        state.withLock { $0.wantsNewConnection = true }
    }

    /// Closes the connection. Waiting callers get ``PostgresError/closed``.
    public func close() {
        let (waiters, wakeUp) = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return (state.waiters, state.wakeUp)
        }
        wakeUp?.wake()
        for waiter in waiters { waiter.complete(.failure(.closed)) }
    }

    private enum Step {
        case wait
        case wake(WakePipe?)
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
            return .wake(state.wakeUp)
        }
        switch step {
        case .wait: break
        case .wake(let wakeUp): wakeUp?.wake()
        case .startThread:
            if !startThread(stackSize: Self.stackSize, { self.serve() }) {
                fail(.unreachable("no thread can be started for a connection"), endsThread: true)
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

    /// Connects, and serves as long as there are callers or the connection lasts.
    private func serve() {
        repeat {
            do throws(PostgresError) {
                var session = try connect()
                while let waiters = nextWaiters(&session) { try answer(waiters, &session) }
            } catch {
                // The callers have waited long enough.
                fail(error)
            }
        } while !mayEnd()
    }

    private func connect() throws(PostgresError) -> Session {
        let deadline = ContinuousClock.now + configuration.connectTimeout
        let wakeUp = try state.withLock { state throws(PostgresError) in
            if let pipe = state.wakeUp { return pipe }
            let pipe = try WakePipe()
            state.wakeUp = pipe
            return pipe
        }
        var session = try Session(configuration, wakeUp: wakeUp, deadline: deadline)
        let level = try session.run([Self.isolation()], deadline: deadline, isCancelled: { false })[0].first
        isReadCommitted.store(try level?.bool(0) ?? true, ordering: .relaxed)
        state.withLock { state in
            state.backOff = nil
            state.wantsNewConnection = false
        }
        return session
    }

    /// Waits for a caller; `nil` if the server has closed the connection, or this side must close it.
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
            session.drainWakePipe()
        }
    }

    private func answer(_ waiters: [Waiter], _ session: inout Session) throws(PostgresError) {
        let result: Result<Output, PostgresError>
        do throws(PostgresError) {
            let rows = try ask(&session)
            result = .success(try readOutput(rows, &session))
        } catch {
            switch error {
            case .server(let message):
                // There is no need to get the same response to the same statement thousands of times a second. On a new connection, the
                // names of tables are resolved according to the role's current settings.
                if message.state.concernsDefinitions {
                    state.withLock { state in
                        state.backOff = (.now + .milliseconds(250), error)
                        state.wantsNewConnection = true
                    }
                }
                result = .failure(error)
            case .unexpectedResult: result = .failure(error)
            default:
                // All waiting callers get the error, including those that arrived meanwhile.
                state.withLock { $0.waiters.insert(contentsOf: waiters, at: 0) }
                throw error
            }
        }
        for waiter in waiters { waiter.complete(result) }
    }

    private func ask(_ session: inout Session) throws(PostgresError) -> Rows {
        let wantsNewConnection = state.withLock { state in
            defer { state.wantsNewConnection = false }
            return state.wantsNewConnection
        }
        if wantsNewConnection || session.keepsLargeBuffers { replace(&session) }
        do {
            return try run(statement(), statementTimeout, &session, isReadCommitted.load(ordering: .relaxed))
        } catch .connectionLost(_) {
            // The connection broke unnoticed, most likely while there were no callers.
            session = try connect()
            return try run(statement(), statementTimeout, &session, isReadCommitted.load(ordering: .relaxed))
        }
    }

    /// Replaces a connection. If there can be no new one now, the old one stays.
    private func replace(_ session: inout Session) {
        do { session = try connect() } catch {}
    }

    /// Runs a query at READ COMMITTED, and again if the server ended it to resolve a deadlock.
    ///
    /// - Parameter isAlone: whether the query needs no transaction around it for that. Nothing is set in the session, because a pooler may
    ///   give it to another program next.
    private func run(
        _ query: Query, _ timeout: Duration, _ session: inout Session, _ isAlone: Bool
    ) throws(PostgresError) -> Rows {
        let deadline = ContinuousClock.now + timeout
        let queries = isAlone ? [query] : [Self.begin(), query, Self.end()]
        for _ in 1..<Self.maximumAttempts {
            do {
                return try session.run(queries, deadline: deadline, isCancelled: { false })[isAlone ? 0 : 1]
            } catch  where error.isRetryable {}
        }
        return try session.run(queries, deadline: deadline, isCancelled: { false })[isAlone ? 0 : 1]
    }

    private func readOutput(_ rows: Rows, _ session: inout Session) throws(PostgresError) -> Output {
        do {
            return try read(rows) { query throws(PostgresError) in
                try run(query, furtherTimeout, &session, false)
            }
        } catch {
            throw error as? PostgresError ?? .unexpectedResult("\(error)")
        }
    }

    /// - Parameter endsThread: whether the thread ends, so that the next caller must start another.
    private func fail(_ error: PostgresError, endsThread: Bool = false) {
        let waiters = state.withLock { state in
            if endsThread { state.hasThread = false }
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
