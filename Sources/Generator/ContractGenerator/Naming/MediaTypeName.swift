/// A media type as the document spells it, with its Swift name.
struct MediaTypeName {
    /// Type and subtype, in lower case.
    let essence: String
    /// The essence with its parameters, whose names are in lower case: `application/json;charset=utf-8`.
    let full: String

    init(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { String($0).trimmed }
        essence = parts[0].lowercased()
        let parameters = parts.dropFirst().filter { !$0.isEmpty }.map { parameter in
            let name = parameter.prefix { $0 != "=" }.lowercased()
            let rest = parameter.drop { $0 != "=" }
            // The values of parameters are case-sensitive, except that of `charset` (RFC 9110 §8.3.2).
            return name + (name == "charset" ? rest.lowercased() : String(rest))
        }
        full = ([essence] + parameters).joined(separator: ";")
    }

    /// Whether the content is JSON. Content of any type counts as JSON.
    var isJSON: Bool { ["application/json", "text/json", "*/*"].contains(essence) || essence.hasSuffix("+json") }

    var isText: Bool { essence.hasPrefix("text/") }

    /// The name of the case, for example `json`, `plainText`, `html` or `problemJSON`.
    var caseName: String {
        switch essence {
        case "application/json": return "json"
        case "text/plain": return "plainText"
        case "text/event-stream": return "events"
        case "application/octet-stream": return "binary"
        case "application/x-www-form-urlencoded": return "form"
        case "multipart/form-data": return "multipart"
        case "*/*": return "any"
        default:
            let parts = essence.split(separator: "/", maxSplits: 1)
            var name = String(parts.last ?? "")
            if name == "*" { return SwiftName.lowerCamelCase("any \(parts[0])") }
            let suffix = name.hasSuffix("+json") ? "JSON" : ""
            if !suffix.isEmpty { name.removeLast(5) }
            let base = SwiftName.lowerCamelCase(name)
            return suffix.isEmpty ? base : base.filter { $0 != "`" } + suffix
        }
    }
}
