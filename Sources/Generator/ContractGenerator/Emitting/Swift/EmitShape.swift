// Expressions that decode and encode a value of a shape.

extension Shape {
    /// A Swift expression that decodes the value from `json`, without `try`.
    var jsonDecoding: String {
        switch self {
        case .array(let element, let minItems, let maxItems, let uniqueItems):
            var arguments = "from: &json, problems: &problems"
            if minItems > 0 { arguments += ", minItems: \(minItems)" }
            if let maxItems { arguments += ", maxItems: \(maxItems)" }
            if uniqueItems { arguments += ", uniqueItems: true" }
            return "ContractRuntime.decodeArray(\(arguments)) \(element.jsonDecodingClosure)"
        case .map(let value, let names, let minProperties, let maxProperties):
            var arguments = "from: &json, problems: &problems"
            if let names { arguments += ", names: Patterns.pattern\(names)" }
            if minProperties > 0 { arguments += ", minProperties: \(minProperties)" }
            if let maxProperties { arguments += ", maxProperties: \(maxProperties)" }
            return "ContractRuntime.decodeObject(\(arguments)) \(value.jsonDecodingClosure)"
        case .nullable(let value):
            return "ContractRuntime.decodeNullable(from: &json, problems: &problems) \(value.jsonDecodingClosure)"
        case .constant(let text):
            return "String.decode(from: &json, problems: &problems, constant: \(text.literal))"
        case .validated(let value, let validator):
            return
                "ContractRuntime.decodeValidated(from: &json, problems: &problems, Validators.schema\(validator)) \(value.jsonDecodingClosure)"
        default:
            return "\(swiftType).decode(from: &json, problems: &problems\(constraints))"
        }
    }

    /// A Swift expression that decodes a nullable value and keeps whether it is `null`, without `try`.
    var presenceDecoding: String {
        if case .validated(let shape, let validator) = self {
            let decoding = shape.presenceDecoding.indentedAfterFirstLine
            return """
                ContractRuntime.decodeValidated(from: &json, problems: &problems, Validators.schema\(validator)) { json, problems throws(ContractRuntime.JSONError) in
                    try \(decoding)
                } ?? .absent
                """
        }
        return "ContractRuntime.decodePresence(from: &json, problems: &problems) \(nonNull.jsonDecodingClosure)"
    }

    private var jsonDecodingClosure: String {
        """
        { json, problems throws(ContractRuntime.JSONError) in
            try \(jsonDecoding.indentedAfterFirstLine)
        }
        """
    }

    /// The shape of a value that is written as a text. A text is never `null`.
    var ofText: Shape {
        switch self {
        case .nullable(let wrapped): wrapped.ofText
        case .validated(let shape, let validator): .validated(shape.ofText, validator)
        case .array(let element, let minItems, let maxItems, let uniqueItems):
            .array(element.ofText, minItems: minItems, maxItems: maxItems, uniqueItems: uniqueItems)
        default: self
        }
    }

    /// A Swift expression that decodes the value from the parameter text `text`.
    ///
    /// - Parameter problems: the variable for the problems.
    func textDecoding(_ problems: String = "problems") -> String {
        switch self {
        case .nullable(let value): value.textDecoding(problems)
        case .constant(let text): "String.decode(text: text, problems: &\(problems), constant: \(text.literal))"
        case .validated(let value, let validator):
            "ContractRuntime.decodeValidated(text: text, problems: &\(problems), Validators.schema\(validator), value: { text, problems in \(value.textDecoding()) })"
        default: "\(swiftType).decode(text: text, problems: &\(problems)\(constraints))"
        }
    }

    /// The constraints of a scalar, as arguments of a call.
    private var constraints: String {
        var arguments = ""
        switch self {
        case .integer(let constraints):
            if let minimum = constraints.minimum { arguments += ", minimum: \(minimum)" }
            if let maximum = constraints.maximum { arguments += ", maximum: \(maximum)" }
            if let divisor = constraints.multipleOf { arguments += ", multipleOf: \(divisor)" }
        case .unsigned(let constraints):
            if let minimum = constraints.minimum { arguments += ", minimum: \(minimum)" }
            if let maximum = constraints.maximum { arguments += ", maximum: \(maximum)" }
            if let divisor = constraints.multipleOf { arguments += ", multipleOf: \(divisor)" }
        case .number(let constraints):
            if let minimum = constraints.minimum { arguments += ", minimum: \(minimum)" }
            if let maximum = constraints.maximum { arguments += ", maximum: \(maximum)" }
            if let minimum = constraints.exclusiveMinimum { arguments += ", exclusiveMinimum: \(minimum)" }
            if let maximum = constraints.exclusiveMaximum { arguments += ", exclusiveMaximum: \(maximum)" }
        case .string(let constraints):
            if let pattern = constraints.pattern { arguments += ", pattern: Patterns.pattern\(pattern)" }
            if constraints.minLength > 0 { arguments += ", minLength: \(constraints.minLength)" }
            if let maxLength = constraints.maxLength { arguments += ", maxLength: \(maxLength)" }
            if let format = constraints.format, constraints.parsedFormat == nil { arguments += ", format: .\(format)" }
        default: break
        }
        return arguments
    }

    /// Statements that encode `value`, an expression of the shape's type, to `json`.
    func jsonEncoding(_ value: String) -> String {
        switch self {
        case .string(let constraints) where constraints.parsedFormat != nil: "\(value).encode(to: &json)"
        case .any, .boolean, .integer, .unsigned, .number, .string, .constant: "json.write(\(value))"
        case .named: "\(value).encode(to: &json)"
        case .array(let element, _, _, _): "json.array(\(value)) { json, value in \(element.jsonEncoding("value")) }"
        case .map(let member, _, _, _): "json.object(\(value)) { json, value in \(member.jsonEncoding("value")) }"
        case .nullable(let wrapped):
            "if let value = \(value) { \(wrapped.jsonEncoding("value")) } else { json.writeNull() }"
        case .validated(let shape, _): shape.jsonEncoding(value)
        }
    }

    /// An expression for `value` as the text of a header or parameter.
    func textEncoding(_ value: String) -> String {
        switch self {
        case .named: "\(value).parameterText"
        case .string(let constraints): constraints.parsedFormat == nil ? value : "\(value).text"
        case .constant: value
        case .validated(let shape, _): shape.textEncoding(value)
        case .nullable(let wrapped): wrapped.textEncoding(value)
        default: "String(\(value))"
        }
    }
}

extension String {
    /// The text with all lines except the first indented by one more step.
    fileprivate var indentedAfterFirstLine: String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n    ")
    }
}
