// The way values are decoded from the texts of parameters, headers and forms.

/// The form of a value in texts, and its properties that decide where it is allowed.
struct TextFormPlan: Sendable {
    var form: TextForm
    /// 0 for scalars; 1 for arrays and objects of scalars; 2 for objects that contain arrays of scalars.
    var depth: Int
    var isArray = false
    var isObject = false
    /// Whether part of it is written as JSON, because texts cannot be nested deeper.
    var hasJSON = false
    /// Whether unnamed members are refused. To refuse them, the decoder must read them.
    var refusesOthers = false
    var memberNames: [String] = []

    static let json = TextFormPlan(form: .json, depth: 0, hasJSON: true)

    /// The form for texts in which all names belong to the object.
    var closedForm: TextForm {
        guard refusesOthers, case .object(let members, nil) = form else { return form }
        return .object(members, others: .any)
    }
}

extension OperationPlanner {
    /// The form of a shape in texts.
    ///
    /// - Parameter outer: the names of the types around it, which it cannot contain again.
    func textForm(of shape: Shape, in outer: Set<String> = []) -> TextFormPlan {
        switch shape {
        case .any: return TextFormPlan(form: .any, depth: 0)
        case .boolean: return TextFormPlan(form: .boolean, depth: 0)
        case .integer, .unsigned, .number: return TextFormPlan(form: .number, depth: 0)
        case .string, .constant: return TextFormPlan(form: .string, depth: 0)
        case .nullable(let wrapped), .validated(let wrapped, _): return textForm(of: wrapped, in: outer)
        case .array(let element, _, _, _): return array(of: [element], in: outer)
        case .map(let value, _, _, _):
            let form = member(value, in: outer)
            return TextFormPlan(
                form: .object([], others: form.form), depth: form.depth + 1, isObject: true, hasJSON: form.hasJSON)
        case .named(let name):
            guard !outer.contains(name), let definition = definition(name) else { return .json }
            return textForm(of: definition, in: outer.union([name]))
        }
    }

    /// An element of an array is a scalar, or JSON.
    private func array(of elements: [Shape], in outer: Set<String>) -> TextFormPlan {
        let plans = elements.map { element in
            let plan = textForm(of: element, in: outer)
            return plan.depth == 0 ? plan : .json
        }
        let forms = Set(plans.map(\.form))
        return TextFormPlan(
            form: .array(forms.count == 1 ? forms.first ?? .any : .any), depth: 1, isArray: true,
            hasJSON: plans.contains(where: \.hasJSON))
    }

    /// A member of an object is a scalar, an array of scalars, or JSON.
    func member(_ shape: Shape, in outer: Set<String>) -> TextFormPlan {
        let form = textForm(of: shape, in: outer)
        return form.isObject || form.depth > 1 || (form.depth == 1 && form.hasJSON) ? .json : form
    }

    private func textForm(of definition: NamedType.Definition, in outer: Set<String>) -> TextFormPlan {
        switch definition {
        case .enumeration: return TextFormPlan(form: .string, depth: 0)
        case .integerEnumeration: return TextFormPlan(form: .number, depth: 0)
        case .wrapper: return .json
        case .tuple(let tuple):
            return array(of: tuple.elements.map(\.shape) + [tuple.rest].compactMap(\.self), in: outer)
        case .union(let union): return choice(of: union.alternatives.map { textForm(of: $0.shape, in: outer) })
        case .structure(let structure):
            let forms = structure.members.map { member($0.shape, in: outer) }
            let others = structure.additional.map { member($0, in: outer) }
            let members = zip(structure.members, forms).map { TextForm.Member(name: $0.name, form: $1.form) }
            let all = forms + [others].compactMap(\.self)
            return TextFormPlan(
                form: .object(members, others: others?.form),
                depth: (all.map(\.depth).max() ?? 0) + 1, isObject: true, hasJSON: all.contains(where: \.hasJSON),
                refusesOthers: structure.refusesUnknownMembers, memberNames: structure.members.map(\.name))
        }
    }

    /// The form of a union: all scalars share one form, all arrays share one, and all objects share one.
    private func choice(of plans: [TextFormPlan]) -> TextFormPlan {
        func common(_ plans: [TextFormPlan], _ other: TextForm) -> TextForm? {
            let forms = Set(plans.map(\.form))
            return forms.count > 1 ? other : forms.first
        }
        let objects = plans.filter(\.isObject)
        let arrays = plans.filter(\.isArray)
        let scalars = plans.filter { !$0.isObject && !$0.isArray }
        let object = common(objects, .object([], others: .any))
        let forms = [common(scalars, .any), common(arrays, .array(.any)), object].compactMap(\.self)
        return TextFormPlan(
            form: forms.count == 1 ? forms[0] : .choice(forms), depth: plans.map(\.depth).max() ?? 0,
            isArray: !arrays.isEmpty && objects.isEmpty, isObject: object != nil,
            hasJSON: plans.contains(where: \.hasJSON), memberNames: objects.count == 1 ? objects[0].memberNames : [])
    }
}
