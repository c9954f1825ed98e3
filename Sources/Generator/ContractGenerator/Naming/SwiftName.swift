/// Turns names of a contract into Swift names that follow the Swift API design guidelines.
enum SwiftName {
    /// A name in lower camel case: `default_value` → `defaultValue`, `ETag` → `eTag`, `NOT_FOUND` → `notFound`.
    /// Reserved words get backticks.
    static func lowerCamelCase(_ name: String) -> String {
        let words = words(of: name)
        guard let first = words.first else { return name.isEmpty ? "empty" : "value" }
        let rest = words.dropFirst().map(capitalized).joined()
        let head =
            first.allSatisfy { !$0.isLowercase } ? first.lowercased() : first.prefix(1).lowercased() + first.dropFirst()
        let result = head + rest
        if result.first?.isNumber == true { return "_" + result }
        return escaped(usable(result))
    }

    /// The name, with an underscore if every type already has a member of this name.
    static func usable(_ name: String) -> String { unusable.contains(name) ? name + "_" : name }

    /// The name, with backticks if Swift reserves it.
    static func escaped(_ name: String) -> String { reserved.contains(name) ? "`\(name)`" : name }

    /// A name in upper camel case: `rename setting` → `RenameSetting`.
    static func upperCamelCase(_ name: String) -> String {
        let result = words(of: name).map(capitalized).joined()
        if result.isEmpty { return "Value" }
        if result.first?.isNumber == true { return "_" + result }
        return reservedTypes.contains(result) ? result + "_" : result
    }

    /// The name for an index: `first` to `tenth`, and then `element11`.
    static func ordinal(_ index: Int) -> String {
        let names = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
        return index < names.count ? names[index] : "element\(index + 1)"
    }

    private static func capitalized(_ word: String) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }

    /// The words of a name, which consist of letters of any script and ASCII digits. If the whole name is in capitals,
    /// its words become lower case.
    private static func words(of name: String) -> [String] {
        let words = name.prefix(maximumLength).split { !isLetter($0) }.map(String.init)
        let isShouted = words.count > 1 && !name.contains(where: \.isLowercase)
        return isShouted ? words.map { $0.lowercased() } : words
    }

    private static func isLetter(_ character: Character) -> Bool {
        if character.isASCII { return character.isLetter || character.isNumber }
        return character.isLetter
            && character.unicodeScalars.allSatisfy {
                $0.isASCII ? $0.properties.isAlphabetic : $0.isLetterOfIdentifiers
            }
    }

    /// Members that types of Swift already have.
    private static let unusable: Set<String> = ["hashValue", "allCases", "rawValue", "self"]

    /// Names that a member or a parameter can only have in backticks.
    private static let reserved: Set<String> = [
        "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import", "init", "inout",
        "internal", "let", "open", "operator", "private", "precedencegroup", "protocol", "public", "rethrows", "static",
        "struct", "subscript", "typealias", "var", "break", "case", "catch", "continue", "default", "defer", "do",
        "else", "fallthrough", "for", "guard", "if", "in", "repeat", "return", "throw", "switch", "where", "while",
        "Any", "as", "await", "catch", "false", "is", "nil", "self", "Self", "super", "throws", "true", "try", "Type",
        "Protocol",
    ]

    /// Names that nested types cannot have or that emitted code uses: types of Swift, the runtime's module, and
    /// namespaces.
    private static let reservedTypes: Set<String> = [
        "Any", "Self", "Type", "Protocol", "String", "Int", "Double", "Bool", "UInt8", "Array", "Set", "Optional",
        "Hashable", "Sendable", "CaseIterable", "StaticString", "Swift", "ContractRuntime", "Schemas", "Responses",
        "Patterns", "Validators", "Defaults",
    ]

    /// Whether a property of this name would hide a type that emitted code uses.
    static func isTakenByTypes(_ name: String) -> Bool { reservedTypes.contains(name) }

    /// The case of an operation's output for a status code.
    static func statusCase(_ code: Int) -> String {
        statusNames[code] ?? "status\(code)"
    }

    /// The case for a range of status codes, named as in RFC 9110 §15.
    static func statusRangeCase(_ digit: Int) -> String {
        ["informational", "successful", "redirection", "clientError", "serverError"][digit - 1]
    }

    /// Reason phrases of RFC 9110 §15 and of the registry of HTTP status codes.
    private static let statusNames: [Int: String] = [
        200: "ok", 201: "created", 202: "accepted", 203: "nonAuthoritativeInformation", 204: "noContent",
        205: "resetContent", 206: "partialContent", 300: "multipleChoices", 301: "movedPermanently", 302: "found",
        303: "seeOther", 304: "notModified", 307: "temporaryRedirect", 308: "permanentRedirect", 400: "badRequest",
        401: "unauthorized", 402: "paymentRequired", 403: "forbidden", 404: "notFound", 405: "methodNotAllowed",
        406: "notAcceptable", 407: "proxyAuthenticationRequired", 408: "requestTimeout", 409: "conflict", 410: "gone",
        411: "lengthRequired", 412: "preconditionFailed", 413: "contentTooLarge", 414: "uriTooLong",
        415: "unsupportedMediaType", 416: "rangeNotSatisfiable", 417: "expectationFailed", 421: "misdirectedRequest",
        422: "unprocessableContent", 423: "locked", 424: "failedDependency", 425: "tooEarly", 426: "upgradeRequired",
        428: "preconditionRequired", 429: "tooManyRequests", 431: "requestHeaderFieldsTooLarge",
        451: "unavailableForLegalReasons", 500: "internalServerError", 501: "notImplemented", 502: "badGateway",
        503: "serviceUnavailable", 504: "gatewayTimeout", 507: "insufficientStorage",
    ]
}
