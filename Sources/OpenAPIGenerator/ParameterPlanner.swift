import OpenAPIDocument

// Parameters: what they are in Swift, and how their values are written.

extension OperationPlanner {
    /// The styles of each place, the usual one first (OpenAPI 3.1 §4.8.12.3).
    private static let styles: [Parameter.Location: [String]] = [
        .path: ["simple", "label", "matrix"], .query: ["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        .header: ["simple"], .cookie: ["form"],
    ]

    mutating func plan(_ parameter: Parameter, _ typeName: String) -> ParameterPlan {
        let styles = Self.styles[parameter.location] ?? []
        let style = parameter.style ?? styles.first ?? "form"
        if !styles.contains(style) {
            _ = schemas.refuse(
                parameter.position,
                "a parameter in \(parameter.location.rawValue) has the style \(styles.quotedList), not '\(style)'")
        }
        var plan = ParameterPlan(
            member: member(of: parameter, typeName), location: parameter.location, style: style,
            explode: parameter.explode ?? (style == "form"))
        plan.allowsReserved = parameter.allowsReserved
        if parameter.isDeprecated { plan.member.isDeprecated = true }
        if let media = parameter.content.first {
            if parameter.content.count > 1 || !MediaTypeName(media.name).isJSON {
                _ = schemas.refuse(media.position, "the 'content' of a parameter is one media type, of JSON")
            }
            plan.reading = .json
        } else {
            plan.reading = reading(of: &plan, parameter)
        }
        if parameter.allowsEmptyValue, parameter.location == .query, plan.member.shape.swiftType != "String" {
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
                name: parameter.name, swiftName: SwiftName.lowerCamelCase(parameter.name),
                documentation: parameter.description, isDeprecated: false, shape: .any,
                isRequired: parameter.isRequired)
        }
        return schemas.member(
            parameter.name, schema, typeName: typeName + SwiftName.upperCamelCase(parameter.name),
            isRequired: parameter.isRequired || parameter.location == .path, description: parameter.description)
    }

    private mutating func reading(of plan: inout ParameterPlan, _ parameter: Parameter) -> ParameterPlan.Reading {
        let shape = plan.member.shape
        let isUsual = plan.style == "simple" || plan.style == "form"
        if isUsual, isScalar(shape) { return .text }
        if parameter.location == .query, isUsual, case .array(let element, _, _, _) = shape, isScalar(element) {
            return .list
        }
        let form = textForm(of: shape)
        let isRepeatable = plan.style == "deepObject" || (plan.style == "form" && plan.explode)
        guard let form, form.depth <= (isRepeatable ? 2 : 1) else {
            _ = schemas.refuse(
                parameter.position,
                "the elements and members of a parameter are scalars\(isRepeatable ? ", or members arrays of them" : ""); 'content' can have more"
            )
            return .text
        }
        if plan.style == "deepObject", !form.isObject {
            _ = schemas.refuse(parameter.position, "the style 'deepObject' is one of objects")
        }
        plan.memberNames = form.memberNames
        // Of an exploded object, other names of a query are those of other parameters.
        return .form(plan.style == "form" && plan.explode ? form.expression : form.closedExpression)
    }

    /// Tells a parameter that takes every name of the query which names are those of others.
    func settledNames(_ parameters: [ParameterPlan]) -> [ParameterPlan] {
        parameters.enumerated().map { index, plan in
            guard plan.takesEveryName else { return plan }
            var plan = plan
            plan.otherNames = parameters.enumerated().filter { $0.offset != index }.flatMap(\.element.queryNames)
            return plan
        }
    }

    func isScalar(_ shape: Shape) -> Bool { schemas.types.haveText(shape) }

    private func definition(_ name: String) -> NamedType.Definition? {
        schemas.types.first { $0.name == name }?.definition
    }

    /// How a value is read from texts; `nil` if it cannot be.
    ///
    /// - Parameter outer: the names of types that it stands in, none of which it can be.
    func textForm(of shape: Shape, in outer: Set<String> = []) -> TextFormPlan? {
        switch shape {
        case .any: return TextFormPlan(expression: ".any", depth: 0)
        case .boolean: return TextFormPlan(expression: ".boolean", depth: 0)
        case .integer, .number: return TextFormPlan(expression: ".number", depth: 0)
        case .string, .constant: return TextFormPlan(expression: ".string", depth: 0)
        case .nullable(let wrapped), .validated(let wrapped, _): return textForm(of: wrapped, in: outer)
        case .array(let element, _, _, _):
            guard let form = textForm(of: element, in: outer) else { return nil }
            return TextFormPlan(expression: ".array(\(form.expression))", depth: form.depth + 1)
        case .map(let value, _, _, _):
            guard let form = textForm(of: value, in: outer), !form.isObject else { return nil }
            return TextFormPlan(
                expression: ".object([:], others: \(form.expression))", depth: form.depth + 1, isObject: true)
        case .named(let name):
            guard !outer.contains(name), let definition = definition(name) else { return nil }
            return textForm(of: definition, in: outer.union([name]))
        }
    }

    private func textForm(of definition: NamedType.Definition, in outer: Set<String>) -> TextFormPlan? {
        switch definition {
        case .enumeration: return TextFormPlan(expression: ".string", depth: 0)
        case .integerEnumeration: return TextFormPlan(expression: ".number", depth: 0)
        case .wrapper: return nil
        case .tuple(let tuple):
            let forms = (tuple.elements.map(\.shape) + [tuple.rest].compactMap(\.self)).map {
                textForm(of: $0, in: outer)
            }
            guard forms.allSatisfy({ $0?.depth == 0 }) else { return nil }
            let expressions = Set(forms.compactMap { $0?.expression })
            let element = expressions.count == 1 ? expressions.first ?? ".any" : ".any"
            return TextFormPlan(expression: ".array(\(element))", depth: 1)
        case .union(let union):
            let forms = union.alternatives.map { textForm(of: $0.shape, in: outer) }
            guard forms.allSatisfy({ $0?.depth == 0 }) else { return nil }
            let expressions = Set(forms.compactMap { $0?.expression })
            return TextFormPlan(expression: expressions.count == 1 ? expressions.first ?? ".any" : ".any", depth: 0)
        case .structure(let structure):
            var depth = 0
            var expressions: [String] = []
            for member in structure.members {
                guard let form = textForm(of: member.shape, in: outer), !form.isObject else { return nil }
                depth = max(depth, form.depth)
                expressions.append("\(member.name.literal): \(form.expression)")
            }
            var others = "nil"
            if let additional = structure.additional {
                guard let form = textForm(of: additional, in: outer), !form.isObject else { return nil }
                depth = max(depth, form.depth)
                others = form.expression
            }
            return TextFormPlan(
                expression:
                    ".object([\(expressions.isEmpty ? ":" : expressions.joined(separator: ", "))], others: \(others))",
                depth: depth + 1, isObject: true, refusesOthers: structure.refusesUnknownMembers,
                memberNames: structure.members.map(\.name))
        }
    }
}

struct TextFormPlan {
    var expression: String
    /// 0 for scalars, 1 for what has scalars as elements or members.
    var depth: Int
    var isObject = false
    /// Whether members that are not named are to be refused, so that they have to be read.
    var refusesOthers = false
    var memberNames: [String] = []

    /// The expression for where all names are those of members.
    var closedExpression: String {
        guard refusesOthers else { return expression }
        return expression.replacing("others: nil)", with: "others: .any)")
    }
}

extension ParameterPlan {
    private var isExplodedObject: Bool {
        guard case .form(let form) = reading else { return false }
        return form.hasPrefix(".object") && style == "form" && explode
    }

    /// Whether it is an object with members of any name.
    fileprivate var takesEveryName: Bool {
        guard case .form(let form) = reading else { return false }
        return isExplodedObject && !form.hasSuffix("others: nil)")
    }

    /// The names of the query that are its own.
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
