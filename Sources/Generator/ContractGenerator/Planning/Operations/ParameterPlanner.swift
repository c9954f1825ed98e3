import ContractDocument

// Parameters: their members in Swift, and the way their values are written.

extension OperationPlanner {
    /// The styles that each location allows, with the default first (OpenAPI 3.1 §4.8.12.3).
    private static let styles: [Parameter.Location: [String]] = [
        .path: ["simple", "label", "matrix"], .query: ["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        .header: ["simple"], .cookie: ["form"],
    ]

    mutating func plan(_ parameter: Parameter, _ typeName: String) -> ParameterPlan {
        let styles = Self.styles[parameter.location] ?? []
        var style = parameter.style ?? styles.first ?? "form"
        if let usual = styles.first, !styles.contains(style) {
            schemas.warn(
                parameter.position, .parameter,
                "a parameter in \(parameter.location.rawValue) has the style \(styles.quotedList), not '\(style)'; '\(usual)' counts"
            )
            style = usual
        }
        var plan = ParameterPlan(
            member: member(of: parameter, typeName), location: parameter.location, style: style,
            explode: parameter.explode ?? (style == "form"))
        plan.allowsReserved = parameter.allowsReserved
        if parameter.isDeprecated { plan.member.isDeprecated = true }
        if let media = parameter.content.first {
            if MediaTypeName(media.name).isJSON {
                // An absent parameter stands for `null`.
                if plan.member.mayBeAbsent { plan.member.shape = plan.member.shape.nonNull }
                plan.reading = .json
            } else {
                plan.member.shape = text(plan.member.shape, media)
                plan.reading = .text
            }
        } else {
            let shape = plan.member.shape
            // A text is never `null`.
            plan.member.shape = shape.ofText
            settleStyle(of: &plan, parameter)
            if let reading = reading(of: &plan, parameter) {
                plan.reading = reading
            } else {
                plan.member.shape = shape.nonNull
                plan.reading = .json
            }
        }
        if parameter.allowsEmptyValue, parameter.location == .query, !plan.member.shape.isString {
            if parameter.isRequired {
                _ = schemas.refuse(
                    parameter.position,
                    "'allowEmptyValue' of a required parameter that is no string is not supported: an empty value counts as an absent one"
                )
            }
            plan.allowsEmpty = true
        }
        return plan
    }

    private mutating func member(of parameter: Parameter, _ typeName: String) -> Member {
        guard let schema = parameter.schema ?? parameter.content.first?.schema else {
            if parameter.content.isEmpty {
                _ = schemas.refuse(parameter.position, "a parameter has either 'schema' or 'content'")
            }
            return Member(
                name: parameter.name, position: parameter.position,
                documentation: parameter.description, isDeprecated: false, shape: .any,
                isRequired: parameter.isRequired)
        }
        return schemas.member(
            parameter.name, schema, position: parameter.position, typeName: TypeNaming(typeName, parameter.name),
            isRequired: parameter.isRequired || parameter.location == .path, description: parameter.description)
    }

    /// Changes the style `deepObject` of values that are not objects, for which OpenAPI does not define it. For lists,
    /// most servers expect `names[]=a&names[]=b`.
    private mutating func settleStyle(of plan: inout ParameterPlan, _ parameter: Parameter) {
        guard plan.style == "deepObject", !textForm(of: plan.member.shape).isObject else { return }
        plan.style = "form"
        plan.explode = true
        let isList = if case .array = plan.member.shape.nonNull.unvalidated { true } else { false }
        if isList { plan.member.name += "[]" }
        schemas.warn(
            parameter.position, .parameter,
            "the style 'deepObject' is one of objects; "
                + (isList ? "the list is written as '\(plan.member.name)=…'" : "'form' counts"))
    }

    /// The form of the values in the style of the parameter; `nil`, with a warning, if the style has no form for them.
    private mutating func reading(of plan: inout ParameterPlan, _ parameter: Parameter) -> ParameterPlan.Reading? {
        let shape = plan.member.shape
        let isUsual = plan.style == "simple" || plan.style == "form"
        if isUsual, isScalar(shape) { return .text }
        if parameter.location == .query, isUsual, case .array(let element, _, _, _) = shape, isScalar(element) {
            return .list
        }
        let form = textForm(of: shape)
        let isRepeatable = plan.style == "deepObject" || (plan.style == "form" && plan.explode)
        guard form.depth <= (isRepeatable ? 2 : 1), isRepeatable || !form.hasJSON else {
            schemas.warn(
                parameter.position, .parameter,
                "the elements and members of a parameter are scalars\(isRepeatable ? ", or members arrays of them" : ""); this one is written as JSON, as with 'content'"
            )
            return nil
        }
        plan.memberNames = form.memberNames
        // An exploded object shares the query with other parameters, so other names may belong to those.
        return .form(plan.style == "form" && plan.explode ? form.form : form.closedForm)
    }

    /// The parameters of one location with distinct Swift names.
    mutating func named(_ parameters: [ParameterPlan]) -> [ParameterPlan] {
        var members = parameters.map(\.member)
        schemas.add(members.claimNames())
        var parameters = parameters
        for index in parameters.indices { parameters[index].member = members[index] }
        return parameters
    }

    /// If a parameter takes all names in the query, excludes the names of the other parameters.
    func settledNames(_ parameters: [ParameterPlan]) -> [ParameterPlan] {
        parameters.enumerated().map { index, plan in
            guard plan.takesEveryName else { return plan }
            var plan = plan
            plan.otherNames = parameters.enumerated().filter { $0.offset != index }.flatMap(\.element.queryNames)
            return plan
        }
    }

    func isScalar(_ shape: Shape) -> Bool { schemas.types.haveText(shape) }

    func definition(_ name: String) -> NamedType.Definition? {
        schemas.types.named(name)?.definition
    }
}

extension ParameterPlan {
    private var isExplodedObject: Bool {
        guard case .form(let form) = reading else { return false }
        return form.hasObject && style == "form" && explode
    }

    /// Whether the parameter is an exploded object that allows members of any name.
    fileprivate var takesEveryName: Bool {
        guard case .form(let form) = reading else { return false }
        return isExplodedObject && form.takesEveryName
    }

    /// The names in the query that belong to the parameter.
    fileprivate var queryNames: [String] { isExplodedObject ? memberNames : [member.name] }
}

extension [String] {
    /// `'simple', 'label' or 'matrix'`
    fileprivate var quotedList: String {
        let quoted = map { "'\($0)'" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }
}
