public import AsyncHTTPClient
import ContractJSON
import FoundationEssentials
import NIOCore
public import ServiceLifecycle

/// Reports errors to Sentry's envelope endpoint (https://develop.sentry.dev/sdk/foundations/data-model/envelopes/). If Sentry is down,
/// nothing else is delayed: reports wait in a bounded queue, each is tried once, and the oldest are dropped and counted.
public final class SentryReporter: Service {
    /// An error and its origin.
    public struct Report: Sendable {
        /// The kind of the error, such as its Swift type. Sentry groups reports by it.
        public var type: String
        /// A sentence for people.
        public var message: String
        /// Names and values by which Sentry can filter reports.
        public var tags: [String: String]

        /// Creates a report of one error.
        public init(type: String, message: String, tags: [String: String]) {
            self.type = type
            self.message = message
            self.tags = tags
        }
    }

    private let dsn: SentryDSN
    private let program: String
    private let release: String
    private let serverName: String
    private let client: HTTPClient
    private let reports: BoundedQueue<(report: Report, date: Date)>
    private let complain: @Sendable (String) -> Void

    private static let timeout = TimeAmount.seconds(5)
    private static let maximumMessageLength = 8192

    /// Follows no redirects, because their targets are unchecked, and Sentry sends none. It lives as long as the program.
    private static let defaultClient = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))

    /// - Parameters:
    ///   - program: the name of the program.
    ///   - release: the version of the program.
    ///   - serverName: the name of the host.
    ///   - client: sends the reports. It must not follow redirects.
    ///   - complain: called with the reason why reports could not be sent, and the number of dropped ones.
    public init(
        _ dsn: SentryDSN, program: String, release: String, serverName: String, client: HTTPClient? = nil,
        capacity: Int = 100, complain: @escaping @Sendable (String) -> Void
    ) {
        self.dsn = dsn
        self.program = program
        self.release = release
        self.serverName = serverName
        self.client = client ?? Self.defaultClient
        self.complain = complain
        reports = BoundedQueue(capacity: capacity)
    }

    /// Adds an error to report.
    public func add(_ report: Report) {
        var report = report
        report.message = String(report.message.prefix(Self.maximumMessageLength))
        reports.add((report, .now))
    }

    /// Reports until the service shuts down gracefully, and then the remaining errors if that takes no time.
    public func run() async {
        await reports.runUntilShutdown { await self.send() }
    }

    private func send() async {
        for await _ in reports.arrivals {
            while let (report, date) = reports.take(upTo: 1).first {
                do {
                    let pause = try await send(report, date)
                    let droppedCount = reports.takeDroppedCount()
                    if droppedCount > 0 {
                        complain("\(droppedCount) errors were not reported: Sentry was down or slow")
                    }
                    if let pause {
                        complain("Sentry asks for a pause of \(pause) seconds")
                        try await Task.sleep(for: .seconds(pause))
                    }
                } catch {
                    if Task.isCancelled { return }
                    complain("an error could not be reported to Sentry: \(error)")
                }
            }
        }
    }

    /// - Returns: the number of seconds for which Sentry wants no reports, if any.
    private func send(_ report: Report, _ date: Date) async throws -> Int? {
        var request = HTTPClientRequest(url: dsn.envelopeURL)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-sentry-envelope")
        request.headers.add(
            name: "X-Sentry-Auth",
            value: "Sentry sentry_version=7, sentry_client=\(program)/\(release), sentry_key=\(dsn.publicKey)")
        request.body = .bytes(envelope(report, date))
        let response = try await client.execute(request, timeout: Self.timeout)
        _ = try await response.body.collect(upTo: 1 << 20)
        if response.status == .tooManyRequests {
            return max(0, min(3600, response.headers.first(name: "Retry-After").flatMap { Int($0) } ?? 60))
        }
        guard (200...299).contains(response.status.code) else {
            complain("Sentry refused a report with status \(response.status.code)")
            return nil
        }
        return nil
    }

    private func envelope(_ report: Report, _ date: Date) -> [UInt8] {
        let id = UUID().uuidString.filter { $0 != "-" }.lowercased()
        let time = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let tags = report.tags.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSONValue($0.value)) }
        let event: JSONValue = [
            "event_id": .init(id), "timestamp": .init(time), "platform": "native", "level": "error",
            "logger": .init(program),
            "release": .init(release), "server_name": .init(serverName), "tags": JSONValue(object: tags),
            "exception": ["values": [["type": .init(report.type), "value": .init(report.message)]]],
        ]
        let header: JSONValue = ["event_id": .init(id), "sent_at": .init(time)]
        let item: JSONValue = ["type": "event", "content_type": "application/json", "length": .init(event.bytes.count)]
        return Array([header.bytes, item.bytes, event.bytes].joined(separator: [UInt8(ascii: "\n")]))
    }
}
