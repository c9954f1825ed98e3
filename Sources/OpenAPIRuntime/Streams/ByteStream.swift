/// The bytes of a body as they come, or as they are made: whoever reads them sets the pace.
///
/// A stream of a request or a response can be read once. Two streams are equal if one is a copy of the other.
public struct ByteStream: AsyncSequence, Sendable, Hashable {
    public typealias Element = [UInt8]

    private final class Source: Sendable {
        let makeNext: @Sendable () -> () async throws -> [UInt8]?

        init(_ makeNext: @escaping @Sendable () -> () async throws -> [UInt8]?) {
            self.makeNext = makeNext
        }
    }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let nextChunk: () async throws -> [UInt8]?

        public mutating func next() async throws -> [UInt8]? { try await nextChunk() }
    }

    private let source: Source
    /// What the bytes are, `image/png` say: as it came, or as it is to be sent where the contract leaves it open (`image/*`).
    public var contentType: String?

    /// The chunks of a sequence, each of which is asked for when the one before is sent.
    public init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, contentType: String? = nil)
    where Chunks.Element == [UInt8] {
        self.contentType = contentType
        source = Source {
            var iterator = chunks.makeAsyncIterator()
            return { try await iterator.next() }
        }
    }

    /// Bytes that are all there.
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

    public func makeAsyncIterator() -> Iterator { Iterator(nextChunk: source.makeNext()) }

    /// All bytes at once.
    ///
    /// - Throws: ``TooManyBytes`` if there are more than `maximum`, or what keeps them from coming.
    public func collect(upTo maximum: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in self {
            guard bytes.count + chunk.count <= maximum else { throw TooManyBytes(maximum: maximum) }
            bytes += chunk
        }
        return bytes
    }

    public static func == (left: ByteStream, right: ByteStream) -> Bool { left.source === right.source }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(source)) }
}

/// More bytes came than somebody wants to have.
public struct TooManyBytes: Error, Hashable, CustomStringConvertible {
    public var maximum: Int

    public init(maximum: Int) {
        self.maximum = maximum
    }

    public var description: String { "there are more than \(maximum) bytes" }
}
