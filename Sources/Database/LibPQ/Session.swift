import CLibPQ
import PosixSupport
import Synchronization

/// One libpq connection, used by one thread only. No function here waits without a deadline.
struct Session: ~Copyable {
    private let connection: OpaquePointer
    /// Becomes readable when the thread has something to do.
    private let wakeUp: WakePipe
    private var prepared: Set<String> = []
    /// Whether the server keeps prepared statements. Behind a pooler it may not; then each statement is sent as a whole.
    private var keepsStatements = true
    private let cancelling = Cancelling()
    /// Whether a batch of statements or a row was so large that libpq's buffers keep much memory until the connection is closed: they grow
    /// with the largest message and never shrink.
    private(set) var keepsLargeBuffers = false

    /// The largest size in bytes of a batch or a row after which a connection can stay open.
    private static let maximumMessageSize = 256 << 10

    /// Whether a request to cancel is being sent to the server.
    private final class Cancelling: Sendable {
        let isUnderWay = Atomic(false)
    }

    /// The time in which a server must react to a request to cancel. After it, the connection is closed.
    private static let cancellationTimeout = Duration.seconds(2)

    /// See ``PostgresConfiguration/silence``.
    private let silence: Duration

    /// Connects, and enters pipeline mode permanently.
    init(
        _ configuration: PostgresConfiguration, wakeUp: WakePipe, deadline: ContinuousClock.Instant
    ) throws(PostgresError) {
        connection = try Self.connect(configuration, deadline)
        self.wakeUp = wakeUp
        silence = configuration.silence
        // Notices are meant for a terminal.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        PQsetnonblocking(connection, 1)
        PQenterPipelineMode(connection)
    }

    /// Connects to the first host that accepts the connection. libpq itself tries the next host if one refuses, but waits for a silent one.
    /// So it gets one host at a time, each with its share of the remaining time.
    private static func connect(
        _ configuration: PostgresConfiguration, _ deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> OpaquePointer {
        var failures: [String] = []
        var isFull = false
        for (number, parameters) in configuration.hosts.enumerated() {
            let share = ContinuousClock.now.duration(to: deadline) / (configuration.hosts.count - number)
            do throws(PostgresError) {
                return try connect(parameters, .now + share)
            } catch {
                switch error {
                case .unreachable(let reason): failures.append(reason)
                case .tooManyConnections(let reason):
                    failures.append(reason)
                    isFull = true
                default: throw error
                }
            }
        }
        let reason = failures.joined(separator: "; ")
        throw isFull ? .tooManyConnections(reason) : .unreachable(reason)
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

    /// - Returns: a connection that is being opened or has already failed; `nil` if there is no memory.
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
        // The messages may be in any language. This setting adds their code (PostgreSQL's manual, §34.11).
        PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        defer { PQsetErrorVerbosity(connection, PQERRORS_DEFAULT) }
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
            default: throw failure(toConnect: message())
            }
        }
    }

    /// - Parameter message: like `FATAL: 53300: sorry, too many clients already LOCATION: …` if it is the server's, and without a code if
    ///   it is libpq's.
    private static func failure(toConnect message: String) -> PostgresError {
        var words = message.split(separator: " ")
        if let end = words.firstIndex(of: "LOCATION:") { words.removeSubrange(end...) }
        let place = words.firstIndex { word in
            let code = word.dropLast()
            return word.last == ":" && code.count == 5 && code.allSatisfy(\.isStateDigit)
                && code.contains(where: \.isNumber)
        }
        guard let place else { return .unreachable(message) }
        let code = words.remove(at: place).dropLast()
        let reason = words.joined(separator: " ")
        return SQLState(String(code)) == .tooManyConnections ? .tooManyConnections(reason) : .unreachable(reason)
    }

    // MARK: Waiting

    /// Waits for one of the descriptors, and returns the events of each; `nil` if the deadline passes.
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

    /// Waits until there is something to do; `false` if the server has closed the connection meanwhile.
    mutating func waitForWork() -> Bool {
        let events = Self.wait([(PQsocket(connection), Int16(POLLIN)), (wakeUp.descriptor, Int16(POLLIN))], until: nil)
        guard let events, events[0] != 0 else { return true }
        // An idle connection receives changed parameters and notices, or is closed by the server.
        return PQconsumeInput(connection) == 1 && PQstatus(connection) == CONNECTION_OK
    }

    /// Discards the wake-ups so far.
    func drainWakePipe() { wakeUp.drain() }

    // MARK: Statements

    /// Sends all queries at once and collects their results. This takes one round trip, and is one transaction unless the queries begin or
    /// end one themselves.
    ///
    /// - Parameter isCancelled: called before the thread waits. If it returns `true`, the server is asked to stop.
    mutating func run(
        _ queries: [Query], deadline: ContinuousClock.Instant, isCancelled: () -> Bool
    ) throws(PostgresError) -> [Rows] {
        let isWholeTransaction = PQtransactionStatus(connection) == PQTRANS_IDLE
        do {
            return try attempt(queries, deadline, isCancelled)
        } catch  where error.state?.concernsPreparedStatement == true && keepsStatements {
            keepsStatements = false
            // The earlier work of an open transaction is undone as well, so its owner must run it again.
            guard isWholeTransaction else { throw error }
            return try attempt(queries, deadline, isCancelled)
        }
    }

    private mutating func attempt(
        _ queries: [Query], _ deadline: ContinuousClock.Instant, _ isCancelled: () -> Bool
    ) throws(PostgresError) -> [Rows] {
        let sentSize = queries.reduce(0) { $0 + $1.parameters.reduce(0) { $0 + ($1?.utf8.count ?? 0) } }
        if sentSize > Self.maximumMessageSize { keepsLargeBuffers = true }
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
            case .success(let result):
                if result.hasRow(ofMoreThan: Self.maximumMessageSize) { keepsLargeBuffers = true }
                rows.append(result)
            case .failure(let error): failure = failure ?? error
            }
        }
        try finishPipeline(deadline, isCancelled)
        try letCancellingArrive()
        if let failure {
            // A failed transaction can only be rolled back.
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

    /// The result of one command, and the NULL after it.
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
            // The server ignores a request to cancel that arrives before it begins the statement, so the request is repeated.
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
                    let alive = LivenessProbe.succeeds(forServerOf: PQsocket(connection), events, until: .now + silence)
                    guard alive else { throw .unreachable("it shows no sign of life") }
                    patience = .now + silence
                }
                continue
            }
            if ready[1] != 0 { wakeUp.drain() }
            if ready[0] != 0 {
                patience = .now + silence
                if PQconsumeInput(connection) != 1 {
                    throw .connectionLost(Self.text(PQerrorMessage(connection)))
                }
            }
        }
    }

    /// Asks the server to stop its current work, over a separate connection and on a separate thread, because libpq waits for the server's
    /// response without a limit.
    private func cancel() {
        guard !cancelling.isUnderWay.exchange(true, ordering: .acquiring) else { return }
        guard let cancel = PQgetCancel(connection) else {
            return cancelling.isUnderWay.store(false, ordering: .releasing)
        }
        let address = Int(bitPattern: cancel)
        let isStarted = startThread { [cancelling] in
            guard let cancel = OpaquePointer(bitPattern: address) else { return }
            var message = [CChar](repeating: 0, count: 256)
            PQcancel(cancel, &message, Int32(message.count))
            PQfreeCancel(cancel)
            cancelling.isUnderWay.store(false, ordering: .releasing)
        }
        if !isStarted {
            // It is tried again soon. If there is no thread then either, the connection is closed, which also ends the statement.
            PQfreeCancel(cancel)
            cancelling.isUnderWay.store(false, ordering: .releasing)
        }
    }

    /// Waits until a request to cancel has reached the server. Otherwise, it could cancel the next statement.
    private func letCancellingArrive() throws(PostgresError) {
        let deadline = ContinuousClock.now + Self.cancellationTimeout
        while cancelling.isUnderWay.load(ordering: .acquiring) {
            guard .now < deadline else { throw .cancelled }
            usleep(500)
        }
    }

    /// Runs a script of several statements with the simple protocol.
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
        // The server sends this when it closes the connection, which may also be after a commit.
        if ["FATAL", "PANIC"].contains(field("V")) { return .connectionLost("\(field("M") ?? "") (\(state))") }
        return .server(
            PostgresError.ServerMessage(
                state: SQLState(state), message: field("M") ?? "", detail: field("D"), constraint: field("n")))
    }

    static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer else { return "" }
        // On one line, although libpq formats messages for a terminal.
        return String(cString: pointer).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

extension Character {
    /// Whether an SQLSTATE can have the character.
    fileprivate var isStateDigit: Bool { isASCII && (isUppercase || isNumber) }
}
