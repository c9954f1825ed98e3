/// A name and its encoded value, which is decoded on demand.
struct EncodedPair: Sendable {
    let name: String
    private let encodedValue: Substring
    /// Whether `+` stands for a space, as in queries (WHATWG URL §5.1).
    private let plusIsSpace: Bool

    fileprivate init?(_ text: Substring, plusIsSpace: Bool, requiresValue: Bool) {
        let end = text.utf8.firstIndex(of: UInt8(ascii: "="))
        if end == nil, requiresValue { return nil }
        name = PercentEncoding.decode(text[..<(end ?? text.endIndex)], plusIsSpace: plusIsSpace)
        encodedValue = end.map { text[$0...].dropFirst() } ?? ""
        self.plusIsSpace = plusIsSpace
    }

    var value: String { PercentEncoding.decode(encodedValue, plusIsSpace: plusIsSpace) }

    /// The decoded parts of a value. If the encoded value contains the delimiter, only that splits it. Otherwise,
    /// percent-encoded delimiters split it, because most HTTP clients encode delimiters, too. An empty value has no
    /// parts.
    func parts(by delimiter: Character) -> [Substring] {
        guard !encodedValue.isEmpty else { return [] }
        if encodedValue.contains(delimiter) {
            return encodedValue.split(separator: delimiter, omittingEmptySubsequences: false).map {
                PercentEncoding.decode($0, plusIsSpace: plusIsSpace)[...]
            }
        }
        return value.split(separator: delimiter, omittingEmptySubsequences: false)
    }
}

/// The pairs of a query or of a URL-encoded form, in their order (WHATWG URL §5.1).
struct QueryPairs: Sendable {
    let pairs: [EncodedPair]

    init(_ query: String?) {
        // Comparing bytes is much faster than comparing characters, and all delimiters are ASCII.
        pairs = (query ?? "").utf8.split(separator: UInt8(ascii: "&")).compactMap {
            EncodedPair(Substring($0), plusIsSpace: true, requiresValue: false)
        }
    }

    /// The value of a name. If there are several, the last one counts.
    func last(_ name: String) -> String? { pairs.last { $0.name == name }?.value }
}

/// The pairs of a `Cookie` header field (RFC 6265 §5.4), with percent-decoded values.
struct CookiePairs: Sendable {
    let pairs: [EncodedPair]

    init(_ field: String?) {
        pairs = (field ?? "").utf8.split(separator: UInt8(ascii: ";")).compactMap { pair in
            let text = Substring(pair.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") })
            return EncodedPair(text, plusIsSpace: false, requiresValue: true)
        }
    }

    func first(_ name: String) -> String? { pairs.first { $0.name == name }?.value }
}
