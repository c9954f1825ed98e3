public import HTTPTypes

/// Finds the route of a request.
///
/// Concrete segments are preferred to parameters (OpenAPI 3.1 §4.8.8.2) where they have an operation of the request's method.
/// A parameter stands for one segment that is not empty. The work depends on the path's length, not on the number of routes.
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
        var methods: Set<String> = []
        if let (route, values) = find(segments[...], method, from: 0, values: [], &methods) {
            return .route(route, pathValues: values)
        }
        guard methods.isEmpty else { return .methodNotAllowed(allowed: methods.sorted()) }
        if segments.last == "" {
            let found = find(segments.dropLast(), method, from: 0, values: [], &methods)
            if found != nil || !methods.isEmpty { return .trailingSlash(path: String(path.dropLast())) }
        }
        return .notFound
    }

    /// - Parameter methods: gets those of the routes that the path leads to in vain.
    private func find(
        _ segments: ArraySlice<Substring>, _ method: HTTPRequest.Method, from node: Int, values: [String],
        _ methods: inout Set<String>
    ) -> (route: Route, values: [String])? {
        guard let segment = segments.first else {
            let routes = nodes[node].routes
            // A GET's answer without its body is the answer to HEAD (RFC 9110 §9.3.2).
            if let route = routes[method.rawValue] ?? (method == .head ? routes["GET"] : nil) { return (route, values) }
            methods.formUnion(routes.keys)
            if routes["GET"] != nil { methods.insert("HEAD") }
            return nil
        }
        let text = PercentEncoding.decode(segment)
        if let next = nodes[node].literals[text],
            let found = find(segments.dropFirst(), method, from: next, values: values, &methods)
        {
            return found
        }
        guard !text.isEmpty, let next = nodes[node].parameter else { return nil }
        return find(segments.dropFirst(), method, from: next, values: values + [text], &methods)
    }
}
