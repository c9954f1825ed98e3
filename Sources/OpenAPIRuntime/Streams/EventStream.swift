import JSON

/// One of the events that a server sends (`text/event-stream`, WHATWG HTML §9.2).
public struct ServerSentEvent<Content: Sendable & Hashable>: Sendable, Hashable {
    public var data: Content
    /// The kind of event; `nil` for a message without one.
    public var name: String?
    /// What a client that connects again sends as `Last-Event-ID`. Without line ends; it stays that of the events that follow.
    public var id: String?
    /// How long a client waits before it connects again, in milliseconds.
    public var retry: Int?

    public init(_ data: Content, name: String? = nil, id: String? = nil, retry: Int? = nil) {
        self.data = data
        self.name = name
        self.id = id
        self.retry = retry
    }
}

/// Events as they happen: a server gives a sequence of them, and a client reads one. Whoever reads sets the pace.
///
/// Two streams are equal if one is a copy of the other.
public struct EventStream<Content: Sendable & Hashable>: AsyncSequence, Sendable, Hashable {
    public typealias Element = ServerSentEvent<Content>

    private final class Source: Sendable {
        let makeNext: @Sendable () -> () async throws -> Element?

        init(_ makeNext: @escaping @Sendable () -> () async throws -> Element?) {
            self.makeNext = makeNext
        }
    }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let nextEvent: () async throws -> Element?

        public mutating func next() async throws -> Element? { try await nextEvent() }
    }

    private let source: Source

    /// The events of a sequence, each of which is asked for when the one before is sent.
    public init<Events: AsyncSequence & Sendable>(_ events: Events) where Events.Element == ServerSentEvent<Content> {
        source = Source {
            var iterator = events.makeAsyncIterator()
            return { try await iterator.next() }
        }
    }

    /// Reads events as they come: what generated clients call.
    ///
    /// - Parameter decode: makes the content of the data, or adds problems.
    public init(
        _ bytes: ByteStream,
        _ decode: @escaping @Sendable (String, inout ValidationProblems) -> Content?
    ) {
        source = Source {
            var chunks = bytes.makeAsyncIterator()
            var parser = EventStreamParser()
            return {
                while true {
                    while let event = try parser.next() {
                        var problems = ValidationProblems()
                        guard let content = decode(event.data, &problems) else {
                            throw InvalidEvent(problems: problems)
                        }
                        return ServerSentEvent(content, name: event.name, id: event.id, retry: event.retry)
                    }
                    guard let chunk = try await chunks.next() else { return nil }
                    parser.append(chunk)
                }
            }
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(nextEvent: source.makeNext()) }

    /// The events as they are sent: what generated servers call.
    ///
    /// - Parameter encode: gives the data.
    public func bytes(_ encode: @escaping @Sendable (Content) -> String) -> ByteStream {
        ByteStream(map { event in Array(event.text(encode(event.data)).utf8) })
    }

    public static func == (left: EventStream, right: EventStream) -> Bool { left.source === right.source }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(source)) }
}

extension ServerSentEvent {
    /// The event with its data as text, and the empty line that ends it. Line ends in name and id are left out, as they would end
    /// them.
    fileprivate func text(_ data: String) -> String {
        var text = ""
        if let name { text += "event: \(name.withoutLineEnds)\n" }
        if let id { text += "id: \(id.withoutLineEnds)\n" }
        if let retry { text += "retry: \(retry)\n" }
        // CR LF is one character.
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: { ["\n", "\r", "\r\n"].contains($0) })
        {
            text += "data: \(line)\n"
        }
        return text + "\n"
    }
}

extension String {
    fileprivate var withoutLineEnds: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { $0 != "\n" && $0 != "\r" && $0 != "\0" }))
    }
}

/// An event whose data breaks the contract.
public struct InvalidEvent: Error, CustomStringConvertible {
    public var problems: ValidationProblems

    public var description: String { "an event breaks the contract: \(problems)" }
}
