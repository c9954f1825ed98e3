/// The field `Accept-Encoding` (RFC 9110 §12.5.3).
struct AcceptEncoding {
    /// Whether gzip is admitted, and no less welcome than no compression.
    let prefersGzip: Bool

    init(_ field: String?) {
        var (gzip, otherGzip, any, identity): (Double?, Double?, Double?, Double?)
        var field = field ?? ""
        field.withUTF8 { bytes in
            var elements = bytes[...]
            while let element = elements.popPart(before: UInt8(ascii: ",")) {
                var parts = element
                let coding = parts.popPart(before: UInt8(ascii: ";"))?.withoutWhiteSpace ?? element
                if coding.isCaseInsensitively("gzip") {
                    gzip = parts.weight
                } else if coding.isCaseInsensitively("x-gzip") {
                    otherGzip = parts.weight
                } else if coding.isCaseInsensitively("*") {
                    any = parts.weight
                } else if coding.isCaseInsensitively("identity") {
                    identity = parts.weight
                }
            }
        }
        let weight = gzip ?? otherGzip ?? any ?? 0
        prefersGzip = weight > 0 && weight >= identity ?? 0
    }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
    /// Takes what is in front of a separator, or all if there is none, and the separator; `nil` if nothing is left.
    fileprivate mutating func popPart(before separator: UInt8) -> Self? {
        guard !isEmpty else { return nil }
        let end = firstIndex(of: separator) ?? endIndex
        defer { self = self[Swift.min(end + 1, endIndex)...] }
        return self[..<end]
    }

    fileprivate var withoutWhiteSpace: Self {
        func isWhiteSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let start = firstIndex(where: { !isWhiteSpace($0) }), let last = lastIndex(where: { !isWhiteSpace($0) })
        else { return self[endIndex...] }
        return self[start...last]
    }

    /// - Parameter text: in lower case.
    fileprivate func isCaseInsensitively(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount
            && zip(self, UnsafeBufferPointer(start: text.utf8Start, count: count)).allSatisfy { $0 | 0x20 == $1 }
    }

    /// The first weight among parameters. What is no number is none that could be asked for.
    fileprivate var weight: Double {
        var parameters = self
        while var value = parameters.popPart(before: UInt8(ascii: ";")) {
            if value.popPart(before: UInt8(ascii: "="))?.withoutWhiteSpace.isCaseInsensitively("q") == true {
                return Double(String(decoding: value.withoutWhiteSpace, as: UTF8.self)) ?? 0
            }
        }
        return 1
    }
}
