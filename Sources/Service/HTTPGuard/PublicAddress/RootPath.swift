package import ContractRuntime

/// The path below which clients find the service.
///
/// A proxy before the service may remove the path from requests or keep it; the service accepts both. In both cases, responses contain
/// paths as clients see them.
public struct RootPath: Sendable {
    /// The path that clients see before the service's own paths.
    package let prefix: PathPrefix

    /// Paths without anything before them.
    public init() { prefix = .none }

    package init(_ prefix: PathPrefix) { self.prefix = prefix }

    /// Removes the path from requests for the given routes; `nil` if there is no path to remove.
    package func stripper(for routes: [Route]) -> RootPathStripper? {
        prefix == .none ? nil : RootPathStripper(prefix, routes)
    }
}

/// Removes the root path from the targets of requests that still have it.
package struct RootPathStripper: Sendable {
    private let start: String
    /// The first segments of all paths. They distinguish `/api/v1/…` below a root path `/api` from a target that begins with that root
    /// path.
    private let firstSegments: Set<String>

    fileprivate init(_ prefix: PathPrefix, _ routes: [Route]) {
        start = prefix.text + "/"
        firstSegments = Set(
            routes.compactMap { route in
                if case .literal(let text)? = route.path.first { text } else { nil }
            })
    }

    /// - Parameter target: a path, possibly with a query, or a whole URL.
    /// - Returns: `nil` if the target does not begin with the root path, or leads nowhere without it.
    func stripped(_ target: String) -> String? {
        var path = target[...]
        if target.utf8.first != UInt8(ascii: "/") {
            guard let slashes = target.firstRange(of: "://") else { return nil }
            path = target[slashes.upperBound...].drop { $0 != "/" && $0 != "?" }
        }
        guard path.utf8.starts(with: start.utf8) else { return nil }
        let rest = path.utf8.dropFirst(start.utf8.count - 1)
        let segment = rest.dropFirst().prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        if segment.isEmpty {
            // The first page, but not a path that begins with two slashes.
            guard rest.count == 1 || rest.dropFirst().first == UInt8(ascii: "?") else { return nil }
        } else if !firstSegments.contains(String(Substring(segment))) {
            return nil
        }
        return String(Substring(rest))
    }
}
