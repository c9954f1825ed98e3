import CLibPQ
import Glibc
import Synchronization

/// One connection as libpq has it, used by one thread alone. Nothing here waits without a deadline.
struct Session: ~Copyable {
    private let connection: OpaquePointer
    /// Becomes readable when somebody wants the thread's attention.
    private let wakeUp: WakeUpCall
    private var prepared: Set<String> = []
    /// Whether the server keeps what is prepared, as it is. Behind a pooler it may not: then each statement is sent whole.
    private var keepsStatements = true
    private let cancelling = Cancelling()

    /// Whether the server is being asked to stop.
    private final class Cancelling: Sendable {
        let isUnderWay = Atomic(false)
    }

    /// How long a server that is asked to stop may take, before the connection is given up.
    private static let cancellationTimeout = Duration.seconds(2)

    /// See ``PostgresConfiguration/silence``.
    private let silence: Duration

    /// Connects, and enters pipeline mode, in which the connection stays.
    init(
        _ configuration: PostgresConfiguration, wakeUp: WakeUpCall, deadline: ContinuousClock.Instant
    ) throws(PostgresError) {
        connection = try Self.connect(configuration, deadline)
        self.wakeUp = wakeUp
        silence = configuration.silence
        // Notices are for people at a terminal.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        PQsetnonblocking(connection, 1)
        PQenterPipelineMode(connection)
    }

    /// Connects to the first host that takes the connection. libpq itself goes on to the next host when one refuses, but waits for
    /// one that is silent: so it is given one at a time, each for its share of the time that is left.
    private static func connect(
        _ configuration: PostgresConfiguration, _ deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> OpaquePointer {
        var failures: [String] = []
        for (number, parameters) in configuration.hosts.enumerated() {
            let share = ContinuousClock.now.duration(to: deadline) / (configuration.hosts.count - number)
            do throws(PostgresError) {
                return try connect(parameters, .now + share)
            } catch {
                guard case .unreachable(let reason) = error else { throw error }
                failures.append(reason)
            }
        }
        throw .unreachable(failures.joined(separator: "; "))
    }

    private static func connect(
        _ parameters: [String: String], _ deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> OpaquePointer {
        guard let connection = startConnecting(parameters) else { throw .unreachable("out of memory") }
        do {
            try finishConnecting(connection, deadline)
        } catch {
            PQfinish(connection)
            throw error
        }
        return connection
    }

    /// - Returns: what is to be finished, or has failed already; nil when there is no memory.
    static func startConnecting(_ parameters: [String: String]) -> OpaquePointer? {
        let parameters = parameters.sorted { $0.key < $1.key }
        var keywords = parameters.map { UnsafePointer(strdup($0.key)) } + [nil]
        var values = parameters.map { UnsafePointer(strdup($0.value)) } + [nil]
        defer {
            for pointer in keywords + values { free(UnsafeMutableRawPointer(mutating: pointer)) }
        }
        return PQconnectStartParams(&keywords, &values, 0)
    }

    deinit { PQfinish(connection) }

    private static func finishConnecting(
        _ connection: OpaquePointer, _ deadline: ContinuousClock.Instant
    ) throws(PostgresError) {
        func message() -> String { text(PQerrorMessage(connection)) }
        guard PQstatus(connection) != CONNECTION_BAD else { throw .unreachable(message()) }
        var events = POLLOUT
        while true {
            guard wait([(PQsocket(connection), Int16(events))], until: deadline) != nil else {
                throw .unreachable("no answer in time")
            }
            switch PQconnectPoll(connection) {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: events = POLLIN
            case PGRES_POLLING_WRITING: events = POLLOUT
            default: throw .unreachable(message())
            }
        }
    }

    // MARK: Waiting

    /// Waits for one of the descriptors; nil when the deadline passes. Gives the events of each.
    static func wait(
        _ descriptors: [(descriptor: Int32, events: Int16)], until deadline: ContinuousClock.Instant?
    ) -> [Int16]? {
        var polled = descriptors.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
        while true {
            var milliseconds: Int32 = -1
            if let deadline {
                let left = ContinuousClock.now.duration(to: deadline).components
                milliseconds = Int32(
                    max(0, min(3_600_000, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1)))
            }
            let ready = poll(&polled, nfds_t(polled.count), milliseconds)
            if ready > 0 { return polled.map(\.revents) }
            if ready == 0 { return nil }
            if errno != EINTR { return polled.map { _ in Int16(POLLERR) } }
        }
    }

    /// Waits until there is something to do; false when the server has hung up meanwhile.
    mutating func waitForWork() -> Bool {
        let events = Self.wait([(PQsocket(connection), Int16(POLLIN)), (wakeUp.descriptor, Int16(POLLIN))], until: nil)
        guard let events, events[0] != 0 else { return true }
        // An idle connection hears of parameters and notices, or of its end.
        return PQconsumeInput(connection) == 1 && PQstatus(connection) == CONNECTION_OK
    }

    // MARK: Statements

    /// Sends all queries at once and collects what they give: one round trip, and one transaction unless they begin or end
    /// one themselves.
    ///
    /// - Parameter isCancelled: asked whenever the thread would wait; if it says so, the server is told to stop.
    mutating func run(
        _ queries: [Query], deadline: ContinuousClock.Instant, isCancelled: () -> Bool
    ) throws(PostgresError) -> [Rows] {
        let isWholeTransaction = PQtransactionStatus(connection) == PQTRANS_IDLE
        do {
            return try attempt(queries, deadline, isCancelled)
        } catch  where error.state?.concernsPreparedStatement == true && keepsStatements {
            keepsStatements = false
            // What an open transaction did before is undone, so that it is for its owner to run it again.
            guard isWholeTransaction else { throw error }
            return try attempt(queries, deadline, isCancelled)
        }
    }

    private mutating func attempt(
        _ queries: [Query], _ deadline: ContinuousClock.Instant, _ isCancelled: () -> Bool
    ) throws(PostgresError) -> [Rows] {
        var isNew: [Bool] = []
        for query in queries {
            let isFirst = keepsStatements && !prepared.contains(query.statement.name)
            if isFirst {
                try check(PQsendPrepare(connection, query.statement.name, query.statement.sql, 0, nil))
                prepared.insert(query.statement.name)
            }
            isNew.append(isFirst)
            try send(query)
        }
        try check(PQpipelineSync(connection))
        var rows: [Rows] = []
        var failure: PostgresError?
        for (query, isFirst) in zip(queries, isNew) {
            if isFirst, let error = try result(deadline, isCancelled).failure {
                prepared.remove(query.statement.name)
                failure = failure ?? error
            }
            switch try result(deadline, isCancelled) {
            case .success(let result): rows.append(result)
            case .failure(let error): failure = failure ?? error
            }
        }
        try finishPipeline(deadline, isCancelled)
        try letCancellingArrive()
        if let failure {
            // A transaction that has failed can only be undone.
            if PQtransactionStatus(connection) == PQTRANS_INERROR { try rollBack() }
            throw failure
        }
        return rows
    }

    private mutating func rollBack() throws(PostgresError) {
        try run(script: "ROLLBACK", deadline: .now + .seconds(5))
    }

    private mutating func send(_ query: Query) throws(PostgresError) {
        let copies = query.parameters.map { $0.flatMap { strdup($0) } }
        defer { for copy in copies { free(copy) } }
        let values = copies.map { UnsafePointer($0) }
        let (statement, count) = (query.statement, Int32(values.count))
        try check(
            keepsStatements
                ? PQsendQueryPrepared(connection, statement.name, count, values, nil, nil, 0)
                : PQsendQueryParams(connection, statement.sql, count, nil, values, nil, nil, 0))
    }

    private func check(_ sent: Int32) throws(PostgresError) {
        if sent != 1 { throw .connectionLost(Self.text(PQerrorMessage(connection))) }
    }

    private enum Outcome {
        case success(Rows)
        case failure(PostgresError)

        var failure: PostgresError? { if case .failure(let error) = self { error } else { nil } }
    }

    /// The result of one command, and the NULL behind it.
    private mutating func result(_ deadline: ContinuousClock.Instant, _ isCancelled: () -> Bool) throws(PostgresError)
        -> Outcome
    {
        try waitForResult(deadline, isCancelled)
        guard let result = PQgetResult(connection) else { throw .connectionLost("a result is missing") }
        let outcome: Outcome
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: outcome = .success(Rows(owning: result))
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            outcome = .failure(.connectionLost("an earlier statement of the batch failed"))
        default:
            let error = failure(result)
            PQclear(result)
            if PQstatus(connection) != CONNECTION_OK { throw error }
            outcome = .failure(error)
        }
        try waitForResult(deadline, isCancelled)
        if let extra = PQgetResult(connection) { PQclear(extra) }
        return outcome
    }

    private mutating func finishPipeline(_ deadline: ContinuousClock.Instant, _ isCancelled: () -> Bool)
        throws(PostgresError)
    {
        try waitForResult(deadline, isCancelled)
        guard let result = PQgetResult(connection) else { throw .connectionLost("the end of a batch is missing") }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw failure(result) }
    }

    private mutating func waitForResult(_ deadline: ContinuousClock.Instant, _ isCancelled: () -> Bool)
        throws(PostgresError)
    {
        var stopBy: ContinuousClock.Instant?
        var patience = ContinuousClock.now + silence
        while true {
            let pending = PQflush(connection)
            if pending < 0 { throw .connectionLost(Self.text(PQerrorMessage(connection))) }
            if pending == 0, PQisBusy(connection) == 0 { return }
            let events = Int16(pending > 0 ? POLLIN | POLLOUT : POLLIN)
            // The server ignores what reaches it before it begins the statement, so it is asked again.
            let isStopping = isCancelled()
            if isStopping {
                let last = stopBy ?? .now + Self.cancellationTimeout
                guard .now < last else { throw .cancelled }
                stopBy = last
                cancel()
            }
            let ready = Self.wait(
                [(PQsocket(connection), events), (wakeUp.descriptor, Int16(POLLIN))],
                until: min(deadline, isStopping ? .now + .milliseconds(100) : patience))
            guard let ready else {
                if .now >= deadline {
                    cancel()
                    throw .timeout
                }
                if .now >= patience {
                    let alive = SignOfLife.shows(serverOf: PQsocket(connection), events, until: .now + silence)
                    guard alive else { throw .unreachable("it shows no sign of life") }
                    patience = .now + silence
                }
                continue
            }
            if ready[1] != 0 { wakeUp.answer() }
            if ready[0] != 0 {
                patience = .now + silence
                if PQconsumeInput(connection) != 1 {
                    throw .connectionLost(Self.text(PQerrorMessage(connection)))
                }
            }
        }
    }

    /// Asks the server to stop what it does, over a connection of its own, and on a thread of its own: libpq waits for a
    /// server's answer for as long as that takes.
    private func cancel() {
        guard !cancelling.isUnderWay.exchange(true, ordering: .acquiring) else { return }
        guard let cancel = PQgetCancel(connection) else { return }
        let address = Int(bitPattern: cancel)
        let isStarted = startThread { [cancelling] in
            guard let cancel = OpaquePointer(bitPattern: address) else { return }
            var message = [CChar](repeating: 0, count: 256)
            PQcancel(cancel, &message, Int32(message.count))
            PQfreeCancel(cancel)
            cancelling.isUnderWay.store(false, ordering: .releasing)
        }
        if !isStarted { PQfreeCancel(cancel) }
    }

    /// Waits until a request to stop has reached the server, where it could hit the next statement otherwise.
    private func letCancellingArrive() throws(PostgresError) {
        let deadline = ContinuousClock.now + Self.cancellationTimeout
        while cancelling.isUnderWay.load(ordering: .acquiring) {
            guard .now < deadline else { throw .cancelled }
            usleep(500)
        }
    }

    /// Runs a script of several statements by the simple protocol.
    mutating func run(script: String, deadline: ContinuousClock.Instant) throws(PostgresError) {
        PQexitPipelineMode(connection)
        defer { PQenterPipelineMode(connection) }
        try check(PQsendQuery(connection, script))
        var failure: PostgresError?
        while true {
            try waitForResult(deadline, { false })
            guard let result = PQgetResult(connection) else { break }
            let status = PQresultStatus(result)
            if status != PGRES_COMMAND_OK, status != PGRES_TUPLES_OK, status != PGRES_EMPTY_QUERY {
                failure = failure ?? self.failure(result)
            }
            PQclear(result)
        }
        if let failure { throw failure }
    }

    private func failure(_ result: OpaquePointer) -> PostgresError {
        func field(_ code: UnicodeScalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { Self.text($0) }
        }
        guard let state = field("C") else {
            return .connectionLost(Self.text(PQresultErrorMessage(result)))
        }
        // The server's last words, which may come after it has committed, too.
        if ["FATAL", "PANIC"].contains(field("V")) { return .connectionLost("\(field("M") ?? "") (\(state))") }
        return .server(
            PostgresError.ServerMessage(
                state: SQLState(state), message: field("M") ?? "", detail: field("D"), constraint: field("n")))
    }

    static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer else { return "" }
        // One line, whatever the terminal that libpq has in mind.
        return String(cString: pointer).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
