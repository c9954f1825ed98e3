public import AsyncHTTPClient
import FoundationEssentials
import JSON
import NIOCore
public import ServiceLifecycle

/// Reports errors to Sentry's envelope endpoint (https://develop.sentry.dev/sdk/foundations/data-model/envelopes/). One that is
/// down delays nobody: reports wait in a bounded queue, each is tried once, and the oldest are dropped.
public final class SentryReporter: Service {
    /// An error, and where it came up.
    public struct Report: Sendable {
        public var type: String
        public var message: String
        public var tags: [String: String]

        public init(type: String, message: String, tags: [String: String]) {
            self.type = type
            self.message = message
            self.tags = tags
        }
    }

    private let dsn: SentryDSN
    private let release: String
    private let serverName: String
    private let client: HTTPClient
    private let reports: BoundedQueue<(report: Report, date: Date)>
    private let complain: @Sendable (String) -> Void

    private static let timeout = TimeAmount.seconds(5)

    /// - Parameters:
    ///   - release: the version of the program.
    ///   - complain: told why a report could not be made.
    public init(
        _ dsn: SentryDSN, release: String, serverName: String, client: HTTPClient = .shared, capacity: Int = 100,
        complain: @escaping @Sendable (String) -> Void
    ) {
        self.dsn = dsn
        self.release = release
        self.serverName = serverName
        self.client = client
        self.complain = complain
        reports = BoundedQueue(capacity: capacity)
    }

    /// Adds an error to those to be reported.
    public func add(_ report: Report) { reports.add((report, .now)) }

    /// Reports until shut down gracefully, then what is left if that takes no time.
    public func run() async {
        await reports.runUntilShutdown { await self.send() }
    }

    private func send() async {
        for await _ in reports.arrivals {
            while let (report, date) = reports.take(upTo: 1).first {
                do {
                    if let pause = try await send(report, date) {
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

    /// - Returns: for how many seconds Sentry wants to hear nothing, if it does.
    private func send(_ report: Report, _ date: Date) async throws -> Int? {
        var request = HTTPClientRequest(url: dsn.envelopeURL)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-sentry-envelope")
        request.headers.add(
            name: "X-Sentry-Auth",
            value: "Sentry sentry_version=7, sentry_client=heksher/\(release), sentry_key=\(dsn.publicKey)")
        request.body = .bytes(envelope(report, date))
        let response = try await client.execute(request, timeout: Self.timeout)
        _ = try await response.body.collect(upTo: 1 << 20)
        if response.status == .tooManyRequests {
            return min(3600, response.headers.first(name: "Retry-After").flatMap { Int($0) } ?? 60)
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
            "logger": "heksher",
            "release": .init(release), "server_name": .init(serverName), "tags": JSONValue(object: tags),
            "exception": ["values": [["type": .init(report.type), "value": .init(report.message)]]],
        ]
        let header: JSONValue = ["event_id": .init(id), "sent_at": .init(time)]
        let item: JSONValue = ["type": "event", "content_type": "application/json", "length": .init(event.bytes.count)]
        return Array([header.bytes, item.bytes, event.bytes].joined(separator: [UInt8(ascii: "\n")]))
    }
}
