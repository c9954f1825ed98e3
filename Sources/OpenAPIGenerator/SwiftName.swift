/// Names of a contract as Swift names, by the rules of the Swift API design guidelines.
enum SwiftName {
    /// `default_value` → `defaultValue`, `ETag` → `eTag`, `NOT_FOUND` → `notFound`; what is reserved in Swift is escaped.
    static func lowerCamelCase(_ name: String) -> String {
        let words = words(of: name)
        guard let first = words.first else { return name.isEmpty ? "empty" : "value" }
        let rest = words.dropFirst().map(capitalized).joined()
        let head =
            first.allSatisfy { !$0.isLowercase } ? first.lowercased() : first.prefix(1).lowercased() + first.dropFirst()
        let result = head + rest
        if result.first?.isNumber == true { return "_" + result }
        if unusable.contains(result) { return result + "_" }
        return reserved.contains(result) ? "`\(result)`" : result
    }

    /// `rename setting` → `RenameSetting`.
    static func upperCamelCase(_ name: String) -> String {
        let result = words(of: name).map(capitalized).joined()
        if result.isEmpty { return "Value" }
        if result.first?.isNumber == true { return "_" + result }
        return reservedTypes.contains(result) ? result + "_" : result
    }

    /// The name, or the name with the first number that makes it differ from others: `name2`.
    static func unused(_ name: String, among others: Set<String>) -> String {
        guard others.contains(name) else { return name }
        let bare = name.filter { $0 != "`" }
        let stem = bare.last?.isNumber == true ? bare + "_" : bare
        var number = 2
        while others.contains("\(stem)\(number)") { number += 1 }
        return "\(stem)\(number)"
    }

    /// `first` for 0, to `tenth`, and then `element11`.
    static func ordinal(_ index: Int) -> String {
        let names = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
        return index < names.count ? names[index] : "element\(index + 1)"
    }

    /// The cases of an enumeration, all of different names.
    static func cases(_ values: [String]) -> [(name: String, value: String)] {
        var names: Set<String> = []
        return values.map { value in
            let name = unused(lowerCamelCase(value), among: names)
            names.insert(name)
            return (name, value)
        }
    }

    private static func capitalized(_ word: String) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }

    /// Letters of any script and ASCII digits; words in capitals throughout are as good as in small letters.
    private static func words(of name: String) -> [String] {
        let words = name.split { !($0.isLetter || ($0.isASCII && $0.isNumber)) }.map(String.init)
        let isShouted = words.count > 1 && !name.contains(where: \.isLowercase)
        return isShouted ? words.map { $0.lowercased() } : words
    }

    /// What types of Swift have already.
    private static let unusable: Set<String> = ["hashValue", "allCases", "rawValue", "self"]

    /// What cannot stand as a member's or a parameter's name without backticks.
    private static let reserved: Set<String> = [
        "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import", "init", "inout",
        "internal", "let", "open", "operator", "private", "precedencegroup", "protocol", "public", "rethrows", "static",
        "struct", "subscript", "typealias", "var", "break", "case", "catch", "continue", "default", "defer", "do",
        "else", "fallthrough", "for", "guard", "if", "in", "repeat", "return", "throw", "switch", "where", "while",
        "Any", "as", "await", "catch", "false", "is", "nil", "self", "Self", "super", "throws", "true", "try", "Type",
        "Protocol",
    ]

    /// Names that generated code itself uses, or that cannot be nested types.
    private static let reservedTypes: Set<String> = [
        "Any", "Self", "Type", "Protocol", "String", "Int", "Double", "Bool", "Array", "Set", "Optional", "Hashable",
        "Sendable", "JSONReader", "JSONWriter", "JSONValue", "Route", "Pattern", "Patterns", "Schemas", "Responses",
        "Validators", "Defaults", "OrderedDictionary", "JSONDecodable", "JSONEncodable", "JSONError",
        "ValidationProblems",
        "StringEnumeration", "IntegerEnumeration", "Indirect",
    ]

    /// The case of an operation's output for a status code.
    static func statusCase(_ code: Int) -> String {
        statusNames[code] ?? "status\(code)"
    }

    /// The case for a range of status codes, by the names that RFC 9110 §15 has for them.
    static func statusRangeCase(_ digit: Int) -> String {
        ["informational", "successful", "redirection", "clientError", "serverError"][digit - 1]
    }

    /// Reason phrases of RFC 9110 §15 and the registry of HTTP status codes.
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
