import Synchronization

/// Connections to one database. The pool opens them when they are first needed, and replaces broken ones and those that keep much memory.
///
/// If no connection is free, a caller waits in a queue of limited length, for a limited time. A caller that holds a connection never
/// requests a second one, so the queue always moves. If the server allows fewer connections than the pool's size, the pool continues with
/// those that it has, and tries to open more a second later.
public final class PostgresPool: Sendable {
    /// The recipient of the current task's result; `nil` if it always wants the result.
    ///
    /// A caller whose recipient has left gets ``PostgresError/cancelled`` instead of a connection, so that clients that have left
    /// hold up no others. A caller that has a connection already keeps it.
    @TaskLocal public static var recipient: (any ResultRecipient)?

    private struct Waiter {
        var id: Int
        var recipient: (any ResultRecipient)?
        var continuation: CheckedContinuation<Result<PostgresConnection?, PostgresError>, Never>
    }

    private struct State {
        var idle: [PostgresConnection] = []
        /// Connections that are idle, in use or being opened.
        var openCount = 0
        /// Connections that are idle or in use.
        var madeCount = 0
        /// Connections in use that must be closed instead of used again.
        var outdated: Set<ObjectIdentifier> = []
        /// The connections in use.
        var lent: Set<ObjectIdentifier> = []
        /// Statements that the server refuses, whatever their parameters: the time before which they are not tried again, and the reason.
        var refusals: [[Statement]: (until: ContinuousClock.Instant, error: PostgresError)] = [:]
        var waiters: [Waiter] = []
        var nextID = 0
        var isClosed = false
        /// The time before which no new connection is tried, and the reason.
        var backOff: (until: ContinuousClock.Instant, error: PostgresError)?

        /// Whether a caller can wait for another connection if no new one is possible. A server that allows few connections may still
        /// accept some of those that are being opened at the same time.
        func hasOthers(after error: PostgresError) -> Bool {
            if case .tooManyConnections = error { openCount > 0 } else { madeCount > 0 }
        }
    }

    private let state = Mutex(State())
    private let configuration: PostgresConfiguration
    private let size: Int
    private let maximumWaiters: Int
    private let waitTimeout: Duration
    private let statementTimeout: Duration

    /// - Parameters:
    ///   - size: the maximum number of connections.
    ///   - maximumWaiters: the maximum number of waiting callers; the next one gets ``PostgresError/poolExhausted``.
    ///   - waitTimeout: the time after which a waiting caller gets ``PostgresError/timeout``.
    ///   - statementTimeout: the timeout of a batch of statements.
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

    /// The number of callers that wait for a connection.
    var waiterCount: Int { state.withLock(\.waiters.count) }

    /// Lends a connection to a task.
    public func withConnection<Value>(
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await acquire()
        defer { release(connection) }
        return try await body(connection)
    }

    /// The time for which refused statements are not tried again.
    private static var refusalTime: Duration { .milliseconds(250) }

    /// Runs statements in one round trip, as one transaction.
    ///
    /// - Throws: `PostgresError`. If the server has just refused the same statements, because a right or a table is missing, the pool
    ///   refuses them again without sending them.
    public func run(_ queries: [Query]) async throws -> [Rows] {
        let statements = queries.map(\.statement)
        if let refusal = state.withLock({ $0.refusals[statements] }), .now < refusal.until { throw refusal.error }
        do {
            return try await withConnection { try await $0.run(queries) }
        } catch let error as PostgresError where error.state?.concernsDefinitions == true {
            // On new connections, the names of tables are resolved according to the role's current settings.
            renew()
            state.withLock { state in
                state.refusals = state.refusals.filter { .now < $0.value.until }
                state.refusals[statements] = (.now + Self.refusalTime, error)
            }
            throw error
        }
    }

    /// Runs one statement.
    ///
    /// - Throws: `PostgresError`, as ``run(_:)-([Query])`` does.
    @discardableResult
    public func run(_ query: Query) async throws -> Rows {
        guard let rows = try await run([query]).first else {
            throw PostgresError.unexpectedResult("a statement gave no result")
        }
        return rows
    }

    /// Whether there are open connections.
    public var hasConnections: Bool { state.withLock { $0.madeCount > 0 } }

    /// Closes one connection, if there are others, so that other code can open one. The pool opens no new connection for a second.
    ///
    /// - Returns: whether there are open connections.
    public func cede() -> Bool {
        let (ceded, hasConnections) = state.withLock { state -> (PostgresConnection?, Bool) in
            guard state.madeCount - state.outdated.count > 1 else { return (nil, state.madeCount > 0) }
            state.backOff = (.now + .seconds(1), .tooManyConnections("one was given up"))
            guard let idle = state.idle.popLast() else {
                if let id = state.lent.first(where: { !state.outdated.contains($0) }) { state.outdated.insert(id) }
                return (nil, true)
            }
            forget(idle, &state)
            return (idle, true)
        }
        ceded?.close()
        return hasConnections
    }

    /// Closes all connections, those in use after they are returned, so that statements are prepared again in new sessions.
    public func renew() {
        let idle = state.withLock { state in
            state.outdated = state.lent
            state.openCount -= state.idle.count
            state.madeCount -= state.idle.count
            defer { state.idle = [] }
            return state.idle
        }
        for connection in idle { connection.close() }
    }

    /// Closes all connections, those in use after they are returned. Waiting callers get ``PostgresError/closed``.
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
        if Self.recipient?.hasLeft == true { throw .cancelled }
        let start = ContinuousClock.now
        while true {
            switch state.withLock({ turn(&$0) }) {
            case .use(let connection):
                if !connection.isBroken { return connection }
                state.withLock { forget(connection, &$0) }
            case .connect:
                if let connection = try await connect(since: start) { return connection }
            case .fail(.poolExhausted) where dropUnwantedWaiters(): continue
            case .fail(let error): throw error
            case .wait:
                if let connection = try await wait() { return connection }
                if let connection = try await connect(since: start) { return connection }
            }
        }
    }

    private func forget(_ connection: PostgresConnection, _ state: inout State) {
        state.openCount -= 1
        state.madeCount -= 1
        state.lent.remove(ObjectIdentifier(connection))
        state.outdated.remove(ObjectIdentifier(connection))
    }

    private func turn(_ state: inout State) -> Turn {
        if state.isClosed { return .fail(.closed) }
        if let connection = state.idle.popLast() {
            state.lent.insert(ObjectIdentifier(connection))
            return .use(connection)
        }
        if state.openCount < size {
            guard let backOff = state.backOff, ContinuousClock.now < backOff.until else {
                state.openCount += 1
                return .connect
            }
            guard state.hasOthers(after: backOff.error) else { return .fail(backOff.error) }
        }
        return state.waiters.count < maximumWaiters ? .wait : .fail(.poolExhausted)
    }

    /// Opens a connection for which a place has been reserved.
    ///
    /// - Parameter start: the time since which the caller has waited. If the caller has waited for a connection that broke, most likely
    ///   because the server is unavailable, it does not wait that long again.
    /// - Returns: `nil` if no further connection is possible now, but the caller can wait for others.
    private func connect(since start: ContinuousClock.Instant) async throws(PostgresError) -> PostgresConnection? {
        do throws(PostgresError) {
            let left = max(.milliseconds(200), configuration.connectTimeout - (ContinuousClock.now - start))
            let connection = try await PostgresConnection.connect(
                configuration, connectTimeout: left, statementTimeout: statementTimeout)
            state.withLock { state in
                state.backOff = nil
                state.madeCount += 1
                state.lent.insert(ObjectIdentifier(connection))
            }
            return connection
        } catch {
            let hasOthers = state.withLock { state in
                state.openCount -= 1
                guard state.hasOthers(after: error), !state.isClosed else {
                    state.openCount += 1
                    return false
                }
                state.backOff = (ContinuousClock.now + .seconds(1), error)
                return true
            }
            if hasOthers { return nil }
            giveUpPlace(error)
            throw error
        }
    }

    /// Releases a place for which no connection is possible now. Thousands of requests need not find that out one by one: all waiting
    /// callers get the error now.
    ///
    /// - Parameter silent: a connection that stopped responding. Then the idle ones are most likely dead as well, and only an attempt to
    ///   use them shows it.
    private func giveUpPlace(_ error: PostgresError, silent: PostgresConnection? = nil) {
        let (waiters, idle) = state.withLock { state in
            let idle = silent == nil ? [] : state.idle
            state.idle.removeLast(idle.count)
            state.openCount -= idle.count
            state.madeCount -= idle.count
            if let silent { forget(silent, &state) } else { state.openCount -= 1 }
            state.backOff = (ContinuousClock.now + .milliseconds(100), error)
            defer { state.waiters = [] }
            return (state.waiters, idle)
        }
        for connection in idle { connection.close() }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(error)) }
    }

    /// Waits in the queue: for a connection, or, if `nil`, for the place of a broken one.
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
            await withCheckedContinuation { continuation in
                joinLine(Waiter(id: id, recipient: Self.recipient, continuation: continuation))
            }
        } onCancel: {
            leaveLine(id, .cancelled)
        }
        return try result.get()
    }

    private func joinLine(_ waiter: Waiter) {
        // A connection that was in use a moment ago may be free by now.
        let turn: Turn = state.withLock { state in
            if Task.isCancelled { return .fail(.cancelled) }
            let turn = self.turn(&state)
            if case .wait = turn { state.waiters.append(waiter) }
            return turn
        }
        switch turn {
        case .use(let connection):
            let isBroken = connection.isBroken
            if isBroken {
                state.withLock { state in
                    forget(connection, &state)
                    state.openCount += 1
                }
            }
            waiter.continuation.resume(returning: .success(isBroken ? nil : connection))
        case .connect: waiter.continuation.resume(returning: .success(nil))
        case .fail(let error): waiter.continuation.resume(returning: .failure(error))
        case .wait: break
        }
    }

    /// Makes room in the line.
    ///
    /// - Returns: whether there was a waiter whose result is not wanted.
    private func dropUnwantedWaiters() -> Bool {
        let unwanted = state.withLock { state in
            let waiters = state.waiters.map { (waiter: $0, isUnwanted: $0.recipient?.hasLeft == true) }
            state.waiters = waiters.filter { !$0.isUnwanted }.map(\.waiter)
            return waiters.filter(\.isUnwanted).map(\.waiter)
        }
        for waiter in unwanted { waiter.continuation.resume(returning: .failure(.cancelled)) }
        return !unwanted.isEmpty
    }

    private func leaveLine(_ id: Int, _ reason: PostgresError) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: .failure(reason))
    }

    private func release(_ connection: PostgresConnection) {
        if let outage = connection.outage { return giveUpPlace(outage, silent: connection) }
        let isBroken = connection.isBroken
        let (waiter, unwanted, isUsable) = state.withLock { state -> (Waiter?, ArraySlice<Waiter>, Bool) in
            let id = ObjectIdentifier(connection)
            let isUsable =
                !isBroken && !connection.keepsLargeBuffers && !state.isClosed && !state.outdated.contains(id)
            let unwanted = state.waiters.prefix { $0.recipient?.hasLeft == true }
            state.waiters.removeFirst(unwanted.count)
            let waiter = state.waiters.isEmpty ? nil : state.waiters.removeFirst()
            if !isUsable {
                forget(connection, &state)
                // The waiting caller opens another one in its place.
                if waiter != nil { state.openCount += 1 }
            } else if waiter == nil {
                state.lent.remove(id)
                state.idle.append(connection)
            }
            return (waiter, unwanted, isUsable)
        }
        if !isUsable, !isBroken { connection.close() }
        for waiter in unwanted { waiter.continuation.resume(returning: .failure(.cancelled)) }
        waiter?.continuation.resume(returning: .success(isUsable ? connection : nil))
    }
}

/// The recipient of a result that tasks work for, such as a client of a server.
public protocol ResultRecipient: Sendable {
    /// Whether the recipient has left and will not get the result. It is called on any thread, and must not block.
    var hasLeft: Bool { get }
}
