import JSON

/// What a value is made of, as far as one has to know to read it from texts: `1` is a number where one is expected, and else a
/// string. Generated code gives it for whatever is no plain scalar.
public indirect enum TextForm: Sendable, Hashable {
    case string
    case number
    /// `true`/`false` and the other words that stand for them in parameters.
    case boolean
    /// Whatever JSON would take the text for, and else a string.
    case any
    case array(TextForm)
    /// - Parameter others: of members that are not named; `nil` where they are ignored.
    case object([String: TextForm], others: TextForm?)

    var kind: ParameterTexts.Kind {
        switch self {
        case .string, .number, .boolean, .any: .one
        case .array: .list
        case .object(let members, let others): .pairs(names: Set(members.keys), others: others != nil)
        }
    }

    /// The JSON that the texts stand for. Whatever is none of what is expected is a string, for a decoder to refuse.
    func bytes(of texts: ParameterTexts) -> [UInt8] {
        JSONWriter.bytes { json in
            switch texts {
            case .one(let text): write(text, to: &json)
            case .list(let elements): write(elements, to: &json)
            case .pairs(let pairs): write(pairs, to: &json)
            }
        }
    }

    /// An object that `write` writes the members of.
    func object(_ write: (_ members: [String: TextForm], _ others: TextForm?, inout JSONWriter) -> Void) -> [UInt8] {
        guard case .object(let members, let others) = self else { return Array("{}".utf8) }
        return JSONWriter.bytes { json in
            json.beginObject()
            write(members, others, &json)
            json.endObject()
        }
    }

    private func write(_ text: String, to json: inout JSONWriter) {
        switch self {
        case .string: json.write(text)
        case .boolean:
            var problems = ValidationProblems()
            if let value = Bool.decode(text: text, problems: &problems) { json.write(value) } else { json.write(text) }
        case .number:
            if JSONNumber(text) != nil { json.writeRaw(text.utf8) } else { json.write(text) }
        case .any:
            if ["true", "false"].contains(text) || JSONNumber(text) != nil {
                json.writeRaw(text.utf8)
            } else {
                json.write(text)
            }
        case .array: write([text], to: &json)
        case .object: json.write(text)
        }
    }

    private func write(_ elements: [String], to json: inout JSONWriter) {
        guard case .array(let element) = self else { return write(elements.last ?? "", to: &json) }
        json.beginArray()
        for text in elements { element.write(text, to: &json) }
        json.endArray()
    }

    /// Of several members of a name, an array has all, and anything else is the last.
    private func write(_ pairs: [(name: String, value: String)], to json: inout JSONWriter) {
        guard case .object(let members, let others) = self else { return json.write("") }
        var values: [String: [String]] = [:]
        var names: [String] = []
        for (name, value) in pairs {
            if values[name] == nil { names.append(name) }
            values[name, default: []].append(value)
        }
        json.beginObject()
        for name in names {
            guard let form = members[name] ?? others, let texts = values[name] else { continue }
            json.key(name)
            form.write(texts, to: &json)
        }
        json.endObject()
    }
}

/// The texts of a parameter, taken out of their delimiters and decoded.
enum ParameterTexts: Hashable {
    enum Kind: Hashable {
        case one, list
        case pairs(names: Set<String>, others: Bool)
    }

    case one(String)
    case list([String])
    case pairs([(name: String, value: String)])

    static func == (left: ParameterTexts, right: ParameterTexts) -> Bool {
        switch (left, right) {
        case (.one(let left), .one(let right)): left == right
        case (.list(let left), .list(let right)): left == right
        case (.pairs(let left), .pairs(let right)): left.elementsEqual(right) { $0 == $1 }
        default: false
        }
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        case .one(let text): hasher.combine(text)
        case .list(let texts): hasher.combine(texts)
        case .pairs(let pairs):
            for (name, value) in pairs {
                hasher.combine(name)
                hasher.combine(value)
            }
        }
    }

    /// Whether there is nothing but empty texts.
    var isEmpty: Bool {
        switch self {
        case .one(let text): text.isEmpty
        case .list(let texts): texts.allSatisfy(\.isEmpty)
        case .pairs(let pairs): pairs.isEmpty
        }
    }

    /// The texts of a value: the strings of JSON as such, everything else as JSON writes it.
    init(_ value: JSONValue) {
        switch value.content {
        case .array(let elements): self = .list(elements.map(\.parameterText))
        case .object(let members):
            self = .pairs(
                members.flatMap { name, value -> [(name: String, value: String)] in
                    // An array is several members of its name.
                    guard case .array(let elements) = value.content else { return [(name, value.parameterText)] }
                    return elements.map { (name, $0.parameterText) }
                })
        default: self = .one(value.parameterText)
        }
    }
}

extension JSONValue {
    fileprivate var parameterText: String {
        if case .string(let string) = content { string } else { text }
    }
}
