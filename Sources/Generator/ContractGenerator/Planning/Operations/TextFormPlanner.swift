// The way values are decoded from the texts of parameters, headers and forms.

/// The form of a value in texts, as a `TextForm` expression of the runtime.
struct TextFormPlan {
    var expression: String
    /// 0 for scalars; 1 for arrays and objects of scalars; 2 for objects that contain arrays of scalars.
    var depth: Int
    var isArray = false
    var isObject = false
    /// Whether part of it is written as JSON, because texts cannot be nested deeper.
    var hasJSON = false
    /// Whether unnamed members are refused. To refuse them, the decoder must read them.
    var refusesOthers = false
    var memberNames: [String] = []

    static let json = TextFormPlan(expression: ".json", depth: 0, hasJSON: true)

    /// The expression for texts in which all names belong to the object.
    var closedExpression: String {
        guard refusesOthers else { return expression }
        return expression.replacing("others: nil)", with: "others: .any)")
    }
}

extension OperationPlanner {
    /// The form of a shape in texts.
    ///
    /// - Parameter outer: the names of the types around it, which it cannot contain again.
    func textForm(of shape: Shape, in outer: Set<String> = []) -> TextFormPlan {
        switch shape {
        case .any: return TextFormPlan(expression: ".any", depth: 0)
        case .boolean: return TextFormPlan(expression: ".boolean", depth: 0)
        case .integer, .unsigned, .number: return TextFormPlan(expression: ".number", depth: 0)
        case .string, .constant: return TextFormPlan(expression: ".string", depth: 0)
        case .nullable(let wrapped), .validated(let wrapped, _): return textForm(of: wrapped, in: outer)
        case .array(let element, _, _, _): return array(of: [element], in: outer)
        case .map(let value, _, _, _):
            let form = member(value, in: outer)
            return TextFormPlan(
                expression: ".object([:], others: \(form.expression))", depth: form.depth + 1, isObject: true,
                hasJSON: form.hasJSON)
        case .named(let name):
            guard !outer.contains(name), let definition = definition(name) else { return .json }
            return textForm(of: definition, in: outer.union([name]))
        }
    }

    /// An element of an array is a scalar, or JSON.
    private func array(of elements: [Shape], in outer: Set<String>) -> TextFormPlan {
        let forms = elements.map { element in
            let form = textForm(of: element, in: outer)
            return form.depth == 0 ? form : .json
        }
        let expressions = Set(forms.map(\.expression))
        return TextFormPlan(
            expression: ".array(\(expressions.count == 1 ? expressions.first ?? ".any" : ".any"))", depth: 1,
            isArray: true, hasJSON: forms.contains(where: \.hasJSON))
    }

    /// A member of an object is a scalar, an array of scalars, or JSON.
    func member(_ shape: Shape, in outer: Set<String>) -> TextFormPlan {
        let form = textForm(of: shape, in: outer)
        return form.isObject || form.depth > 1 || (form.depth == 1 && form.hasJSON) ? .json : form
    }

    private func textForm(of definition: NamedType.Definition, in outer: Set<String>) -> TextFormPlan {
        switch definition {
        case .enumeration: return TextFormPlan(expression: ".string", depth: 0)
        case .integerEnumeration: return TextFormPlan(expression: ".number", depth: 0)
        case .wrapper: return .json
        case .tuple(let tuple):
            return array(of: tuple.elements.map(\.shape) + [tuple.rest].compactMap(\.self), in: outer)
        case .union(let union): return choice(of: union.alternatives.map { textForm(of: $0.shape, in: outer) })
        case .structure(let structure):
            let forms = structure.members.map { member($0.shape, in: outer) }
            let others = structure.additional.map { member($0, in: outer) }
            let members = zip(structure.members, forms).map { "\($0.name.literal): \($1.expression)" }
            let all = forms + [others].compactMap(\.self)
            return TextFormPlan(
                expression:
                    ".object([\(members.isEmpty ? ":" : members.joined(separator: ", "))], others: \(others?.expression ?? "nil"))",
                depth: (all.map(\.depth).max() ?? 0) + 1, isObject: true, hasJSON: all.contains(where: \.hasJSON),
                refusesOthers: structure.refusesUnknownMembers, memberNames: structure.members.map(\.name))
        }
    }

    /// The form of a union: all scalars share one form, all arrays share one, and all objects share one.
    private func choice(of forms: [TextFormPlan]) -> TextFormPlan {
        func common(_ forms: [TextFormPlan], _ other: String) -> String? {
            let expressions = Set(forms.map(\.expression))
            return expressions.count > 1 ? other : expressions.first
        }
        let objects = forms.filter(\.isObject)
        let arrays = forms.filter(\.isArray)
        let scalars = forms.filter { !$0.isObject && !$0.isArray }
        let object = common(objects, ".object([:], others: .any)")
        let expressions = [common(scalars, ".any"), common(arrays, ".array(.any)"), object].compactMap(\.self)
        return TextFormPlan(
            expression: expressions.count == 1 ? expressions[0] : ".choice([\(expressions.joined(separator: ", "))])",
            depth: forms.map(\.depth).max() ?? 0, isArray: !arrays.isEmpty && objects.isEmpty, isObject: object != nil,
            hasJSON: forms.contains(where: \.hasJSON), memberNames: objects.count == 1 ? objects[0].memberNames : [])
    }
}
