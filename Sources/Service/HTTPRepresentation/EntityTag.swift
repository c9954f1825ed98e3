/// A strong entity tag (RFC 9110 §8.8.3).
package struct EntityTag: Hashable {
    /// With its quotes.
    package let text: String

    /// The tag of a body: half of its SHA-256, so that equal bodies have equal tags in every process, and different bodies have different
    /// ones.
    package init(ofBody body: [UInt8]) {
        self = body.withUnsafeBytes { EntityTag(ofBody: $0) }
    }

    package init(ofBody body: UnsafeRawBufferPointer) {
        text = "\"\(SHA256Digest(of: body).hexadecimal(prefix: 16))\""
    }

    private init(text: String) {
        self.text = text
    }

    /// The tag of another representation of the same content (RFC 9110 §8.8.3.3).
    package func variant(_ name: String) -> EntityTag {
        EntityTag(text: "\(text.dropLast())-\(name)\"")
    }

    /// Whether an `If-None-Match` field contains this tag: it is `*`, or a list with the tag, weak or not (RFC 9110 §8.8.3, §13.1.2). Any
    /// other field contains no tag.
    package func matches(ifNoneMatch field: String?) -> Bool { field.map { isNamed(in: $0, weakly: true) } ?? false }

    /// Whether an `If-Match` field contains this tag: it is `*`, or a list with the tag, which must not be weak (RFC 9110 §8.8.3, §13.1.1).
    /// Any other field contains no tag.
    package func matches(ifMatch field: String) -> Bool { isNamed(in: field, weakly: false) }

    /// - Parameter weakly: whether a weak tag names this one.
    private func isNamed(in field: String, weakly: Bool) -> Bool {
        var rest = field[...].utf8
        rest.skipWhiteSpace()
        if rest.first == UInt8(ascii: "*") {
            rest.removeFirst()
            rest.skipWhiteSpace()
            return rest.isEmpty
        }
        var isNamed = false
        while true {
            rest.skipWhiteSpace()
            // Elements may be empty (§5.6.1).
            if let first = rest.first, first != UInt8(ascii: ",") {
                let isWeak = first == UInt8(ascii: "W")
                guard let tag = rest.readOpaqueTag() else { return false }
                if weakly || !isWeak, tag.elementsEqual(text.utf8) { isNamed = true }
                rest.skipWhiteSpace()
            }
            guard let separator = rest.popFirst() else { return isNamed }
            guard separator == UInt8(ascii: ",") else { return false }
        }
    }
}

extension Substring.UTF8View {
    fileprivate mutating func skipWhiteSpace() {
        while let byte = first, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { removeFirst() }
    }

    /// Reads an entity tag, and returns the quoted part with its quotes; `nil` if the text does not begin with one.
    fileprivate mutating func readOpaqueTag() -> Substring.UTF8View? {
        if first == UInt8(ascii: "W") {
            removeFirst()
            guard popFirst() == UInt8(ascii: "/") else { return nil }
        }
        let start = self
        guard popFirst() == UInt8(ascii: "\"") else { return nil }
        while let byte = popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return start[..<startIndex]
            case 0x21...0x7E, 0x80...0xFF: continue
            default: return nil
            }
        }
        return nil
    }
}
