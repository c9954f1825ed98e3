import ContractJSON

/// An event of a stream that a server sends (`text/event-stream`, WHATWG HTML §9.2).
public struct ServerSentEvent<Content: Sendable & Hashable>: Sendable, Hashable {
    /// The content of the event.
    public var data: Content
    /// The kind of the event; `nil` for a plain message.
    public var name: String?
    /// The value that a client sends as `Last-Event-ID` when it connects again. It cannot contain line ends, and also
    /// applies to later events without an ID.
    public var id: String?
    /// The time that a client waits before it connects again, in milliseconds.
    public var retry: Int?

    /// Creates an event.
    public init(_ data: Content, name: String? = nil, id: String? = nil, retry: Int? = nil) {
        self.data = data
        self.name = name
        self.id = id
        self.retry = retry
    }
}

/// A stream of events. A server creates it from a sequence, and a client reads it. The reader determines the speed.
///
/// Two streams are equal if one is a copy of the other.
public struct EventStream<Content: Sendable & Hashable>: AsyncSequence, Sendable, Hashable {
    /// An event of the stream.
    public typealias Element = ServerSentEvent<Content>

    private final class Source: Sendable {
        let makeNext: @Sendable () -> () async throws -> Element?

        init(_ makeNext: @escaping @Sendable () -> () async throws -> Element?) {
            self.makeNext = makeNext
        }
    }

    /// Reads the events of a stream.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let nextEvent: () async throws -> Element?

        /// Waits for the next event; `nil` at the end.
        ///
        /// - Throws: ``InvalidEvent`` if an event's data violates the contract; ``TooManyBytes`` for an event that is
        ///   too long; errors of the connection.
        public mutating func next() async throws -> Element? { try await nextEvent() }
    }

    private let source: Source

    /// A stream of a sequence's events. It requests each event only after it has sent the previous one.
    public init<Events: AsyncSequence & Sendable>(_ events: Events) where Events.Element == ServerSentEvent<Content> {
        source = Source {
            var iterator = events.makeAsyncIterator()
            return { try await iterator.next() }
        }
    }

    /// A stream of the events that bytes contain. Generated clients call this.
    ///
    /// - Parameter decode: decodes the content of an event from its data, or adds problems.
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

    /// Begins to read the stream.
    public func makeAsyncIterator() -> Iterator { Iterator(nextEvent: source.makeNext()) }

    /// The events as bytes to send. Generated servers call this.
    ///
    /// - Parameter encode: encodes the content of an event as its data.
    public func bytes(_ encode: @escaping @Sendable (Content) -> String) -> ByteStream {
        ByteStream(map { event in Array(event.text(encode(event.data)).utf8) })
    }

    /// Whether one stream is a copy of the other.
    public static func == (left: EventStream, right: EventStream) -> Bool { left.source === right.source }

    /// Hashes the identity of the stream, which its copies share.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(source)) }
}

extension ServerSentEvent {
    /// The event with its data, and the empty line that ends it. Name and ID lose their line ends, because a line end
    /// would end the field.
    fileprivate func text(_ data: String) -> String {
        var text = ""
        if let name { text += "event: \(name.withoutLineEnds)\n" }
        if let id { text += "id: \(id.withoutLineEnds)\n" }
        if let retry { text += "retry: \(retry)\n" }
        // For Swift, CR LF is one character.
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

/// The data of an event violates the contract.
public struct InvalidEvent: Error, CustomStringConvertible {
    /// The problems of the data.
    public var problems: ValidationProblems

    /// A sentence with all problems.
    public var description: String { "an event breaks the contract: \(problems)" }
}
