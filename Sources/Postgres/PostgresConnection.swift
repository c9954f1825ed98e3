import Glibc
import Synchronization

/// One connection to the database, with a thread of its own on which libpq waits, so that no other thread does.
///
/// A connection is used by one task at a time, which the pool sees to.
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
    private let wakeUp = WakeUpCall()
    /// How long a batch of statements may take.
    private let timeout: Duration

    /// Whether the connection can be used no more.
    public var isBroken: Bool { broken.load(ordering: .acquiring) }

    /// Why the connection broke, if that is known to befall every other one too.
    var outage: PostgresError? { state.withLock(\.outage) }

    private init(timeout: Duration) {
        self.timeout = timeout
    }

    /// Connects.
    ///
    /// - Throws: ``PostgresError/unreachable(_:)``.
    static func connect(
        _ configuration: PostgresConfiguration, connectTimeout: Duration, statementTimeout: Duration
    ) async throws(PostgresError) -> PostgresConnection {
        let connection = PostgresConnection(timeout: statementTimeout)
        let deadline = ContinuousClock.now + connectTimeout
        let result: Result<Void, PostgresError> = await withCheckedContinuation { continuation in
            if !startThread({ connection.serve(configuration, deadline, continuation) }) {
                continuation.resume(returning: .failure(.unreachable("no thread can be started")))
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
                wakeUp.answer()
            }
        }
        // Somebody may have handed in a job while the connection broke.
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
                result = .success(try session.run(queries, deadline: deadline, isCancelled: isCancelled))
            case .script(let script, let deadline, let continuation):
                answer = continuation
                try session.run(script: script, deadline: deadline)
                result = .success([])
            }
        } catch {
            if case .unreachable = error { state.withLock { $0.outage = error } }
            switch error {
            // Another server may take writes by now.
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
        wakeUp.call()
        // Either the thread sees the job, or it has ended without, and then it is refused here.
        if isBroken, let job = state.withLock({ $0.job.take() }) { refuse(job) }
    }

    // MARK: Statements

    /// Runs statements in one round trip. They are one transaction, unless they begin or end one themselves; the first that
    /// fails ends it.
    ///
    /// - Returns: the rows of each.
    public func run(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        guard !queries.contains(where: { $0.parameters.contains { $0?.utf8.contains(0) ?? false } }) else {
            throw .unstorableText
        }
        let deadline = ContinuousClock.now + timeout
        // Before the handler, which may be called before there is a job.
        state.withLock { $0.isCancelled = false }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { submit(.batch(queries, deadline, $0)) }
        } onCancel: {
            state.withLock { $0.isCancelled = true }
            wakeUp.call()
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

    /// Closes the connection once what it does is done.
    func close() {
        state.withLock { $0.isClosing = true }
        wakeUp.call()
    }
}

/// Starts a thread.
///
/// - Parameter stackSize: in bytes, which take memory once they are used.
/// - Returns: whether there is one.
func startThread(stackSize: Int = 512 << 10, _ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, stackSize)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body))
    let status = pthread_create(
        &thread, &attributes,
        { argument in
            guard let argument else { return nil }
            Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
    if status != 0 { box.release() }
    return status == 0
}
