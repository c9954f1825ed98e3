// Expressions of the runtime's `TextForm`, and of places in texts.

extension TextForm {
    /// The same form as an expression of the runtime's type.
    var swift: String {
        switch self {
        case .string: ".string"
        case .number: ".number"
        case .boolean: ".boolean"
        case .any: ".any"
        case .json: ".json"
        case .array(let element): ".array(\(element.swift))"
        case .choice(let forms): ".choice([\(forms.map(\.swift).joined(separator: ", "))])"
        case .object(let members, let others):
            ".object([\(members.isEmpty ? ":" : members.map(\.swift).joined(separator: ", "))], others: \(others?.swift ?? "nil"))"
        }
    }
}

extension TextForm.Member {
    fileprivate var swift: String { "\(name.literal): \(form.swift)" }
}

extension [FormPlace] {
    /// An array of the runtime's places.
    var swift: String {
        let places = map { place in
            ".query(\(place.name.literal), .\(place.style), explode: \(place.explode)\(place.allowsReserved ? ", allowsReserved: true" : ""))"
        }
        return "[\(places.joined(separator: ", "))]"
    }
}
