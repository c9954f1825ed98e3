import ContractJSON
import Hummingbird
import Logging
import NIOCore
import PostgresTesting
import ServiceLifecycle
import Synchronization
import Testing

@testable import Telemetry

/// A small fake of Sentry's envelope endpoint.
private struct FakeSentry: Sendable {
    struct Envelope: Sendable {
        var path: String
        var headers: [String: String]
        var lines: [Substring]
    }

    let envelopes = AsyncStream.makeStream(of: Envelope.self)

    /// Responds with these statuses in order, and then always with the last one.
    func running(
        _ statuses: [HTTPResponse.Status], location: String? = nil, _ body: (_ port: Int) async throws -> Void
    ) async throws {
        let statuses = StatusList(statuses)
        let router = Router()
        router.post("**") { request, _ in
            let text = String(buffer: try await request.body.collect(upTo: 1 << 20))
            let headers = Dictionary(request.headers.map { ($0.name.canonicalName, $0.value) }) { $1 }
            envelopes.continuation.yield(
                Envelope(path: request.uri.path, headers: headers, lines: text.split(separator: "\n")))
            var fields: HTTPFields = [.retryAfter: "1"]
            fields[.location] = location
            return Response(status: statuses.next(), headers: fields)
        }
        let ports = AsyncStream.makeStream(of: Int.self)
        let silent = Logger(label: "sentry") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { ports.continuation.yield($0.localAddress?.port ?? 0) }, logger: silent)
        let group = ServiceGroup(services: [application], logger: silent)
        async let running: Void = group.run()
        let port = await ports.stream.first { _ in true }
        try await body(port ?? 0)
        await group.triggerGracefulShutdown()
        try await running
    }

    private final class StatusList: Sendable {
        private let rest: Mutex<[HTTPResponse.Status]>
        init(_ statuses: [HTTPResponse.Status]) { rest = Mutex(statuses) }
        func next() -> HTTPResponse.Status { rest.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } }
    }
}

@Suite(.timeLimit(.minutes(20))) struct SentryTests {
    private static func with(
        _ dsn: String, complain: @escaping @Sendable (String) -> Void = { _ in },
        _ body: (SentryReporter) async throws -> Void
    ) async throws {
        let reporter = SentryReporter(
            try SentryDSN(parsing: dsn), program: "test", release: "1.2.3", serverName: "here", complain: complain)
        let group = ServiceGroup(services: [reporter], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let running: Void = group.run()
        try await body(reporter)
        await group.triggerGracefulShutdown()
        try await running
    }

    @Test(
        "Invalid ports in a DSN are refused",
        arguments: ["65536", "99999", "99999999999999999999", "0", "-1", "x"])
    func port(text: String) {
        for host in ["127.0.0.1", "[::1]", "sentry.example.com"] {
            #expect(throws: SentryDSNError.self) { try SentryDSN(parsing: "https://key@\(host):\(text)/1") }
        }
    }

    @Test("A redirect by Sentry is not followed, and is reported as a refusal")
    func redirect() async throws {
        let sentry = FakeSentry()
        try await sentry.running([.temporaryRedirect], location: "http://127.0.0.1:99999/api/1/envelope/") { port in
            let complaints = AsyncStream.makeStream(of: String.self)
            try await Self.with("http://abc@127.0.0.1:\(port)/1", complain: { complaints.continuation.yield($0) }) {
                reporter in
                reporter.add(.init(type: "Strange", message: "it broke", tags: [:]))
                let complaint = await complaints.stream.first { _ in true }
                #expect(complaint == "Sentry refused a report with status 307")
            }
        }
    }

    @Test("Dropped reports are counted, and the count is logged once Sentry responds")
    func dropped() async throws {
        let sentry = FakeSentry()
        try await sentry.running([.ok]) { port in
            let complaints = AsyncStream.makeStream(of: String.self)
            let reporter = SentryReporter(
                try SentryDSN(parsing: "http://abc@127.0.0.1:\(port)/1"), program: "test", release: "1",
                serverName: "here", capacity: 2,
                complain: { complaints.continuation.yield($0) })
            for number in 0..<5 { reporter.add(.init(type: "Strange", message: "\(number)", tags: [:])) }
            let group = ServiceGroup(
                services: [reporter], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            async let running: Void = group.run()
            let complaint = await complaints.stream.first { _ in true }
            #expect(complaint == "3 errors were not reported: Sentry was down or slow")
            await group.triggerGracefulShutdown()
            try await running
        }
    }

    @Test("An error is sent as an envelope with an event that names release and operation")
    func report() async throws {
        let sentry = FakeSentry()
        try await sentry.running([.ok]) { port in
            try await Self.with("http://abc@127.0.0.1:\(port)/below/42") { reporter in
                reporter.add(.init(type: "Strange", message: "it \"broke\"", tags: ["operation": "getRule"]))
                let found = await sentry.envelopes.stream.first { _ in true }
                let envelope = try #require(found)
                #expect(envelope.path == "/below/api/42/envelope/")
                #expect(envelope.headers["content-type"] == "application/x-sentry-envelope")
                #expect(
                    envelope.headers["x-sentry-auth"]
                        == "Sentry sentry_version=7, sentry_client=test/1.2.3, sentry_key=abc")
                #expect(envelope.lines.count == 3)
                let event = String(envelope.lines[2])
                #expect(
                    String(envelope.lines[1])
                        == #"{"type":"event","content_type":"application/json","length":\#(event.utf8.count)}"#)
                _ = try JSONValue(parsing: String(envelope.lines[0]))
                _ = try JSONValue(parsing: event)
                #expect(
                    event.hasSuffix(
                        #""release":"1.2.3","server_name":"here","tags":{"operation":"getRule"},"#
                            + #""exception":{"values":[{"type":"Strange","value":"it \"broke\""}]}}"#), "\(event)")
                #expect(event.prefixMatch(of: /\{"event_id":"[0-9a-f]{32}","timestamp":"[^"]+Z"/) != nil)
            }
        }
    }

    @Test("After a refusal the next report is sent at once, and after 429 later")
    func refused() async throws {
        let sentry = FakeSentry()
        try await sentry.running([.badRequest, .tooManyRequests, .ok]) { port in
            try await Self.with("http://abc@127.0.0.1:\(port)/42") { reporter in
                let start = ContinuousClock.now
                for number in 0..<3 { reporter.add(.init(type: "T", message: "\(number)", tags: [:])) }
                var count = 0
                for await _ in sentry.envelopes.stream {
                    count += 1
                    if count == 3 { break }
                }
                #expect(ContinuousClock.now - start >= .seconds(1))
            }
        }
    }

    @Test("If Sentry is down, reporting does not delay the caller")
    func down() async throws {
        let complaints = AsyncStream.makeStream(of: String.self)
        let time = try await PatientStopwatch.measure {
            try await Self.with("http://abc@127.0.0.1:1/42", complain: { complaints.continuation.yield($0) }) {
                reporter in
                for number in 0..<10_000 { reporter.add(.init(type: "T", message: "\(number)", tags: [:])) }
                let complaint = await complaints.stream.first { _ in true }
                #expect(complaint?.hasPrefix("an error could not be reported to Sentry") == true)
            }
        }
        #expect(time < .seconds(30))
    }

    @Test(
        "Invalid DSNs are refused", arguments: ["", "x", "https://host/1", "https://key@host", "ftp://key@host/1"])
    func nonsense(text: String) {
        #expect(throws: SentryDSNError.self) { try SentryDSN(parsing: text) }
    }

    @Test("The endpoint is below the DSN's path, and excludes the secret of older DSNs")
    func endpoint() throws {
        #expect(
            try SentryDSN(parsing: "https://key:secret@sentry.example.com/7").envelopeURL
                == "https://sentry.example.com/api/7/envelope/")
    }
}
