import HTTPTypes
package import Hummingbird
import NIOCore

/// Prevents web pages of other origins from changing anything (cross-site request forgery).
///
/// A browser sends some requests for any page without asking the service first, even with a `Content-Type` that the service accepts as
/// JSON. It reports the page's origin in `Origin` (RFC 6454 §7) and in `Sec-Fetch-Site` (W3C Fetch Metadata), which pages cannot change.
package struct OriginCheck: Sendable {
    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")

    private let sharing: OriginSharing?
    private let address: PublicAddress
    private let option: String
    private let harmlessPath: String?

    /// - Parameters:
    ///   - option: the name of the option with the origins of other pages, for refusals.
    ///   - harmlessPath: the beginning of the paths whose operations change nothing, also with the method POST.
    package init(_ sharing: OriginSharing?, _ address: PublicAddress, option: String, harmlessPath: String? = nil) {
        self.sharing = sharing
        self.address = address
        self.option = option
        self.harmlessPath = harmlessPath
    }

    /// The response to a request that would change something and comes from a page that may not use the service.
    package func refusal(of request: Request, from peer: IPAddress?) -> Response? {
        switch request.method {
        case .get, .head, .options: return nil
        // The response is for pages of other origins only if they are allowed.
        case .post where harmlessPath.map(request.uri.path.hasPrefix) == true: return nil
        default: break
        }
        guard isForeign(request, peer) else { return nil }
        return Response(
            status: .forbidden, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(
                byteBuffer: ByteBuffer(
                    string:
                        "a browser asks for this on behalf of a page of another origin, which \(option) does not name"
                )))
    }

    private func isForeign(_ request: Request, _ peer: IPAddress?) -> Bool {
        if let origin = request.headers[.origin] {
            if sharing?.names(origin) == true { return false }
            guard address.isOwn(origin, of: request, from: peer) else { return true }
        }
        guard let name = Self.fetchSite, let site = request.headers[name] else { return false }
        // 'none' means that the user sent the request without a page. Unknown values are refused.
        return site != "same-origin" && site != "none"
    }
}
