import ContractJSON
import ContractRuntime
import HeksherAPI

/// A violation of the contract as a sentence for people, without the contract's regular expressions.
struct ProblemSentence: CustomStringConvertible {
    let description: String

    /// - Parameters:
    ///   - steps: the path to the member inside the request's body, or the name of a parameter and an index.
    ///   - message: the contract's own words.
    ///   - value: the text at that place, if it is known.
    init(_ steps: [String], _ message: String, value: String?) {
        if let pattern = message.wholeMatch(of: /string does not match regex "(.*)"/)?.1 {
            description = Self.sentence(pattern: String(pattern), steps, value)
        } else if message.hasPrefix("the ") || steps.isEmpty {
            description = message
        } else {
            description = "\(steps.joined(separator: ".")): \(message)"
        }
    }

    /// A problem that the service found in a request.
    init(_ problem: Schemas.ValidationProblem, of request: APIRequest?) {
        let steps = problem.loc.map { step in
            switch step {
            case .string(let name): name
            case .int(let index): String(index)
            }
        }
        let inner = Array(steps.dropFirst())
        let value: String? =
            switch steps.first {
            case "body": request.flatMap { try? JSONValue(parsing: $0.body) }?.text(at: inner[...])
            case "query": request?.query.flatMap { Self.parameter(inner, $0) }
            default: nil
            }
        self.init(inner, problem.msg, value: value)
    }

    /// A problem of a value that this program read.
    init(_ problem: ValidationProblem, of value: JSONValue) {
        let steps = problem.location.map { step in
            switch step {
            case .name(let name): name
            case .index(let index): String(index)
            }
        }
        self.init(steps, problem.message, value: value.text(at: steps[...]))
    }

    private static func sentence(pattern: String, _ steps: [String], _ value: String?) -> String {
        // A key of an object is its own location.
        let isKey = steps.count > 1 && ["metadata", "feature_values"].contains(steps[0])
        let noun = noun(steps)
        let subject = (isKey ? steps.last : value).map { "\"\($0)\"" }
        guard let allowed = pattern.wholeMatch(of: /\^\[([^\]]+)\]\+\$/)?.1 else {
            guard steps.last == "version" else { return "\(subject ?? "it") is not \(noun)" }
            return "\(subject ?? "it") is not a version; a version is two numbers, as in 1.0"
        }
        let characters = CharacterClass(String(allowed))
        let rule = "\(noun) has only \(characters.description)"
        guard let text = isKey ? steps.last : value else { return rule }
        guard let wrong = text.first(where: { !characters.contains($0) }) else { return "\(noun) is not empty" }
        return "\"\(text)\" has \(wrong == " " ? "a space" : "a \"\(wrong)\""); \(rule)"
    }

    private static func noun(_ steps: [String]) -> String {
        switch steps.first {
        case "context_feature", "configurable_features", "feature_values", "to_after", "to_before":
            "the name of a context feature"
        case "name", "setting", "settings", "alias": "the name of a setting"
        case "metadata", "key": "a metadata key"
        default: "such a text"
        }
    }

    /// The element of a parameter in a query.
    private static func parameter(_ steps: [String], _ query: String) -> String? {
        guard let name = steps.first, let pair = query.split(separator: "&").first(where: { $0.hasPrefix("\(name)=") })
        else { return nil }
        let value = pair.dropFirst(name.count + 1)
        guard steps.count > 1 else { return PercentEncoding.decode(value) }
        // Commas between elements are bare, or percent-encoded with the elements.
        let elements = value.replacing(/%2[Cc]/, with: ",").split(separator: ",", omittingEmptySubsequences: false)
        return Int(steps[1]).flatMap { elements.indices.contains($0) ? PercentEncoding.decode(elements[$0]) : nil }
    }
}

/// The characters that a class of a regular expression admits, such as `a-zA-Z_0-9`.
private struct CharacterClass: CustomStringConvertible {
    private var ranges: [ClosedRange<Character>] = []
    private var others: [Character] = []

    init(_ text: String) {
        var rest = Array(text)[...]
        while let first = rest.popFirst() {
            if rest.count >= 2, rest.first == "-", let last = rest.dropFirst().first, first <= last {
                ranges.append(first...last)
                rest = rest.dropFirst(2)
            } else {
                others.append(first)
            }
        }
    }

    func contains(_ character: Character) -> Bool {
        others.contains(character) || ranges.contains { $0.contains(character) && character.isASCII }
    }

    var description: String {
        var parts: [String] = []
        if ranges.contains(where: { $0.lowerBound.isLetter }) { parts.append("letters") }
        if ranges.contains(where: { $0.lowerBound.isNumber }) { parts.append("digits") }
        return (parts + others.map { "\"\($0)\"" }).listed
    }
}

extension JSONValue {
    /// The text of the string at a place.
    fileprivate func text(at steps: ArraySlice<String>) -> String? {
        switch (content, steps.first) {
        case (.string(let text), nil): text
        case (.object(let members), let name?): members.last { $0.key == name }?.value.text(at: steps.dropFirst())
        case (.array(let elements), let index?):
            Int(index).flatMap { elements.indices.contains($0) ? elements[$0].text(at: steps.dropFirst()) : nil }
        default: nil
        }
    }
}
