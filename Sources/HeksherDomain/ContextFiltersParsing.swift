extension ContextFilters {
    /// Reads `*`, an empty text, or `feature:*` and `feature:(v1,v2)` joined by commas. No white space is allowed.
    /// The work is linear in the length of the text.
    ///
    /// - Throws: ``ContextFiltersError/malformed(offset:)`` before ``ContextFiltersError/repeatedFeatures(_:)``.
    public init(parsing text: String) throws(ContextFiltersError) {
        guard text != "*" else {
            self = .everything
            return
        }
        var scanner = ContextFilterScanner(bytes: Array(text.utf8))
        var filters: [String: ValueFilter] = [:]
        var repeated: [String] = []
        var reported: Set<String> = []
        if !scanner.isAtEnd {
            repeat {
                let feature = try scanner.word()
                try scanner.expect(":")
                let filter = try scanner.valueFilter()
                if filters.updateValue(filter, forKey: feature) != nil, reported.insert(feature).inserted {
                    repeated.append(feature)
                }
            } while scanner.skip(",")
            guard scanner.isAtEnd else { throw .malformed(offset: scanner.position) }
        }
        guard repeated.isEmpty else { throw .repeatedFeatures(repeated) }
        self = .features(filters)
    }
}

/// Why a text is no context filter.
public enum ContextFiltersError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The grammar is broken at this place, in bytes of UTF-8 from 0.
    case malformed(offset: Int)
    /// These features have more than one filter, in the order they were first repeated.
    case repeatedFeatures([String])

    public var description: String {
        switch self {
        case .malformed(let offset):
            "expecting *, nothing, or feature:* and feature:(value,value) joined by commas (byte \(offset))"
        case .repeatedFeatures(let features):
            "context_filters names \(features.listText) more than once"
        }
    }
}

private struct ContextFilterScanner {
    let bytes: [UInt8]
    private(set) var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    /// The name of a feature, or one of its values.
    mutating func word() throws(ContextFiltersError) -> String {
        let start = position
        while position < bytes.count, bytes[position].isWordCharacter { position += 1 }
        guard position > start else { throw .malformed(offset: position) }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    mutating func valueFilter() throws(ContextFiltersError) -> ContextFilters.ValueFilter {
        if skip("*") { return .any }
        try expect("(")
        var values: [String] = []
        repeat { values.append(try word()) } while skip(",")
        try expect(")")
        // All at once, since a set that grows is made anew again and again.
        return .values(Set(values))
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws(ContextFiltersError) {
        guard skip(character) else { throw .malformed(offset: position) }
    }
}
