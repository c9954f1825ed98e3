public import ContractJSON

/// The forms of one value that fits several alternatives of `anyOf`. Generated code writes them as one JSON value.
public struct CombinedValue {
    private let direction: JSONWriter.Direction?
    private var forms: [JSONValue] = []

    fileprivate init(_ direction: JSONWriter.Direction?) {
        self.direction = direction
    }

    /// Adds a form; `nil` adds nothing.
    ///
    /// - Parameter write: writes the form as JSON.
    public mutating func add<Form>(_ form: Form?, _ write: (inout JSONWriter, Form) -> Void) {
        guard let form else { return }
        let direction = direction
        forms.append(
            JSONValue { json in
                json.direction = direction
                write(&json, form)
            })
    }

    /// An object with the members of all forms. If forms share a name, the member of the first one counts. If no form is
    /// an object, this is the first form.
    fileprivate var value: JSONValue {
        guard forms.count > 1 else { return forms.first ?? [:] }
        var members: [(key: String, value: JSONValue)] = []
        var names: Set<String> = []
        for form in forms {
            guard case .object(let own) = form.content else { continue }
            for (name, value) in own where names.insert(name).inserted { members.append((name, value)) }
        }
        return members.isEmpty ? forms[0] : JSONValue(object: members)
    }
}

extension JSONWriter {
    /// Writes a value that fits several alternatives.
    ///
    /// - Parameter add: adds the forms of the value.
    public mutating func writeCombined(_ add: (inout CombinedValue) -> Void) {
        var combined = CombinedValue(direction)
        add(&combined)
        write(combined.value)
    }
}
