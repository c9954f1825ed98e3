/// The media types that a client accepts, with its preferences: `Accept` (RFC 9110 §12.5.1).
public struct AcceptedMediaTypes: Sendable, Hashable {
    private struct Range: Sendable, Hashable {
        var type: MediaTypeName
        /// The weight in thousandths.
        var quality: Int
    }

    /// The header field, as received or to send.
    public let field: String?
    private let ranges: [Range]

    /// Parses `Accept`.
    ///
    /// - Parameter field: the header field. If it is `nil` or contains nothing valid, the client accepts everything.
    public init(_ field: String?) {
        self.field = field
        ranges = (field ?? "").split(separator: ",").compactMap { text in
            var type = MediaTypeName(String(text))
            guard type.isValid else { return nil }
            let quality = type.parameters.removeValue(forKey: "q")
            guard let quality else { return Range(type: type, quality: 1000) }
            return QualityValue.thousandths(quality.utf8).map { Range(type: type, quality: $0) }
        }
    }

    /// The client's preference for a media type, from 0 (not accepted) to 1000.
    public func quality(of mediaType: String) -> Int {
        guard !ranges.isEmpty else { return 1000 }
        let type = MediaTypeName(mediaType)
        // The most specific range that contains the media type counts.
        return ranges.filter { $0.type.contains(type) }.max { $0.type.specificity < $1.type.specificity }?.quality ?? 0
    }

    /// The media type that the client prefers. If it prefers several equally, the first of them; `nil` if it accepts
    /// none.
    public func best(of mediaTypes: [String]) -> String? {
        var best: (type: String, quality: Int)?
        for type in mediaTypes {
            let quality = quality(of: type)
            if quality > (best?.quality ?? 0) { best = (type, quality) }
        }
        return best?.type
    }

    /// The media type of a response that the client prefers: `input.accept.best(of: ListBooks.Ok.MediaType.self)`.
    public func best<Choice: RawRepresentable<String> & CaseIterable>(of choices: Choice.Type) -> Choice? {
        best(of: choices.allCases.map(\.rawValue)).flatMap(Choice.init)
    }
}

/// A media type or a range with its parameters (RFC 9110 §8.3.1). Only the values of parameters keep their case;
/// everything else is in lower case.
struct MediaTypeName: Sendable, Hashable {
    var type: String
    var subtype: String
    var parameters: [String: String] = [:]

    init(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        let names = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map {
            String($0.trimmingSpaces).lowercased()
        }
        type = names[0]
        subtype = names.count > 1 ? names[1] : ""
        for part in parts.dropFirst() {
            guard let end = part.firstIndex(of: "=") else { continue }
            var value = part[end...].dropFirst().trimmingSpaces
            if value.count > 1, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            let name = String(part[..<end].trimmingSpaces).lowercased()
            parameters[name] = name == "charset" ? value.lowercased() : String(value)
        }
    }

    /// The index of the media type that a content type is, or of the most specific range that contains it. If several
    /// media types differ only in parameters, the first choice is one whose parameters the content type has, the second
    /// one without parameters, and the last any other.
    static func index(of contentType: String, among types: [String]) -> Int? {
        let type = MediaTypeName(contentType)
        let names = types.map { MediaTypeName($0) }
        let fitting = names.indices.filter { names[$0].contains(type) }
        let best = fitting.max { (names[$0].specificity, $1) < (names[$1].specificity, $0) }
        return best ?? names.firstIndex { $0.type == type.type && $0.subtype == type.subtype }
    }

    var isValid: Bool { !type.isEmpty && !subtype.isEmpty && (type != "*" || subtype == "*") }

    func contains(_ other: MediaTypeName) -> Bool {
        (type == "*" || type == other.type) && (subtype == "*" || subtype == other.subtype)
            && parameters.allSatisfy { other.parameters[$0.key] == $0.value }
    }

    var specificity: Int { (type == "*" ? 0 : 1) + (subtype == "*" ? 0 : 1) + parameters.count }
}

extension Substring {
    var trimmingSpaces: Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let end = lastIndex(where: { !isSpace($0) }) else { return "" }
        return self[...end].drop(while: isSpace)
    }
}
