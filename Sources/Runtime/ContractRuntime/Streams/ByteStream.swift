/// The bytes of a body while they are received or created. The reader determines the speed.
///
/// The stream of a request or a response can be read once. Two streams are equal if one is a copy of the other.
public struct ByteStream: AsyncSequence, Sendable, Hashable {
    /// A chunk of bytes.
    public typealias Element = [UInt8]

    private final class Source: Sendable {
        let makeNext: @Sendable () -> () async throws -> [UInt8]?

        init(_ makeNext: @escaping @Sendable () -> () async throws -> [UInt8]?) {
            self.makeNext = makeNext
        }
    }

    /// Reads the chunks of a stream.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let nextChunk: () async throws -> [UInt8]?

        /// Waits for the next chunk; `nil` at the end.
        public mutating func next() async throws -> [UInt8]? { try await nextChunk() }
    }

    private let source: Source
    /// The media type of the bytes, for example `image/png`: as received, or to send if the contract only declares a
    /// range such as `image/*`.
    public var contentType: String?

    /// A stream of a sequence's chunks. It requests each chunk only after it has sent the previous one.
    public init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, contentType: String? = nil)
    where Chunks.Element == [UInt8] {
        self.contentType = contentType
        source = Source {
            var iterator = chunks.makeAsyncIterator()
            return { try await iterator.next() }
        }
    }

    /// A stream of bytes that are already in memory.
    public init(_ bytes: [UInt8], contentType: String? = nil) {
        self.contentType = contentType
        source = Source {
            var rest: [UInt8]? = bytes.isEmpty ? nil : bytes
            return {
                defer { rest = nil }
                return rest
            }
        }
    }

    /// Begins to read the stream.
    public func makeAsyncIterator() -> Iterator { Iterator(nextChunk: source.makeNext()) }

    /// Waits for all bytes.
    ///
    /// - Throws: ``TooManyBytes`` if there are more than `maximum`, and errors of the stream.
    public func collect(upTo maximum: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in self {
            guard bytes.count + chunk.count <= maximum else { throw TooManyBytes(maximum: maximum) }
            bytes += chunk
        }
        return bytes
    }

    /// Whether one stream is a copy of the other.
    public static func == (left: ByteStream, right: ByteStream) -> Bool { left.source === right.source }

    /// Hashes the identity of the stream, which its copies share.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(source)) }
}

/// A stream has more bytes than the reader allows.
public struct TooManyBytes: Error, Hashable, CustomStringConvertible {
    /// The limit on the number of bytes.
    public var maximum: Int

    /// Creates an error with the limit.
    public init(maximum: Int) {
        self.maximum = maximum
    }

    /// A sentence with the limit.
    public var description: String { "there are more than \(maximum) bytes" }
}
