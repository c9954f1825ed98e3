import ContractAsyncHTTPClient
import HTTPTypes
package import Hummingbird

/// Lets web pages of other origins use the service from a browser (the CORS protocol, WHATWG Fetch §3.3).
package struct OriginSharing: Sendable {
    private let origins: Set<String>

    /// The name of the option with the origins.
    let option: String

    /// Parses origins separated by commas.
    ///
    /// - Parameter option: the option's name, for errors and refusals.
    /// - Throws: ``ConfigurationError``.
    package init(parsing text: String, option: String) throws(ConfigurationError) {
        self.option = option
        let origins = text.split(separator: ",").map { String($0).withoutOuterWhiteSpace }
        for origin in origins
        where origin.wholeMatch(of: /https?:\/\/[a-z0-9.\-]+(:[0-9]+)?|https?:\/\/\[[0-9a-f:]+\](:[0-9]+)?/) == nil {
            throw ConfigurationError(
                "\(option) has '\(origin)': an origin is a scheme and a host, as in https://admin.example.com"
            )
        }
        for origin in origins {
            do {
                try URLPort.check(origin)
            } catch {
                throw ConfigurationError("\(option) has '\(origin)': \(error)")
            }
        }
        self.origins = Set(origins)
    }

    /// The response to a browser that asks whether a page may send a request.
    package func preflight(_ request: Request) -> Response? {
        guard request.method == .options, let origin = origin(of: request),
            request.headers[.accessControlRequestMethod] != nil
        else { return nil }
        var headers: HTTPFields = [
            .accessControlAllowOrigin: origin, .vary: "Origin", .cacheControl: "no-store",
            .accessControlAllowMethods: "GET, HEAD, POST, PUT, PATCH, DELETE",
            .accessControlMaxAge: "600",
        ]
        headers[.accessControlAllowHeaders] = "Authorization, Content-Type, If-None-Match, Last-Event-ID, X-API-Key"
        return Response(status: .noContent, headers: headers)
    }

    /// Lets the page that sent the request read the response. The caller declares in `Vary` that the response depends on the page.
    package func permit(_ response: inout Response, to request: Request) {
        guard let origin = origin(of: request) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = "ETag, Location, Retry-After, WWW-Authenticate, X-Request-ID"
    }

    /// Whether pages of an origin may use the service.
    func names(_ origin: String) -> Bool { origins.contains(origin) }

    private func origin(of request: Request) -> String? {
        request.headers[.origin].flatMap { names($0) ? $0 : nil }
    }
}
