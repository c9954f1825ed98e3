import HTTPGuard
import HTTPTypes

/// The header fields that tell caches how to use responses of the API (RFC 9111 §5.2.2, RFC 9110 §12.5.5).
///
/// A cache may store a response with an entity tag, and must revalidate it for each use. It must not store other responses. If the service
/// uses tokens, no shared cache may store any response, and `Vary` names the fields that contain tokens.
struct CachePolicy: Sendable {
    /// `Cache-Control` of a response with an entity tag.
    let validated: String
    /// `Cache-Control` of other responses.
    let unstored: String
    /// `Vary` of a response that is compressed for clients that accept that.
    let varyOfCompressible: String
    private let vary: [String]
    private let sharesWithPages: Bool

    /// - Parameters:
    ///   - asksForTokens: whether the service has an access file.
    ///   - sharesWithPages: whether web pages of other origins may use the service.
    init(asksForTokens: Bool = false, sharesWithPages: Bool = false) {
        validated = asksForTokens ? "private, no-cache" : "no-cache"
        unstored = asksForTokens ? "private, no-store" : "no-store"
        vary = (asksForTokens ? ["Authorization", "X-API-Key"] : [])
        self.sharesWithPages = sharesWithPages
        varyOfCompressible = (["Accept-Encoding"] + vary + (sharesWithPages ? ["Origin"] : [])).joined(separator: ", ")
    }

    /// Adds the fields to a response. A response with its own `Cache-Control`, as in the documentation, is the same for all clients.
    func apply(to headers: inout HTTPFields) {
        var names = headers[.vary]?.split(separator: ",").map { String($0).withoutOuterWhiteSpace } ?? []
        var wanted = sharesWithPages ? ["Origin"] : []
        if headers[.cacheControl] == nil {
            headers[.cacheControl] = headers[.eTag] == nil ? unstored : validated
            wanted = vary + wanted
        }
        wanted.removeAll { names.contains($0) }
        guard !wanted.isEmpty else { return }
        names += wanted
        headers[.vary] = names.joined(separator: ", ")
    }
}
