import ContractRuntime

/// The field `Accept-Encoding` (RFC 9110 §12.5.3).
package struct AcceptEncoding {
    /// Whether the client accepts gzip, and prefers it at least as much as no compression.
    package let prefersGzip: Bool

    package init(_ field: String?) {
        // In thousandths.
        var (gzip, otherGzip, any, identity): (Int?, Int?, Int?, Int?)
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
    /// Removes and returns the bytes before a separator, or all bytes without a separator, and removes the separator; `nil` if nothing is left.
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

    /// The first weight among the parameters, in thousandths. A coding with an invalid weight counts as not accepted.
    fileprivate var weight: Int {
        var parameters = self
        while var value = parameters.popPart(before: UInt8(ascii: ";")) {
            if value.popPart(before: UInt8(ascii: "="))?.withoutWhiteSpace.isCaseInsensitively("q") == true {
                return QualityValue.thousandths(value.withoutWhiteSpace) ?? 0
            }
        }
        return 1000
    }
}
