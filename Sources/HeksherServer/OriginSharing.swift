import Configuration
import HTTPTypes
import Hummingbird

/// Lets web pages of other origins use the service from a browser (the CORS protocol, WHATWG Fetch §3.3).
struct OriginSharing: Sendable {
    private let origins: Set<String>

    /// Reads `HEKSHER_CORS_ORIGINS`, origins with commas between them.
    ///
    /// - Returns: `nil` if it is not set.
    /// - Throws: ``ConfigurationError``.
    init?(_ environment: ConfigReader) throws(ConfigurationError) {
        guard let text = environment.text("HEKSHER_CORS_ORIGINS") else { return nil }
        try self.init(parsing: text)
    }

    init(parsing text: String) throws(ConfigurationError) {
        let origins = text.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
        for origin in origins
        where origin.wholeMatch(of: /https?:\/\/[a-z0-9.\-]+(:[0-9]+)?|https?:\/\/\[[0-9a-f:]+\](:[0-9]+)?/) == nil {
            throw ConfigurationError(
                "HEKSHER_CORS_ORIGINS has '\(origin)': an origin is a scheme and a host, as in https://admin.example.com"
            )
        }
        self.origins = Set(origins)
    }

    /// The answer to a browser that asks whether a page may ask something.
    func preflight(_ request: Request) -> Response? {
        guard request.method == .options, let origin = origin(of: request),
            request.headers[.accessControlRequestMethod] != nil
        else { return nil }
        var headers: HTTPFields = [
            .accessControlAllowOrigin: origin, .vary: "Origin",
            .accessControlAllowMethods: "GET, HEAD, POST, PUT, PATCH, DELETE",
            .accessControlMaxAge: "600",
        ]
        headers[.accessControlAllowHeaders] = "Authorization, Content-Type, If-None-Match, X-API-Key"
        return Response(status: .noContent, headers: headers)
    }

    /// Lets the page that asked see the answer.
    func permit(_ response: inout Response, to request: Request) {
        response.headers[values: .vary].append("Origin")
        guard let origin = origin(of: request) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = "ETag, Location, Retry-After, WWW-Authenticate, X-Request-ID"
    }

    private func origin(of request: Request) -> String? {
        guard let origin = request.headers[.origin], origins.contains(origin) else { return nil }
        return origin
    }
}
