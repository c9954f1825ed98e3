public import HTTPTypes

/// Finds the route of a request.
///
/// Literal segments have precedence over parameters (OpenAPI 3.1 §4.8.8.2) if they lead to an operation with the
/// request's method. A parameter matches one non-empty segment. The time depends on the length of the path, and not on
/// the number of routes.
public struct Router: Sendable {
    /// The result of a search.
    public enum Match: Sendable {
        /// The route of the request, and the percent-encoded values of its path parameters.
        case route(Route, pathValues: [String])
        /// The path has operations, but not with this method. `allowed` is in alphabetical order.
        case methodNotAllowed(allowed: [String])
        /// The path without its trailing slash, which is this one, has operations.
        case trailingSlash(path: String)
        /// The path has no operations.
        case notFound
    }

    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        /// Composites with more literal text come first.
        var composites: [(pieces: [Route.Piece], next: Int)] = []
        var parameter: Int?
        var routes: [String: Route] = [:]
    }

    private var nodes = [Node()]

    /// Creates a router. If two routes match the same requests, the last one counts.
    public init(_ routes: [Route]) {
        for route in routes { insert(route) }
    }

    private mutating func insert(_ route: Route) {
        var current = 0
        for segment in route.path {
            switch segment {
            case .literal(let text):
                current = nodes[current].literals[text] ?? append { $0[current].literals[text] = $1 }
            case .composite(let pieces):
                let known = nodes[current].composites.first { $0.pieces == pieces }?.next
                current =
                    known
                    ?? append {
                        $0[current].composites.append((pieces, $1))
                        $0[current].composites.sort { $0.pieces.literalLength > $1.pieces.literalLength }
                    }
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

    /// Finds the route of a request.
    ///
    /// - Parameter path: the path as received, percent-encoded, without the query.
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

    /// Finds a route below a node.
    ///
    /// - Parameter methods: the methods of routes that match the path, but not the request's method. The function adds
    ///   to them.
    private func find(
        _ segments: ArraySlice<Substring>, _ method: HTTPRequest.Method, from node: Int, values: [String],
        _ methods: inout Set<String>
    ) -> (route: Route, values: [String])? {
        guard let segment = segments.first else {
            let routes = nodes[node].routes
            // A response to HEAD is the response to GET without its body (RFC 9110 §9.3.2).
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
        for (pieces, next) in nodes[node].composites {
            if let found = segment.values(of: pieces),
                let route = find(segments.dropFirst(), method, from: next, values: values + found, &methods)
            {
                return route
            }
        }
        guard !segment.isEmpty, let next = nodes[node].parameter else { return nil }
        return find(segments.dropFirst(), method, from: next, values: values + [String(segment)], &methods)
    }
}

extension Substring {
    /// The values of a segment's parameters, none of which is empty. A parameter ends before the last occurrence of the
    /// literal after it, so `{name}.{format}` splits `a.b.c` into `a.b` and `c`. The search starts at the end and takes
    /// linear time.
    fileprivate func values(of pieces: [Route.Piece]) -> [String]? {
        var rest = self
        var values: [String] = []
        var isInParameter = false
        for (index, piece) in pieces.enumerated().reversed() {
            switch piece {
            case .parameter:
                isInParameter = true
                guard index == 0 else { continue }
                guard !rest.isEmpty else { return nil }
                values.append(String(rest))
                rest = ""
            case .literal(let text):
                guard let found = rest.lastRange(of: text, atEnd: !isInParameter, atStart: index == 0) else {
                    return nil
                }
                if isInParameter { values.append(String(rest[found.upperBound...])) }
                rest = rest[..<found.lowerBound]
                isInParameter = false
            }
        }
        return rest.isEmpty ? values.reversed() : nil
    }

    /// The last occurrence of a text, which may be percent-encoded. Unless it must be at the end, at least one byte
    /// follows it.
    private func lastRange(of text: String, atEnd: Bool, atStart: Bool) -> Range<Index>? {
        for text in [text, PercentEncoding.encode(text)] {
            let length = text.utf8.count
            guard var start = utf8.index(endIndex, offsetBy: -length - (atEnd ? 0 : 1), limitedBy: startIndex) else {
                continue
            }
            if atStart {
                guard !atEnd || start == startIndex else { continue }
                start = startIndex
            }
            while true {
                let end = utf8.index(start, offsetBy: length)
                if utf8[start..<end].elementsEqual(text.utf8) { return start..<end }
                guard !atEnd, start > startIndex else { break }
                start = utf8.index(before: start)
            }
        }
        return nil
    }
}

extension [Route.Piece] {
    fileprivate var literalLength: Int {
        reduce(0) { length, piece in if case .literal(let text) = piece { length + text.utf8.count } else { length } }
    }
}
