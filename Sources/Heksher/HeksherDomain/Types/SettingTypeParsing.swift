internal import ContractJSON

extension SettingType {
    /// Parses a type.
    ///
    /// White space (space, tab, line feed, carriage return) is allowed between a word and its bracket, inside the angle brackets, and in a
    /// list of options wherever JSON allows it, but not around the whole text. Options are strings, numbers and booleans. The parser
    /// refuses `null`, an empty list, numbers beyond the range of a double, and more than ``maximumDepth`` nested types. The work is linear
    /// in the length of the text.
    ///
    /// - Throws: the first error.
    public init(parsing text: String) throws(SettingTypeError) {
        var parser = SettingTypeParser(bytes: Array(text.utf8))
        self = try parser.parse()
    }
}

private struct SettingTypeParser {
    let bytes: [UInt8]
    var position = 0

    private enum Container { case sequence, mapping }

    /// A type is a run of opened containers, one type that contains no other, and the closing brackets, so no recursion is needed.
    mutating func parse() throws(SettingTypeError) -> SettingType {
        var containers: [Container] = []
        var type = try plainType(within: &containers)
        for container in containers.reversed() {
            skipWhiteSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: ">") else {
                throw failure("expecting '>'")
            }
            position += 1
            type = container == .sequence ? .sequence(type) : .mapping(type)
        }
        guard position == bytes.count else { throw failure("unexpected text after the type") }
        return type
    }

    /// Opens containers up to the type that contains no other.
    private mutating func plainType(within containers: inout [Container]) throws(SettingTypeError) -> SettingType {
        while true {
            let start = position
            switch word() {
            case "int": return .int
            case "float": return .float
            case "str": return .str
            case "bool": return .bool
            case "Enum": return .enum(try options(of: "Enum"))
            case "Flags": return .flags(try options(of: "Flags"))
            case "Sequence":
                try open("Sequence", at: start, inside: containers.count)
                containers.append(.sequence)
            case "Mapping":
                try open("Mapping", at: start, inside: containers.count)
                containers.append(.mapping)
            default:
                throw SettingTypeError(
                    message: "expecting int, float, str, bool, Enum, Flags, Sequence or Mapping", offset: start)
            }
        }
    }

    private mutating func word() -> String {
        let start = position
        while position < bytes.count, bytes[position].isASCIILetter { position += 1 }
        // No type has a longer word, so it need not be copied.
        return position - start > 8 ? "" : String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func open(_ word: String, at start: Int, inside depth: Int)
        throws(SettingTypeError)
    {
        guard depth < SettingType.maximumDepth else {
            throw SettingTypeError(
                message: "more than \(SettingType.maximumDepth) types within each other", offset: start)
        }
        skipWhiteSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "<") else {
            throw failure("expecting '<' after \(word)")
        }
        position += 1
        skipWhiteSpace()
    }

    private mutating func options(of word: String) throws(SettingTypeError) -> SettingType.Options {
        skipWhiteSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "[") else {
            throw failure("expecting '[' after \(word)")
        }
        let start = position
        position = endOfList()
        let primitives: [SettingType.Option]?
        do {
            primitives = try Self.primitives(in: Array(bytes[start..<position]))
        } catch {
            throw SettingTypeError(message: error.message, offset: start + error.offset)
        }
        guard let primitives else {
            throw SettingTypeError(
                message: "options are strings, booleans and numbers within the range of a double", offset: start)
        }
        guard let options = SettingType.Options(primitives) else {
            throw SettingTypeError(message: "\(word) needs an option", offset: start)
        }
        return options
    }

    /// The elements of a list in JSON; `nil` if one of them cannot be an option.
    private static func primitives(in list: [UInt8]) throws(JSONError) -> [SettingType.Option]? {
        var reader = JSONReader(list)
        var primitives: [SettingType.Option] = []
        try reader.beginArray()
        while try reader.nextElement() {
            guard let primitive = try SettingType.Option(next: &reader) else { return nil }
            primitives.append(primitive)
        }
        try reader.finish()
        return primitives
    }

    /// The position of the bracket that closes the list opened here: the first closing bracket outside a string, because options contain no
    /// lists.
    private func endOfList() -> Int {
        var insideString = false
        var index = position
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""): insideString.toggle()
            case UInt8(ascii: "\\") where insideString: index += 1
            case UInt8(ascii: "]") where !insideString: return index + 1
            default: break
            }
            index += 1
        }
        return bytes.count
    }

    private mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                position += 1
            default: return
            }
        }
    }

    private func failure(_ message: String) -> SettingTypeError {
        SettingTypeError(message: message, offset: position)
    }
}
