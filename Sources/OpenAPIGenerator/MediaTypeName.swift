/// A media type as documents name it, with what Swift calls it.
struct MediaTypeName {
    /// Type and subtype, in lower case.
    let essence: String

    init(_ text: String) {
        essence = String(text.prefix { $0 != ";" }).trimmed.lowercased()
    }

    /// Whether it is JSON, or anything, which JSON is as well.
    var isJSON: Bool { essence == "application/json" || essence.hasSuffix("+json") || essence == "*/*" }

    var isText: Bool { essence.hasPrefix("text/") }

    /// `json`, `plainText`, `html`, `problemJSON`
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
