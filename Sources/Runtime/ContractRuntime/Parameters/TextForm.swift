import ContractJSON

/// The form of a value that is read from texts. It decides, for example, whether `1` becomes a number or a string.
/// Generated code provides it for values that are not plain scalars.
public indirect enum TextForm: Sendable, Hashable {
    /// A JSON string.
    case string
    /// A JSON number if the text is one, otherwise a string.
    case number
    /// `true`, `false`, and the other words for them in parameters.
    case boolean
    /// A JSON scalar if the text is one, otherwise a string.
    case any
    /// Any JSON value, as its text.
    case json
    /// An array whose elements have this form.
    case array(TextForm)
    /// One of these forms, of which at most one is an array, one an object, and one anything else.
    case choice([TextForm])
    /// An object.
    ///
    /// - Parameter others: the form of members that are not named; `nil` if they are ignored.
    case object([String: TextForm], others: TextForm?)

    var kind: ParameterTexts.Kind {
        switch self {
        case .string, .number, .boolean, .any, .json: .one
        case .array: .list
        case .object(let members, let others): .pairs(names: Set(members.keys), others: others != nil)
        case .choice(let forms): .choice(forms.map(\.kind))
        }
    }

    /// The form for some texts, selected among the alternatives of a choice.
    private func chosen(for texts: ParameterTexts) -> TextForm {
        guard case .choice(let forms) = self else { return self }
        let fitting = forms.first { form in
            switch (form, texts) {
            case (.object, .pairs), (.array, .list): true
            case (.object, _), (.array, _): false
            default: if case .one = texts { true } else { false }
            }
        }
        return fitting ?? forms[0]
    }

    /// The JSON for some texts. A text that does not fit the form becomes a string, which a decoder then refuses.
    func bytes(of texts: ParameterTexts) -> [UInt8] {
        let form = chosen(for: texts)
        return JSONWriter.bytes { json in
            switch texts {
            case .one(let text): form.write(text, to: &json)
            case .list(let elements): form.write(elements, to: &json)
            case .pairs(let pairs): form.write(pairs, to: &json)
            }
        }
    }

    /// An object whose members `write` writes.
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
        case .json:
            if let value = try? JSONValue(parsing: text) { json.write(value) } else { json.write(text) }
        case .array: write([text], to: &json)
        case .object: json.write(text)
        case .choice: chosen(for: .one(text)).write(text, to: &json)
        }
    }

    private func write(_ elements: [String], to json: inout JSONWriter) {
        if case .choice(let forms) = self {
            let isOne = elements.count == 1 && forms.contains { $0.kind == .one }
            let texts = isOne ? ParameterTexts.one(elements[0]) : .list(elements)
            return json.writeRaw(bytes(of: texts))
        }
        guard case .array(let element) = self else { return write(elements.last ?? "", to: &json) }
        json.beginArray()
        for text in elements { element.write(text, to: &json) }
        json.endArray()
    }

    /// If several members have the same name, an array gets all of their values, and any other form gets the last one.
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

/// The decoded texts of a parameter, after splitting at delimiters.
enum ParameterTexts: Hashable {
    indirect enum Kind: Hashable {
        case one, list
        case pairs(names: Set<String>, others: Bool)
        case choice([Kind])

        /// The kind for a number of delimited texts, selected among the alternatives of a choice.
        func chosen(parts: Int) -> Kind {
            guard case .choice(let kinds) = self else { return self }
            if parts == 1, kinds.contains(.one) { return .one }
            return kinds.first { $0 == .list } ?? kinds.first { $0 != .one } ?? .one
        }

        /// The kind with names of members, if an alternative of the choice is an object.
        var pairsAmongChoices: Kind? {
            guard case .choice(let kinds) = self else { return nil }
            return kinds.first { if case .pairs = $0 { true } else { false } }
        }
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

    /// Whether all texts are empty.
    var isEmpty: Bool {
        switch self {
        case .one(let text): text.isEmpty
        case .list(let texts): texts.allSatisfy(\.isEmpty)
        case .pairs(let pairs): pairs.isEmpty
        }
    }

    /// The texts of a value: strings without quotes, everything else as JSON.
    init(_ value: JSONValue) {
        switch value.content {
        case .array(let elements): self = .list(elements.map(\.parameterText))
        case .object(let members):
            self = .pairs(
                members.flatMap { name, value -> [(name: String, value: String)] in
                    // An array becomes several members with the same name.
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
