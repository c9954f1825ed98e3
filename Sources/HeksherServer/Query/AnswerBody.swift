import HTTPTypes
import NIOCore
import NIOHTTP1
import OpenAPIRuntime
import Synchronization

/// The body of an answer to a query, plain and, once somebody wants it so, compressed.
final class AnswerBody: Sendable {
    /// The body in one content coding.
    struct Representation: Sendable {
        let body: ByteBuffer
        let tag: EntityTag
        let answer: PreparedAnswer
        private let coding: String?

        fileprivate init(_ body: ByteBuffer, _ tag: EntityTag, coding: String?) {
            self.body = body
            self.tag = tag
            self.coding = coding
            var headers: HTTPHeaders = [
                "Content-Type": "application/json", "ETag": tag.text, "Vary": "Accept-Encoding",
                "Content-Length": String(body.readableBytes), "Server": "heksher",
            ]
            if let coding { headers.add(name: "Content-Encoding", value: coding) }
            answer = PreparedAnswer(status: .ok, headers: headers, body: body)
        }

        func response() -> APIResponse {
            var fields: HTTPFields = [.contentType: "application/json", .eTag: tag.text, .vary: "Accept-Encoding"]
            fields[.contentEncoding] = coding
            return APIResponse(status: .ok, headerFields: fields, body: Array(body.readableBytesView))
        }
    }

    private enum Compression {
        case none
        case underWay([@Sendable (Representation) -> Void])
        case done(Representation)
    }

    /// From how many bytes on it is worth a client's while that a body is compressed.
    private static let minimumCompressedSize = 1024

    private let plain: Representation
    private let compressedTag: EntityTag
    private let compression = Mutex(Compression.none)

    init(_ bytes: [UInt8]) {
        let tag = EntityTag(ofBody: bytes)
        plain = Representation(ByteBuffer(bytes: bytes), tag, coding: nil)
        compressedTag = tag.variant("gzip")
    }

    /// About how many bytes of memory it takes, once it has been compressed.
    var size: Int { plain.body.readableBytes * 5 / 4 }

    var plainBytes: ByteBufferView { plain.body.readableBytesView }

    /// The tag of the representation that the sender of an `If-None-Match` field has already, if it has one.
    func knownTag(_ ifNoneMatch: String) -> EntityTag? {
        let tags = [plain.tag, compressedTag]
        return tags.first { $0.text == ifNoneMatch } ?? tags.first { $0.matches(ifNoneMatch: ifNoneMatch) }
    }

    /// Finds the representation that a request is to have. It is compressed once, for all who want it.
    ///
    /// - Parameter use: called once: at once, unless the body is being compressed.
    func withRepresentation(for acceptEncoding: String?, _ use: @escaping @Sendable (Representation) -> Void) {
        guard plain.body.readableBytes > Self.minimumCompressedSize, let acceptEncoding,
            AcceptEncoding(acceptEncoding).prefersGzip
        else { return use(plain) }
        let (done, isFirst) = compression.withLock { compression -> (Representation?, Bool) in
            switch compression {
            case .done(let representation): return (representation, false)
            case .underWay(let waiting):
                compression = .underWay(waiting + [use])
                return (nil, false)
            case .none:
                compression = .underWay([use])
                return (nil, true)
            }
        }
        if let done { use(done) }
        if isFirst { Task(executorPreference: globalConcurrentExecutor) { self.compress() } }
    }

    private func compress() {
        let body = Gzip.compress(Array(plain.body.readableBytesView), effort: .usual)
        let representation = Representation(ByteBuffer(bytes: body), compressedTag, coding: "gzip")
        let waiting = compression.withLock { compression in
            defer { compression = .done(representation) }
            if case .underWay(let waiting) = compression { return waiting }
            return []
        }
        for use in waiting { use(representation) }
    }

    /// The answer to a request with these header fields.
    func response(to fields: HTTPFields) async -> APIResponse {
        if let tag = fields[.ifNoneMatch].flatMap(knownTag) {
            return APIResponse(status: .notModified, headerFields: [.eTag: tag.text, .vary: "Accept-Encoding"])
        }
        return await withCheckedContinuation { continuation in
            withRepresentation(for: fields[.acceptEncoding]) { continuation.resume(returning: $0) }
        }.response()
    }

    /// The answer to a client that has this representation.
    static func notModified(_ tag: EntityTag) -> PreparedAnswer {
        PreparedAnswer(
            status: .notModified, headers: ["ETag": tag.text, "Vary": "Accept-Encoding", "Server": "heksher"])
    }
}
