import Crypto

/// A strong entity tag (RFC 9110 §8.8.3).
struct EntityTag: Hashable {
    /// With its quotes.
    let text: String

    /// The tag of a body: half of its SHA-256, so that equal bodies have equal tags, in every process, and others do not.
    init(ofBody body: [UInt8]) {
        let digits = SHA256.hash(data: body).prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        text = "\"\(digits.joined())\""
    }

    private init(text: String) {
        self.text = text
    }

    /// The tag of the same in another form (RFC 9110 §8.8.3.3).
    func variant(_ name: String) -> EntityTag {
        EntityTag(text: "\(text.dropLast())-\(name)\"")
    }

    /// Whether an `If-None-Match` field names this tag: by `*`, or in its list by weak comparison (RFC 9110 §13.1.2).
    func matches(ifNoneMatch field: String) -> Bool {
        if field.allSatisfy({ $0 == "*" || $0 == " " }), field.contains("*") { return true }
        var rest = Substring(field)
        while let quote = rest.firstIndex(of: "\"") {
            let opaque = rest[rest.index(after: quote)...]
            guard let end = opaque.firstIndex(of: "\"") else { return false }
            if rest[quote...end] == text { return true }
            rest = opaque[opaque.index(after: end)...]
        }
        return false
    }
}
