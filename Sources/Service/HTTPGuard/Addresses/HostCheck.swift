import NIOHTTP1

/// Checks the host that a request names: in `Host`, and in its target if that contains one (RFC 9112 §3.2).
struct HostCheck {
    /// The allowed names; `nil` allows all.
    private let allowed: AllowedHosts?
    /// The last accepted value of `Host`: most clients send the same value with each request.
    private var lastGood: String?

    init(_ allowed: AllowedHosts?) { self.allowed = allowed }

    /// - Parameter host: the value of `Host`; `nil` if it is absent, as in old versions of HTTP.
    mutating func refusal(of head: HTTPRequestHead, host: String?) -> Refusal? {
        let isPath = head.uri.utf8.first == UInt8(ascii: "/")
        if isPath, let host, host == lastGood { return nil }
        var field: HostField?
        if let host, !host.isEmpty {
            field = HostField(host)
            if field == nil { return .notHTTP("Host takes a host and perhaps a port") }
        }
        if !isPath, head.method != .CONNECT, let (scheme, authority) = Self.authority(of: head.uri) {
            guard let target = HostField(authority) else {
                return .notHTTP("the target of the request has no valid host")
            }
            if host != nil, target.host != field?.host || target.port(of: scheme) != field?.port(of: scheme) {
                return .notHTTP("the target of the request has another host than Host")
            }
            field = target
        }
        // Clients that name no host are not browsers.
        if let allowed, let field, !allowed.admits(field) { return .foreignHost(allowed.option) }
        if isPath { lastGood = host }
        return nil
    }

    /// The scheme and the authority of a target in absolute form.
    private static func authority(of target: String) -> (scheme: Substring, authority: Substring)? {
        guard let colon = target.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let rest = target[colon...].dropFirst()
        guard rest.hasPrefix("//") else { return nil }
        return (target[..<colon], rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" && $0 != "#" })
    }
}
