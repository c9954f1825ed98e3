import ContractRuntime
import Testing

private struct Streams: StreamsAPI {
    var numbers = Numbers(count: 3)

    func watchEvents(_ input: WatchEvents.Input) -> WatchEvents.Output {
        let events = numbers.map { ServerSentEvent(Schemas.Place(x: $0), name: "found", id: "\($0)", retry: 10) }
        return .ok(.events(EventStream(events)))
    }

    func watchTicks(_ input: WatchTicks.Input) -> WatchTicks.Output {
        .ok(.events(EventStream(numbers.map { ServerSentEvent("tick\r\n \($0)\n") })))
    }

    func download(_ input: Download.Input) -> Download.Output {
        .ok(.binary(ByteStream(numbers.map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 1 << 16) })))
    }
}

@Suite struct StreamTests {
    private static func check(_ client: Client) async throws {
        var places: [ServerSentEvent<Schemas.Place>] = []
        for try await event in try events(await client.watchEvents()) { places.append(event) }
        #expect(places.map(\.data.x) == [1, 2, 3])
        #expect(places.first == ServerSentEvent(.init(x: 1), name: "found", id: "1", retry: 10))
        var texts: [String] = []
        guard case .ok(.events(let ticks)) = try await client.watchTicks() else { throw Unexpected() }
        for try await event in ticks { texts.append(event.data) }
        // Line ends within an event become LF.
        #expect(texts == ["tick\n 1\n", "tick\n 2\n", "tick\n 3\n"])
        #expect(try await client.download().ok.collect(upTo: 1 << 20).count == 3 << 16)
    }

    private struct Unexpected: Error {}

    private static func events(_ output: WatchEvents.Output) throws -> EventStream<Schemas.Place> {
        guard case .ok(.events(let events)) = output else { throw Unexpected() }
        return events
    }

    @Test("Streams arrive unchanged in the same process and over HTTP")
    func arrives() async throws {
        try await Self.check(Client(InProcessTransport(API.routes(streams: Streams()))))
        try await serving(API.routes(streams: Streams())) { try await Self.check($0) }
    }

    @Test("A server does not produce much more of a stream than its client reads")
    func backPressure() async throws {
        // A gigabyte.
        let streams = Streams(numbers: Numbers(count: 1 << 14))
        try await serving(API.routes(streams: streams)) { client in
            var chunks = try await client.download().ok.makeAsyncIterator()
            _ = try await chunks.next()
            try await Task.sleep(for: .milliseconds(500))
            // Buffers between server and client hold some megabytes.
            #expect(streams.numbers.progress.count < 1 << 10)
        }
    }

    @Test("Collecting more bytes than allowed throws an error")
    func tooMuch() async throws {
        let bytes = try await Client(InProcessTransport(API.routes(streams: Streams()))).download().ok
        await #expect(throws: TooManyBytes(maximum: 1 << 17)) { try await bytes.collect(upTo: 1 << 17) }
    }

    /// The events in a text that arrives in pieces of `size` bytes.
    private static func parse(_ text: String, size: Int) async throws -> [ServerSentEvent<String>] {
        let bytes = Array(text.utf8)
        let (chunks, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        for start in stride(from: 0, to: bytes.count, by: size) {
            continuation.yield(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        continuation.finish()
        var events: [ServerSentEvent<String>] = []
        for try await event in EventStream(ByteStream(chunks), { text, _ in text }) { events.append(event) }
        return events
    }

    @Test(
        "Events are read as WHATWG requires, with any division into pieces",
        arguments: [
            ("data: a\n\n", [ServerSentEvent("a")]), ("data:a\ndata: b\n\n", [ServerSentEvent("a\nb")]),
            ("data\n\ndata\ndata\n\n", [ServerSentEvent(""), ServerSentEvent("\n")]),
            (
                "\u{FEFF}data:  a\r\n\r\ndata: b\r\rdata: c\n\r\n",
                [ServerSentEvent(" a"), ServerSentEvent("b"), ServerSentEvent("c")]
            ),
            (
                ": comment\n\nevent: x\n\nid: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
                [ServerSentEvent("a", id: "1"), ServerSentEvent("b", id: "1"), ServerSentEvent("c")]
            ),
            (
                "event: x\nretry: 10\ndata: a\n\nretry: 1x\nother: y\ndata: b\n\n",
                [ServerSentEvent("a", name: "x", retry: 10), ServerSentEvent("b")]
            ),
            ("id: a\0b\ndata: é😀\n\ndata: never ended\n", [ServerSentEvent("é😀")]), ("", []),
        ], [1, 2, 3, 1000])
    func events(example: (String, [ServerSentEvent<String>]), size: Int) async throws {
        #expect(try await Self.parse(example.0, size: size) == example.1)
    }

    @Test("An event that violates the contract ends the stream with an error")
    func invalid() async throws {
        struct Canned: ClientTransport {
            func send(_ request: APIRequest) async throws -> APIResponse {
                APIResponse(
                    status: .ok, contentType: "text/event-stream",
                    stream: ByteStream(Array("data: {\"x\":1}\n\ndata: {\"x\":-1}\n\n".utf8)))
            }
        }
        var events = try Self.events(await Client(Canned()).watchEvents()).makeAsyncIterator()
        #expect(try await events.next()?.data == .init(x: 1))
        let error = await #expect(throws: InvalidEvent.self) { try await events.next() }
        #expect(
            error?.description == "an event breaks the contract: x ensure this value is greater than or equal to 0")
    }
}
