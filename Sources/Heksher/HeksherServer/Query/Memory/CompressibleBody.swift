import ContractRuntime
import HTTPGuard
import HTTPRepresentation
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization

/// The body of a response to a query: plain and, once a client accepts that, compressed.
final class CompressibleBody: Sendable {
    /// The body in one content coding.
    struct Representation: Sendable {
        let body: ByteBuffer
        let tag: EntityTag
        let answer: PreparedResponse
        private let hasEntityTag: Bool
        private let coding: String?

        /// Whether the body is sent in parts, and counts once for all its clients.
        var isLarge: Bool { body.readableBytes > SharedBody.partSize }

        fileprivate init(
            _ body: ByteBuffer, _ tag: EntityTag, _ caching: CachePolicy, hasEntityTag: Bool, coding: String?
        ) {
            self.body = body
            self.tag = tag
            self.hasEntityTag = hasEntityTag
            self.coding = coding
            var headers: HTTPHeaders = ["Content-Type": "application/json"]
            if hasEntityTag { headers.add(name: "ETag", value: tag.text) }
            headers.add(contentsOf: [
                ("Cache-Control", hasEntityTag ? caching.validated : caching.unstored),
                ("Vary", caching.varyOfCompressible), ("Content-Length", String(body.readableBytes)),
                ("Server", "heksher"),
            ])
            if let coding { headers.add(name: "Content-Encoding", value: coding) }
            answer = PreparedResponse(status: .ok, headers: headers, body: body)
        }

        func response() -> APIResponse {
            var fields: HTTPFields = [.contentType: "application/json", .vary: "Accept-Encoding"]
            if hasEntityTag { fields[.eTag] = tag.text }
            fields[.contentEncoding] = coding
            return APIResponse(status: .ok, headerFields: fields, body: Array(body.readableBytesView))
        }
    }

    private enum Compression {
        case none
        case underWay([@Sendable (Representation) -> Void])
        case done(Representation)
    }

    /// The size from which compressing a body is useful for clients.
    private static let minimumCompressedSize = 1024

    private let caching: CachePolicy
    private let hasEntityTag: Bool
    private let plain: Representation
    private let compressedTag: EntityTag
    private let compression = Mutex(Compression.none)

    /// - Parameter hasEntityTag: whether responses have the body's entity tag, so that caches can store them.
    init(_ bytes: [UInt8], _ caching: CachePolicy, hasEntityTag: Bool = true) {
        self.caching = caching
        self.hasEntityTag = hasEntityTag
        let tag = EntityTag(ofBody: bytes)
        plain = Representation(ByteBuffer(bytes: bytes), tag, caching, hasEntityTag: hasEntityTag, coding: nil)
        compressedTag = tag.variant("gzip")
    }

    /// The approximate bytes of memory that it takes, once it has been compressed.
    var size: Int { plain.body.readableBytes * 5 / 4 }

    var plainBytes: ByteBufferView { plain.body.readableBytesView }

    /// The tag of the representation that the sender of an `If-None-Match` field already has, if any.
    func knownTag(_ ifNoneMatch: String) -> EntityTag? {
        guard hasEntityTag else { return nil }
        let tags = [plain.tag, compressedTag]
        return tags.first { $0.text == ifNoneMatch } ?? tags.first { $0.matches(ifNoneMatch: ifNoneMatch) }
    }

    /// Finds the representation for a request. The body is compressed once, for all clients that accept that.
    ///
    /// - Parameter use: called once, immediately unless the body is being compressed.
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
        let body = Gzip.compressIfPossible(Array(plain.body.readableBytesView), effort: .usual)
        let representation =
            body.map {
                Representation(
                    ByteBuffer(bytes: $0), compressedTag, caching, hasEntityTag: hasEntityTag, coding: "gzip")
            } ?? plain
        let waiting = compression.withLock { compression in
            defer { compression = .done(representation) }
            if case .underWay(let waiting) = compression { return waiting }
            return []
        }
        for use in waiting { use(representation) }
    }

    /// The response to a request with these header fields.
    func response(to fields: HTTPFields) async -> APIResponse {
        if let tag = fields[.ifNoneMatch].flatMap(knownTag) {
            return APIResponse(status: .notModified, headerFields: [.eTag: tag.text, .vary: "Accept-Encoding"])
        }
        return await withCheckedContinuation { continuation in
            withRepresentation(for: fields[.acceptEncoding]) { continuation.resume(returning: $0) }
        }.response()
    }

    /// The response to a client that already has the representation with this tag.
    func notModified(_ tag: EntityTag) -> PreparedResponse {
        PreparedResponse(
            status: .notModified,
            headers: [
                "ETag": tag.text, "Cache-Control": caching.validated, "Vary": caching.varyOfCompressible,
                "Server": "heksher",
            ])
    }
}

extension Route {
    /// The route of an operation whose responses have entity tags, with responses that are compressed for clients that accept that.
    func compressing(_ caching: CachePolicy) -> Route {
        var route = self
        route.respond = { [respond] request, pathValues in
            let response = try await respond(request, pathValues)
            guard response.status == .ok else { return response }
            return await CompressibleBody(response.body, caching).response(to: request.headerFields)
        }
        return route
    }
}
