import Synchronization

/// Connections to one database, made when they are first needed, replaced when they break.
///
/// Whoever finds none free waits in line, for a bounded time and in a line of bounded length. Nobody who holds a connection
/// asks for a second one, so that the line always moves.
public final class PostgresPool: Sendable {
    private struct Waiter {
        var id: Int
        var continuation: CheckedContinuation<Result<PostgresConnection?, PostgresError>, Never>
    }

    private struct State {
        var idle: [PostgresConnection] = []
        /// Connections idle, in use or being made.
        var openCount = 0
        var waiters: [Waiter] = []
        var nextID = 0
        var isClosed = false
        /// Until when no new connection is tried, and why.
        var backOff: (until: ContinuousClock.Instant, error: PostgresError)?
    }

    private let state = Mutex(State())
    private let configuration: PostgresConfiguration
    private let size: Int
    private let maximumWaiters: Int
    private let waitTimeout: Duration
    private let statementTimeout: Duration

    /// - Parameters:
    ///   - size: how many connections there may be.
    ///   - maximumWaiters: how many callers may wait for one; the next gets ``PostgresError/poolExhausted``.
    ///   - waitTimeout: how long a caller waits before it gets ``PostgresError/timeout``.
    ///   - statementTimeout: how long a batch of statements may take.
    public init(
        configuration: PostgresConfiguration, size: Int = 8, maximumWaiters: Int = 1024,
        waitTimeout: Duration = .seconds(10), statementTimeout: Duration = .seconds(30)
    ) {
        self.configuration = configuration
        self.size = size
        self.maximumWaiters = maximumWaiters
        self.waitTimeout = waitTimeout
        self.statementTimeout = statementTimeout
    }

    /// How many wait for a connection.
    var waiterCount: Int { state.withLock(\.waiters.count) }

    /// Lends a connection to a task.
    public func withConnection<Value>(
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await acquire()
        defer { release(connection) }
        return try await body(connection)
    }

    /// Runs statements in one round trip, as one transaction.
    public func run(_ queries: [Query]) async throws -> [Rows] {
        try await withConnection { try await $0.run(queries) }
    }

    /// Runs one statement.
    @discardableResult
    public func run(_ query: Query) async throws -> Rows {
        try await withConnection { try await $0.run(query) }
    }

    /// Closes all connections, those in use once they are given back. Whoever waits gets ``PostgresError/closed``.
    public func close() {
        let (idle, waiters) = state.withLock { state in
            state.isClosed = true
            defer { (state.idle, state.waiters) = ([], []) }
            return (state.idle, state.waiters)
        }
        for connection in idle { connection.close() }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(.closed)) }
    }

    // MARK: Lending

    private enum Turn {
        case use(PostgresConnection)
        case connect
        case wait
        case fail(PostgresError)
    }

    private func acquire() async throws(PostgresError) -> PostgresConnection {
        let start = ContinuousClock.now
        while true {
            switch state.withLock({ turn(&$0) }) {
            case .use(let connection):
                if !connection.isBroken { return connection }
                state.withLock { $0.openCount -= 1 }
            case .connect: return try await connect(since: start)
            case .fail(let error): throw error
            case .wait:
                if let connection = try await wait() { return connection }
                return try await connect(since: start)
            }
        }
    }

    private func turn(_ state: inout State) -> Turn {
        if state.isClosed { return .fail(.closed) }
        if let connection = state.idle.popLast() { return .use(connection) }
        if state.openCount < size {
            if let backOff = state.backOff, ContinuousClock.now < backOff.until { return .fail(backOff.error) }
            state.openCount += 1
            return .connect
        }
        return state.waiters.count < maximumWaiters ? .wait : .fail(.poolExhausted)
    }

    /// Makes a connection in the place that has been reserved for it.
    ///
    /// - Parameter start: since when the caller has waited. Who has waited for a connection that broke, most likely because the
    ///   server is away, does not wait for as long again.
    private func connect(since start: ContinuousClock.Instant) async throws(PostgresError) -> PostgresConnection {
        do throws(PostgresError) {
            let left = max(.milliseconds(200), configuration.connectTimeout - (ContinuousClock.now - start))
            let connection = try await PostgresConnection.connect(
                configuration, connectTimeout: left, statementTimeout: statementTimeout)
            state.withLock { $0.backOff = nil }
            return connection
        } catch {
            giveUpPlace(error)
            throw error
        }
    }

    /// Gives up a place for which there can be no connection now. Thousands of requests need not find out one by one; who waits
    /// finds out now.
    ///
    /// - Parameter isSilent: whether a connection went silent, so that the idle ones are most likely as dead, and nobody hears of it
    ///   but who tries each.
    private func giveUpPlace(_ error: PostgresError, isSilent: Bool = false) {
        let (waiters, idle) = state.withLock { state in
            let idle = isSilent ? state.idle : []
            state.idle.removeLast(idle.count)
            state.openCount -= 1 + idle.count
            state.backOff = (ContinuousClock.now + .milliseconds(100), error)
            defer { state.waiters = [] }
            return (state.waiters, idle)
        }
        for connection in idle { connection.close() }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(error)) }
    }

    /// Waits in line: for a connection, or, if `nil`, for the place of one that broke.
    private func wait() async throws(PostgresError) -> PostgresConnection? {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let timer = Task { [waitTimeout] in
            try await Task.sleep(for: waitTimeout)
            self.leaveLine(id, .timeout)
        }
        defer { timer.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in joinLine(Waiter(id: id, continuation: continuation)) }
        } onCancel: {
            leaveLine(id, .cancelled)
        }
        return try result.get()
    }

    private func joinLine(_ waiter: Waiter) {
        // What was in use a moment ago may be free by now.
        let turn: Turn = state.withLock { state in
            if Task.isCancelled { return .fail(.cancelled) }
            let turn = self.turn(&state)
            if case .wait = turn { state.waiters.append(waiter) }
            return turn
        }
        switch turn {
        case .use(let connection):
            waiter.continuation.resume(returning: .success(connection.isBroken ? nil : connection))
        case .connect: waiter.continuation.resume(returning: .success(nil))
        case .fail(let error): waiter.continuation.resume(returning: .failure(error))
        case .wait: break
        }
    }

    private func leaveLine(_ id: Int, _ reason: PostgresError) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: .failure(reason))
    }

    private func release(_ connection: PostgresConnection) {
        if let outage = connection.outage { return giveUpPlace(outage, isSilent: true) }
        let isBroken = connection.isBroken
        let (waiter, isClosed) = state.withLock { state -> (Waiter?, Bool) in
            if state.isClosed { return (nil, true) }
            if !state.waiters.isEmpty { return (state.waiters.removeFirst(), false) }
            if isBroken { state.openCount -= 1 } else { state.idle.append(connection) }
            return (nil, false)
        }
        if isClosed { connection.close() }
        waiter?.continuation.resume(returning: .success(isBroken ? nil : connection))
    }
}
