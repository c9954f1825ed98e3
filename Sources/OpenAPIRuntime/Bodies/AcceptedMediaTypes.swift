/// The media types that a client takes, and how gladly: `Accept` (RFC 9110 §12.5.1).
public struct AcceptedMediaTypes: Sendable, Hashable {
    private struct Range: Sendable, Hashable {
        var type: MediaTypeName
        /// In thousandths.
        var quality: Int
    }

    /// The header field, as it came or is to be sent.
    public let field: String?
    private let ranges: [Range]

    /// - Parameter field: the header field; without one, or without anything valid in it, everything is accepted.
    public init(_ field: String?) {
        self.field = field
        ranges = (field ?? "").split(separator: ",").compactMap { text in
            var type = MediaTypeName(String(text))
            guard type.isValid else { return nil }
            let quality = type.parameters.removeValue(forKey: "q")
            guard let quality else { return Range(type: type, quality: 1000) }
            return Self.thousandths(quality).map { Range(type: type, quality: $0) }
        }
    }

    /// `0.5` is 500.
    private static func thousandths(_ text: String) -> Int? {
        guard let value = Double(text), (0...1).contains(value), text.utf8.count <= 5 else { return nil }
        return Int((value * 1000).rounded())
    }

    /// How gladly a media type is taken, from 0 for not at all to 1000.
    public func quality(of mediaType: String) -> Int {
        guard !ranges.isEmpty else { return 1000 }
        let type = MediaTypeName(mediaType)
        // The most specific range that has it counts.
        return ranges.filter { $0.type.contains(type) }.max { $0.type.specificity < $1.type.specificity }?.quality ?? 0
    }

    /// The media type that is taken most gladly, the first of those taken as gladly; `nil` if none is accepted.
    public func best(of mediaTypes: [String]) -> String? {
        var best: (type: String, quality: Int)?
        for type in mediaTypes {
            let quality = quality(of: type)
            if quality > (best?.quality ?? 0) { best = (type, quality) }
        }
        return best?.type
    }

    /// The same of those that a response may have: `input.accept.best(of: ListBooks.Ok.MediaType.self)`.
    public func best<Choice: RawRepresentable<String> & CaseIterable>(of choices: Choice.Type) -> Choice? {
        best(of: choices.allCases.map(\.rawValue)).flatMap(Choice.init)
    }
}

/// A media type or a range of them with its parameters (RFC 9110 §8.3.1), in lower case but for the values of parameters.
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
            parameters[String(part[..<end].trimmingSpaces).lowercased()] = String(value)
        }
    }

    var isValid: Bool { !type.isEmpty && !subtype.isEmpty && (type != "*" || subtype == "*") }

    func contains(_ other: MediaTypeName) -> Bool {
        (type == "*" || type == other.type) && (subtype == "*" || subtype == other.subtype)
            && parameters.allSatisfy { other.parameters[$0.key] == $0.value }
    }

    var specificity: Int { (type == "*" ? 0 : 1) + (subtype == "*" ? 0 : 1) + parameters.count }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let end = lastIndex(where: { !isSpace($0) }) else { return "" }
        return self[...end].drop(while: isSpace)
    }
}
