import HTTPTypes
package import Hummingbird

/// The address at which clients see the service: its origin, and the path before the service's own paths.
///
/// Proxies can send it in `X-Forwarded-Host`, `X-Forwarded-Proto` and `X-Forwarded-Prefix`. The service believes these fields if they come
/// from a trusted proxy. Web pages cannot set them.
package struct PublicAddress: Sendable {
    /// The prefix of the request that this task handles.
    @TaskLocal package static var prefix = PathPrefix.none

    private static let forwardedHost = HTTPField.Name("X-Forwarded-Host")
    private static let forwardedProtocol = HTTPField.Name("X-Forwarded-Proto")
    private static let forwardedPrefix = HTTPField.Name("X-Forwarded-Prefix")

    private let rootPath: RootPath
    private let proxies: TrustedProxies
    private let isSecured: Bool

    /// - Parameter isSecured: whether the service itself speaks TLS.
    package init(rootPath: RootPath = RootPath(), proxies: TrustedProxies = TrustedProxies(), isSecured: Bool = false) {
        self.rootPath = rootPath
        self.proxies = proxies
        self.isSecured = isSecured
    }

    /// The path before the contract's paths: the one from a trusted proxy, or else the root path.
    private func prefix(of request: Request, from peer: IPAddress?) -> PathPrefix {
        guard !proxies.isEmpty, let name = Self.forwardedPrefix, let text = request.headers[name],
            proxies.contains(peer), let prefix = PathPrefix(text)
        else { return rootPath.prefix }
        return prefix
    }

    /// Handles a request whose response contains paths as clients see them.
    package func answering(
        _ request: Request, from peer: IPAddress?, _ answer: () async throws -> Response
    ) async throws -> Response {
        let prefix = prefix(of: request, from: peer)
        guard prefix != .none else { return try await answer() }
        var response = try await Self.$prefix.withValue(prefix) { try await answer() }
        if let location = response.headers[.location], location.utf8.first == UInt8(ascii: "/") {
            response.headers[.location] = prefix.text + location
        }
        return response
    }

    /// Whether an `Origin` is the service's own: its scheme, host and port are those that the client uses.
    ///
    /// Behind a proxy that terminates TLS and is not trusted, the scheme is unknown, and only host and port are compared.
    func isOwn(_ origin: String, of request: Request, from peer: IPAddress?) -> Bool {
        guard let end = origin.firstRange(of: "://"), let field = HostField(origin[end.upperBound...]) else {
            return false
        }
        let scheme = origin[..<end.lowerBound]
        let isTrusted = !proxies.isEmpty && proxies.contains(peer)
        var schemes = isSecured ? ["https"] : ["http", "https"]
        var hosts = [request.head.authority ?? ""]
        if isTrusted {
            let forwarded = Self.list(Self.forwardedProtocol, of: request).map { $0.lowercased() }
            if !forwarded.isEmpty { schemes = forwarded }
            hosts += Self.list(Self.forwardedHost, of: request)
        }
        return schemes.contains { $0 == scheme }
            && hosts.contains { host in
                guard let host = HostField(host) else { return false }
                return host.host == field.host && host.port(of: scheme) == field.port(of: scheme)
            }
    }

    /// The elements of a field. Each proxy on the way may have added one.
    private static func list(_ name: HTTPField.Name?, of request: Request) -> [String] {
        guard let name, let text = request.headers[name] else { return [] }
        return text.split(separator: ",").map { String($0).withoutOuterWhiteSpace }
    }
}
