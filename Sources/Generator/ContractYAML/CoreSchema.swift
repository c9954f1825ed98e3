// The type and value of a scalar by the core schema of YAML 1.2.2, §10.3.2.

extension YAMLScalar {
    /// The value of a plain scalar, which is one without quotes.
    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .bool(true)
        case "false", "False", "FALSE": self = .bool(false)
        default:
            let bytes = Array(text.utf8)
            if Self.isInteger(bytes) {
                self = .int(text)
            } else if Self.isFloat(bytes) {
                self = .float(text)
            } else {
                self = .string(text)
            }
        }
    }

    /// The value of a scalar with an explicit tag; `nil` if the core schema does not have the tag, or the text does not
    /// fit it.
    init?(_ text: String, tag: String) {
        let plain = YAMLScalar(plain: text)
        switch (tag, plain) {
        case ("!", _), ("tag:yaml.org,2002:str", _): self = .string(text)
        case ("tag:yaml.org,2002:null", .null), ("tag:yaml.org,2002:bool", .bool), ("tag:yaml.org,2002:int", .int),
            ("tag:yaml.org,2002:float", .float):
            self = plain
        case ("tag:yaml.org,2002:float", .int(let number)): self = .float(number)
        default: return nil
        }
    }

    /// `[-+]?[0-9]+`, `0o[0-7]+` or `0x[0-9a-fA-F]+`
    private static func isInteger(_ bytes: [UInt8]) -> Bool {
        if bytes.count > 2, bytes[0] == UInt8(ascii: "0") {
            if bytes[1] == UInt8(ascii: "o") {
                return bytes[2...].allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
            }
            if bytes[1] == UInt8(ascii: "x") { return bytes[2...].allSatisfy(isHexDigit) }
        }
        let digits = bytes.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        return bytes.count - digits.count <= 1 && !digits.isEmpty && digits.allSatisfy(isDigit)
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, `[-+]?\.(inf|Inf|INF)` or `\.(nan|NaN|NAN)`
    private static func isFloat(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        func sign() {
            if let byte = rest.first, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { rest.removeFirst() }
        }
        func digits() -> Int {
            let found = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(found)
            return found
        }
        if [".nan", ".NaN", ".NAN"].contains(String(decoding: bytes, as: UTF8.self)) { return true }
        sign()
        if [".inf", ".Inf", ".INF"].contains(String(decoding: rest, as: UTF8.self)) { return true }
        let whole = digits()
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = digits()
        }
        guard whole + fraction > 0 else { return false }
        if let byte = rest.first, byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            rest.removeFirst()
            sign()
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6
    }
}
