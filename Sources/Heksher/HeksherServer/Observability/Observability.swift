import HTTPGuard
import LibPQ
public import Logging
import PosixSupport
public import ServiceLifecycle
public import Telemetry

/// The information that the service sends about itself: the log, and reports of unexpected errors.
public struct Observability: Sendable {
    /// The log of the service.
    public let logger: Logger
    /// For the HTTP server, whose own messages are only interesting at lower levels.
    let quietLogger: Logger
    /// The requests and the other work in progress.
    public let work: WorkUnderWay
    private let databaseWarnings = RateLimiter(interval: .seconds(1))
    private let refusals = RecurringErrors()
    private let unexpectedErrors = RecurringErrors()
    private let storageWarnings = RateLimiter(interval: .seconds(60))
    private let logstash: LogstashShipper?
    private let sentry: SentryReporter?

    /// The services that must start before the service and end after it.
    public var services: [any Service] {
        [logstash as (any Service)?, sentry].compactMap { $0 }
    }

    /// Logs only to one place.
    public init(logger: Logger) {
        self.logger = logger
        work = WorkUnderWay()
        quietLogger = logger
        logstash = nil
        sentry = nil
    }

    /// - Parameter work: the work in progress; requests are added to it.
    public init(_ logging: LoggingConfiguration, sentry dsn: SentryDSN?, work: WorkUnderWay = WorkUnderWay()) {
        self.work = work
        let label = "heksher"
        var handler: any LogHandler =
            switch logging.format {
            case .json: JSONLogHandler(label: label, level: logging.level)
            case .text: TextLogHandler(label: label, level: logging.level)
            }
        handler.logLevel = logging.level
        let local = handler
        LineWriter.standardError.describeDropped { count in
            let sentence = "\(count) log records were dropped: the log could not be written"
            return switch logging.format {
            case .json: JSONLogHandler(label: label, level: .trace) { _ in }.line(.warning, sentence)
            case .text: Array("\(label): \(sentence)\n".utf8)
            }
        }
        // Errors of sending records must not become records that are sent.
        let localLogger = Logger(label: label) { _ in local }
        if let target = logging.logstash {
            let members = [("heksher_version", HeksherApplication.version), ("host", hostName())] + target.tags
            let notices = JSONLogHandler(label: label, level: .trace, members: members) { _ in }
            let shipper = LogstashShipper(
                host: target.host, port: target.port, notice: { notices.line(.warning, $0) },
                complain: { localLogger.warning("\($0)") })
            let remote = JSONLogHandler(label: label, level: target.level, members: members) { shipper.add($0) }
            logger = Logger(label: label) { _ in MultiplexLogHandler([local, remote]) }
            quietLogger = Logger(label: label) { _ in MultiplexLogHandler([local.quieter, remote.quieter]) }
            logstash = shipper
        } else {
            logger = localLogger
            quietLogger = Logger(label: label) { _ in local.quieter }
            logstash = nil
        }
        sentry = dsn.map { dsn in
            SentryReporter(
                dsn, program: "heksher", release: HeksherApplication.version, serverName: hostName(),
                complain: { localLogger.warning("\($0)") })
        }
    }

    /// Whether another warning about the database is due.
    func mayWarnOfDatabase() -> Bool { databaseWarnings.admitsNow() }

    /// Whether another warning about a storage limit is due.
    func mayWarnOfStorage() -> Bool { storageWarnings.admitsNow() }

    /// Reports an unexpected error: the same error of an operation at most once a minute, with a count.
    func report(_ error: any Error, operation: String, requestID: String) {
        guard let report = unexpectedErrors.occurred("\(operation): \(error)") else { return }
        logger.error(
            "unexpected error",
            metadata: [
                "error": "\(error)", "operation": "\(operation)", "request_id": "\(requestID)",
                "count": "\(report.count)",
            ])
        send(error, operation: operation, requestID: requestID)
    }

    /// Reports that PostgreSQL has refused a statement: the same refusal at most once a minute, with a count.
    func report(refusal error: PostgresError, operation: String, requestID: String) {
        guard let report = refusals.occurred("\(error)") else { return }
        // A temporary refusal is not an error.
        let level: Logger.Level = error.isUnavailable ? .warning : .error
        logger.log(
            level: level, "PostgreSQL refuses a statement",
            metadata: [
                "error": "\(error)", "operation": "\(operation)", "request_id": "\(requestID)",
                "count": "\(report.count)",
            ])
        if level == .error { send(error, operation: operation, requestID: requestID) }
    }

    private func send(_ error: any Error, operation: String, requestID: String) {
        sentry?.add(
            SentryReporter.Report(
                type: "\(type(of: error))", message: "\(error)",
                tags: ["operation": operation, "request_id": requestID]))
    }

    /// Logs the counts of errors since the last line about their kind.
    func flushRecurringErrors() {
        for (kind, report) in refusals.overdue() {
            logger.warning(
                "PostgreSQL has refused a statement", metadata: ["error": "\(kind)", "count": "\(report.count)"])
        }
        for (kind, report) in unexpectedErrors.overdue() {
            logger.error("unexpected error", metadata: ["error": "\(kind)", "count": "\(report.count)"])
        }
    }
}

private func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

extension LogHandler {
    fileprivate var quieter: any LogHandler {
        var handler = self
        if logLevel == .info { handler.logLevel = .notice }
        return handler
    }
}
