// Types and values of the plan, as Swift.

extension Shape {
    /// The Swift type of the value.
    var swiftType: String {
        switch self {
        case .any: "ContractRuntime.JSONValue"
        case .boolean: "Bool"
        case .integer: "Int"
        case .unsigned: "UInt64"
        case .number: "Double"
        case .string(let constraints): constraints.parsedFormat?.swiftType ?? "String"
        case .constant: "String"
        case .array(let element, _, _, _): "[\(element.swiftType)]"
        case .map(let value, _, _, _): "ContractRuntime.OrderedDictionary<String, \(value.swiftType)>"
        case .named(let name): "Schemas.\(name)"
        case .nullable(let value): "\(value.swiftType)?"
        case .validated(let shape, _): shape.swiftType
        }
    }
}

extension Configuration.Format {
    /// The type of the runtime. It is qualified, so that a type of the document cannot hide it.
    fileprivate var swiftType: String {
        switch self {
        case .date: "ContractRuntime.CalendarDate"
        case .dateTime: "ContractRuntime.DateTime"
        }
    }
}

extension Member {
    /// The type of the property. If a nullable member may be absent, the type is still a single optional.
    var swiftType: String {
        if shape.isNullable { return shape.swiftType }
        return mayBeAbsent && defaultValue == nil ? shape.swiftType + "?" : shape.swiftType
    }

    /// The type of the property that stores the value.
    var storedType: String {
        guard isGivenApart else { return swiftType }
        let type = shape.nonNull.swiftType
        return tellsNull ? "ContractRuntime.Presence<\(type)>" : type + "?"
    }

    /// The name as an argument label, where Swift reserves almost no words.
    var argumentLabel: String { swiftName.withoutBackticks }
}

extension DefaultValue {
    /// An expression for the value.
    var swift: String {
        switch self {
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        case .number(let text): text
        case .string(let text): text.literal
        case .array(let elements): "[" + elements.map(\.swift).joined(separator: ", ") + "]"
        case .emptyMap: "[:]"
        case .enumeration(let type, let name): "Schemas.\(type).\(name)"
        case .stored(let index): "Defaults.value\(index)"
        }
    }
}

extension RefusalBody {
    /// An expression for the case of the runtime's enumeration.
    var swift: String {
        switch self {
        case .empty: ".empty"
        case .text: ".text"
        case .problem: ".problem"
        case .json(let member, let contentType):
            ".json(member: \(member.literal), contentType: \(contentType.literal))"
        }
    }
}
