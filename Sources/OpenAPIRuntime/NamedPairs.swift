/// The pairs of a query, decoded, in its order (WHATWG URL §5.1).
struct QueryPairs: Sendable {
    var pairs: [(name: String, value: String)]

    init(_ query: String?) {
        // By bytes: characters are slow to tell apart, and all that separates is ASCII.
        pairs = (query ?? "").utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            return (
                PercentEncoding.decode(Substring(pair[..<end]), plusIsSpace: true),
                PercentEncoding.decode(Substring(pair[end...].dropFirst()), plusIsSpace: true)
            )
        }
    }

    /// Of several with a name, the last counts.
    func last(_ name: String) -> String? { pairs.last { $0.name == name }?.value }

    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }
}

/// The pairs of a `Cookie` header field (RFC 6265 §5.4), their values percent-decoded.
struct CookiePairs: Sendable {
    private var pairs: [(name: String, value: String)]

    init(_ field: String?) {
        pairs = (field ?? "").utf8.split(separator: UInt8(ascii: ";")).compactMap { pair in
            let text = Substring(pair.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") })
            guard let end = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            return (String(text[..<end]), PercentEncoding.decode(text[end...].dropFirst()))
        }
    }

    func first(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }
}
