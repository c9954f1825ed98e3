import PosixSupport
import Synchronization

/// One connection to the database. It has a thread on which libpq waits, so that no other thread does.
///
/// One task at a time uses a connection; the pool ensures that.
public final class PostgresConnection: Sendable {
    private enum Job: Sendable {
        case batch([Query], ContinuousClock.Instant, CheckedContinuation<Result<[Rows], PostgresError>, Never>)
        case script(String, ContinuousClock.Instant, CheckedContinuation<Result<[Rows], PostgresError>, Never>)
    }

    private struct State {
        var job: Job?
        var isClosing = false
        var isCancelled = false
        var outage: PostgresError?
    }

    private let state = Mutex(State())
    private let broken = Atomic(false)
    private let swollen = Atomic(false)
    private let wakeUp: WakePipe
    /// The timeout of a batch of statements.
    private let timeout: Duration

    /// Whether the connection is unusable.
    public var isBroken: Bool { broken.load(ordering: .acquiring) }

    /// Whether the connection keeps large buffers, so that it must be closed instead of being used again.
    var keepsLargeBuffers: Bool { swollen.load(ordering: .relaxed) }

    /// The reason why the connection broke, if the same is known to happen to all other connections.
    var outage: PostgresError? { state.withLock(\.outage) }

    /// - Throws: ``PostgresError/unreachable(_:)`` if the process cannot open more files.
    private init(timeout: Duration) throws(PostgresError) {
        wakeUp = try WakePipe()
        self.timeout = timeout
    }

    /// Connects.
    ///
    /// - Throws: ``PostgresError/unreachable(_:)``.
    static func connect(
        _ configuration: PostgresConfiguration, connectTimeout: Duration, statementTimeout: Duration
    ) async throws(PostgresError) -> PostgresConnection {
        let connection = try PostgresConnection(timeout: statementTimeout)
        let deadline = ContinuousClock.now + connectTimeout
        let result: Result<Void, PostgresError> = await withCheckedContinuation { continuation in
            if !startThread({ connection.serve(configuration, deadline, continuation) }) {
                continuation.resume(returning: .failure(.unreachable("no thread can be started for a connection")))
            }
        }
        try result.get()
        return connection
    }

    /// The thread's work, from connecting to closing.
    private func serve(
        _ configuration: PostgresConfiguration, _ deadline: ContinuousClock.Instant,
        _ connected: CheckedContinuation<Result<Void, PostgresError>, Never>
    ) {
        var session: Session
        do {
            session = try Session(configuration, wakeUp: wakeUp, deadline: deadline)
        } catch {
            broken.store(true, ordering: .releasing)
            return connected.resume(returning: .failure(error))
        }
        connected.resume(returning: .success(()))
        while !isBroken {
            let (job, isClosing) = state.withLock { state in (state.job.take(), state.isClosing) }
            if let job {
                perform(job, &session)
            } else if isClosing {
                broken.store(true, ordering: .releasing)
            } else if !session.waitForWork() {
                broken.store(true, ordering: .releasing)
            } else {
                wakeUp.drain()
            }
        }
        // Another thread may have added a job while the connection broke.
        if let job = state.withLock({ $0.job.take() }) { refuse(job) }
    }

    private func perform(_ job: Job, _ session: inout Session) {
        let result: Result<[Rows], PostgresError>
        let answer: CheckedContinuation<Result<[Rows], PostgresError>, Never>
        do throws(PostgresError) {
            switch job {
            case .batch(let queries, let deadline, let continuation):
                answer = continuation
                let isCancelled = { self.state.withLock(\.isCancelled) }
                defer { if session.keepsLargeBuffers { swollen.store(true, ordering: .relaxed) } }
                result = .success(try session.run(queries, deadline: deadline, isCancelled: isCancelled))
            case .script(let script, let deadline, let continuation):
                answer = continuation
                try session.run(script: script, deadline: deadline)
                result = .success([])
            }
        } catch {
            if case .unreachable = error { state.withLock { $0.outage = error } }
            switch error {
            // Another server may accept writes by now.
            case .server(let message) where message.state != .readOnlyTransaction: break
            default: broken.store(true, ordering: .releasing)
            }
            result = .failure(error)
        }
        answer.resume(returning: result)
    }

    private func refuse(_ job: Job) {
        switch job {
        case .batch(_, _, let continuation), .script(_, _, let continuation):
            continuation.resume(returning: .failure(.connectionLost("the server hung up")))
        }
    }

    private func submit(_ job: Job) {
        state.withLock { $0.job = job }
        wakeUp.wake()
        // The thread either sees the job, or has ended without it; then the job is refused here.
        if isBroken, let job = state.withLock({ $0.job.take() }) { refuse(job) }
    }

    // MARK: Statements

    /// Runs statements in one round trip. They are one transaction, unless they begin or end one themselves. The first that fails ends it.
    ///
    /// - Returns: the rows of each statement.
    public func run(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        guard !queries.contains(where: { $0.parameters.contains { $0?.utf8.contains(0) ?? false } }) else {
            throw .unstorableText
        }
        let deadline = ContinuousClock.now + timeout
        // Done before the handler is installed, which may run before there is a job.
        state.withLock { $0.isCancelled = false }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { submit(.batch(queries, deadline, $0)) }
        } onCancel: {
            state.withLock { $0.isCancelled = true }
            wakeUp.wake()
        }
        if case .failure(let error) = result, error.state == .queryCanceled, Task.isCancelled { throw .cancelled }
        return try result.get()
    }

    /// Runs one statement.
    @discardableResult
    public func run(_ query: Query) async throws(PostgresError) -> Rows {
        let rows = try await run([query])
        guard let first = rows.first else { throw .unexpectedResult("a statement gave no result") }
        return first
    }

    /// Runs a script of several statements without parameters.
    public func run(script: String) async throws(PostgresError) {
        let deadline = ContinuousClock.now + .seconds(600)
        let result = await withCheckedContinuation { submit(.script(script, deadline, $0)) }
        _ = try result.get()
    }

    /// Closes the connection after its current work.
    func close() {
        state.withLock { $0.isClosing = true }
        wakeUp.wake()
    }
}
