package import ContractRuntime
import HTTPRepresentation
package import HTTPTypes

/// The response to a GET that never changes while the service runs: compressed in advance, with an entity tag for each form.
package struct StaticContent: Sendable {
    /// How long a browser may use it without revalidating it.
    package enum Caching: Sendable {
        /// Its URL changes with its content.
        case forever
        /// The browser revalidates it each time.
        case revalidated

        var field: String {
            switch self {
            case .forever: "public, max-age=31536000, immutable"
            case .revalidated: "no-cache"
            }
        }
    }

    private let headerFields: HTTPFields
    private let plain: @Sendable () throws -> [UInt8]
    private let compressed: [UInt8]
    private let plainTag: EntityTag
    private let compressedTag: EntityTag

    /// Content that clients request in both forms: both are kept.
    package init(_ body: [UInt8], contentType: String, caching: Caching = .revalidated, headerFields: HTTPFields = [:])
    {
        self.init(plain: { body }, compressed: Gzip.compress(body), contentType, caching, headerFields)
    }

    /// Content that few clients request uncompressed: only the compressed form is kept, a third of the size.
    init(compressed: [UInt8], contentType: String, caching: Caching) {
        let plain = { @Sendable () throws in
            guard let body = Gzip.decompress(compressed) else { throw DamagedAsset() }
            return body
        }
        self.init(plain: plain, compressed: compressed, contentType, caching, [:])
    }

    /// An HTML page.
    package static func page(_ html: String) -> StaticContent {
        StaticContent(Array(html.utf8), contentType: "text/html; charset=utf-8", headerFields: pageFields)
    }

    private init(
        plain: @escaping @Sendable () throws -> [UInt8], compressed: [UInt8], _ contentType: String, _ caching: Caching,
        _ headerFields: HTTPFields
    ) {
        self.plain = plain
        self.compressed = compressed
        // If the compressed forms are equal, the others are equal, so that one hash is enough for both.
        let tag = EntityTag(ofBody: compressed)
        plainTag = tag
        compressedTag = tag.variant("gzip")
        var fields = headerFields
        fields[.contentType] = contentType
        fields[.cacheControl] = caching.field
        fields[.vary] = "Accept-Encoding"
        if let name = HTTPField.Name("X-Content-Type-Options") { fields[name] = "nosniff" }
        self.headerFields = fields
    }

    package func answer(to request: APIRequest) throws -> APIResponse {
        let isCompressed = AcceptEncoding(request.headerFields[.acceptEncoding]).prefersGzip
        let tag = isCompressed ? compressedTag : plainTag
        var response = APIResponse(status: .ok, headerFields: headerFields)
        response.headerFields[.eTag] = tag.text
        if let field = request.headerFields[.ifNoneMatch], tag.matches(ifNoneMatch: field) {
            response.status = .notModified
            response.headerFields[.contentType] = nil
            return response
        }
        if isCompressed { response.headerFields[.contentEncoding] = "gzip" }
        response.body = isCompressed ? compressed : try plain()
        return response
    }
}

/// The pages load nothing from other origins, run only scripts that are files of the service, and no other page can frame them. Swagger UI
/// and Redoc create styles and contain images; Redoc searches in a worker that it creates.
private let pageFields: HTTPFields = {
    var fields: HTTPFields = [:]
    fields[.contentSecurityPolicy] = """
        default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
        worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """
    if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "no-referrer" }
    return fields
}()

/// A file of the documentation pages differs from the one that `make pages` wrote.
struct DamagedAsset: Error, CustomStringConvertible {
    var description: String { "a file of the documentation pages is damaged: run 'make pages' again" }
}
