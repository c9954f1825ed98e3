/// A location in one of the document's files, as a reference names it.
struct Location: Hashable {
    /// The path, without `.`, and without `..` after the name of a directory.
    var file: String
    /// The parts of the JSON Pointer, without escapes (RFC 6901 §4).
    var pointer: [String]

    /// The section of `components`, if the location is a component.
    var section: String? { pointer.count == 3 && pointer[0] == "components" ? pointer[1] : nil }

    /// The location as a reference in the same file: `#/components/schemas/Pet`.
    var fragment: String {
        let encoded = pointer.map { token in
            token.replacing("~", with: "~0").replacing("/", with: "~1").replacing("%", with: "%25")
        }
        return "#" + encoded.map { "/" + $0 }.joined()
    }

    /// Parses a reference.
    ///
    /// - Parameter base: the file that contains the reference.
    init(_ reference: String, from base: String) throws(ReferenceError) {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(parts.first ?? "")
        if let scheme = path.prefixMatch(of: /[A-Za-z][A-Za-z0-9+.\-]*:/) {
            throw ReferenceError(
                "a reference to '\(scheme.0)…' is not followed, as only files are read; keep a copy beside the document"
            )
        }
        guard !path.hasPrefix("/") else {
            throw ReferenceError(
                "a reference to a file is relative to the file that it stands in, and '\(path)' is not")
        }
        let decoded = try Self.percentDecoded(path)
        file = path.isEmpty ? Path.normalized(base) : Path.normalized(Path.directory(of: base) + decoded)
        pointer = parts.count == 2 ? try Self.pointer(Self.percentDecoded(String(parts[1]))) : []
    }

    init(file: String, pointer: [String]) {
        self.file = file
        self.pointer = pointer
    }

    private static func pointer(_ text: String) throws(ReferenceError) -> [String] {
        if text.isEmpty { return [] }
        guard text.hasPrefix("/") else {
            throw ReferenceError("what follows '#' is a JSON Pointer, which begins with '/'; anchors are not supported")
        }
        var tokens: [String] = []
        for token in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard token.firstMatch(of: /~(?![01])/) == nil else {
                throw ReferenceError("in a JSON Pointer '~' is followed by 0 or 1, which '\(token)' lacks")
            }
            tokens.append(String(token).replacing("~1", with: "/").replacing("~0", with: "~"))
        }
        return tokens
    }

    private static func percentDecoded(_ text: String) throws(ReferenceError) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, rest.prefix(2).allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else {
                throw ReferenceError("'%' is followed by two hexadecimal digits in a reference; '%25' means itself")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw ReferenceError("the reference is not UTF-8")
        }
        return decoded
    }
}
