import Glibc
public import Logging
public import ServiceLifecycle
public import Telemetry

/// What goes out of the service about itself: the log, and reports of errors that nobody expected.
public struct Observability: Sendable {
    public let logger: Logger
    /// For what serves: what it says of its own starting and stopping is for those who look for it.
    let quietLogger: Logger
    private let databaseWarnings = Pace(interval: .seconds(1))
    private let logstash: LogstashShipper?
    private let sentry: SentryReporter?

    /// What has to run from before the service until after it.
    public var services: [any Service] {
        [logstash as (any Service)?, sentry].compactMap { $0 }
    }

    /// Logs to one place alone.
    public init(logger: Logger) {
        self.logger = logger
        quietLogger = logger
        logstash = nil
        sentry = nil
    }

    public init(_ logging: LoggingConfiguration, sentry dsn: SentryDSN?) {
        let label = "heksher"
        var handler: any LogHandler =
            switch logging.format {
            case .json: JSONLogHandler(label: label, level: logging.level)
            case .text: StreamLogHandler.standardError(label: label)
            }
        handler.logLevel = logging.level
        let local = handler
        // What goes wrong with sending records is no record to be sent.
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
                dsn, release: HeksherApplication.version, serverName: hostName(),
                complain: { localLogger.warning("\($0)") })
        }
    }

    /// Whether it is time to warn of the database again.
    func mayWarnOfDatabase() -> Bool { databaseWarnings.isDue() }

    /// Reports an error that nobody expected.
    func report(_ error: any Error, operation: String, requestID: String) {
        logger.error(
            "unexpected error",
            metadata: ["error": "\(error)", "operation": "\(operation)", "request_id": "\(requestID)"])
        sentry?.add(
            SentryReporter.Report(
                type: "\(type(of: error))", message: "\(error)",
                tags: ["operation": operation, "request_id": requestID]))
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
