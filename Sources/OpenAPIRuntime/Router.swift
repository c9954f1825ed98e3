public import HTTPTypes

/// Finds the route of a request.
///
/// Concrete segments are preferred to parameters (OpenAPI 3.1 §4.8.8.2), and a parameter stands for one segment that is
/// not empty. The work is linear in the path's length, whatever the number of routes.
public struct Router: Sendable {
    public enum Match: Sendable {
        case route(Route, pathValues: [String])
        /// The path has operations, none with this method. `allowed` is in alphabetical order.
        case methodNotAllowed(allowed: [String])
        /// The same path without its trailing slash has operations; this is that path.
        case trailingSlash(path: String)
        case notFound
    }

    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var routes: [String: Route] = [:]
    }

    private var nodes = [Node()]

    public init(_ routes: [Route]) {
        for route in routes { insert(route) }
    }

    private mutating func insert(_ route: Route) {
        var current = 0
        for segment in route.path {
            switch segment {
            case .literal(let text):
                current = nodes[current].literals[text] ?? append { $0[current].literals[text] = $1 }
            case .parameter:
                current = nodes[current].parameter ?? append { $0[current].parameter = $1 }
            }
        }
        nodes[current].routes[route.method.rawValue] = route
    }

    private mutating func append(_ link: (inout [Node], Int) -> Void) -> Int {
        link(&nodes, nodes.count)
        nodes.append(Node())
        return nodes.count - 1
    }

    /// - Parameter path: the path as sent, percent-encoded, without the query.
    public func match(method: HTTPRequest.Method, path: String) -> Match {
        guard path.utf8.first == UInt8(ascii: "/") else { return .notFound }
        var segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if segments == [""] { segments = [] }
        if let (node, values) = find(segments[...], from: 0, values: []) {
            // A GET's answer without its body is the answer to HEAD (RFC 9110 §9.3.2).
            let routes = nodes[node].routes
            if let route = routes[method.rawValue] ?? (method == .head ? routes["GET"] : nil) {
                return .route(route, pathValues: values)
            }
            let allowed = routes.keys + (routes["GET"] != nil && routes["HEAD"] == nil ? ["HEAD"] : [])
            return .methodNotAllowed(allowed: allowed.sorted())
        }
        if segments.last == "", find(segments.dropLast(), from: 0, values: []) != nil {
            return .trailingSlash(path: String(path.dropLast()))
        }
        return .notFound
    }

    private func find(
        _ segments: ArraySlice<Substring>, from node: Int, values: [String]
    ) -> (node: Int, values: [String])? {
        guard let segment = segments.first else { return nodes[node].routes.isEmpty ? nil : (node, values) }
        let text = PercentEncoding.decode(segment)
        if let next = nodes[node].literals[text], let found = find(segments.dropFirst(), from: next, values: values) {
            return found
        }
        guard !text.isEmpty, let next = nodes[node].parameter else { return nil }
        return find(segments.dropFirst(), from: next, values: values + [text])
    }
}
