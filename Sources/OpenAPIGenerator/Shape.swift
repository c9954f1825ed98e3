import JSONSchema
import OpenAPIDocument
import YAML

/// The form of a value, where it stands, with the constraints it has there.
indirect enum Shape: Equatable {
    case any
    case boolean
    case integer(IntegerConstraints)
    case number(NumberConstraints)
    case string(StringConstraints)
    case constant(String)
    case array(Shape, minItems: Int, maxItems: Int?, uniqueItems: Bool)
    case map(Shape, names: Int?, minProperties: Int, maxProperties: Int?)
    case named(String)
    case nullable(Shape)
    /// A value that is held against a schema besides: the validator of this number.
    case validated(Shape, Int)

    /// The Swift type of such a value.
    var swiftType: String {
        switch self {
        case .any: "JSONValue"
        case .boolean: "Bool"
        case .integer: "Int"
        case .number: "Double"
        case .string(let constraints): constraints.type ?? "String"
        case .constant: "String"
        case .array(let element, _, _, _): "[\(element.swiftType)]"
        case .map(let value, _, _, _): "OrderedDictionary<String, \(value.swiftType)>"
        case .named(let name): "Schemas.\(name)"
        case .nullable(let value): "\(value.swiftType)?"
        case .validated(let shape, _): shape.swiftType
        }
    }

    /// The shape without what is checked on the JSON value.
    var unvalidated: Shape {
        if case .validated(let shape, _) = self { shape.unvalidated } else { self }
    }

    var isNullable: Bool {
        if case .nullable = unvalidated { true } else { false }
    }

    /// The shape of the values other than `null`.
    var nonNull: Shape {
        switch self {
        case .nullable(let wrapped): wrapped.nonNull
        case .validated(let shape, let validator) where shape.isNullable: .validated(shape.nonNull, validator)
        default: self
        }
    }
}

struct IntegerConstraints: Equatable {
    var minimum: Int?
    var maximum: Int?
    var multipleOf: Int?
}

/// Bounds as literals of Swift.
struct NumberConstraints: Equatable {
    var minimum: String?
    var maximum: String?
    var exclusiveMinimum: String?
    var exclusiveMaximum: String?
}

struct StringConstraints: Equatable {
    /// The number of a regular expression.
    var pattern: Int?
    var minLength = 0
    var maxLength: Int?
    var format: StringFormat?
    /// The type of the runtime that has this format, if it is not to be a string.
    var type: String?
}

/// A type to be declared in `Schemas`.
struct NamedType {
    enum Definition {
        case structure(Structure)
        case enumeration(cases: [(name: String, value: String)])
        case integerEnumeration(cases: [(name: String, value: Int)])
        case union(Union)
        case tuple(Tuple)
        /// A type that contains itself, and is neither an object nor a union.
        case wrapper(Shape)
    }

    var name: String
    /// The name it would have if others did not have it already.
    var stem: String
    /// The name that others know it by, of which they are warned.
    var deprecatedName: String?
    var documentation: String?
    /// Where its schema stands.
    var position: SourcePosition
    var definition: Definition
    /// The validator that its values are held against besides.
    var validator: Int?
    /// Whether it is an enum that contains itself.
    var isIndirect = false

    /// Whether its decoder is generated, so that it can hold values against a validator.
    var canValidate: Bool {
        switch definition {
        case .structure, .union, .tuple: true
        case .enumeration, .integerEnumeration, .wrapper: false
        }
    }
}

struct Structure {
    var members: [Member]
    /// Sets of optional members, one of which has to be there completely; empty if there is no such condition.
    var choices: [[Member]] = []
    var refusesUnknownMembers = false
    /// The shape of the members that are kept besides; `nil` if they are ignored.
    var additional: Shape?
}

/// An array whose elements have schemas of their own, by their positions: `prefixItems`.
struct Tuple {
    /// Those with schemas of their own; required ones come first.
    var elements: [Member]
    /// The shape of the elements after these; `nil` if there may be none.
    var rest: Shape?
    /// Whether each of those is a problem of its own.
    var refusesOthers: Bool
    var minItems: Int
    var maxItems: Int?
}

/// A member of an object.
struct Member {
    enum Direction: String {
        case request, response

        var other: Self { self == .request ? .response : .request }
    }

    /// The name in JSON.
    var name: String
    var swiftName: String
    var documentation: String?
    var isDeprecated: Bool
    var shape: Shape
    var isRequired: Bool
    /// A Swift expression for the value of an absent member.
    var defaultValue: String?
    /// The messages it is in, if not in all of them: it is ignored in others.
    var direction: Direction?
    /// Whether it is required in messages of its direction.
    var isRequiredInDirection = false
    /// Whether it contains the type it is a member of.
    var isIndirect = false

    /// Whether the Swift property is optional because the member may be absent.
    var mayBeAbsent: Bool { !isRequired && defaultValue == nil }

    /// A nullable member that may be absent is one optional: `null` says no more than absence.
    var swiftType: String {
        if shape.isNullable { return shape.swiftType }
        return mayBeAbsent ? shape.swiftType + "?" : shape.swiftType
    }
}

/// What `oneOf`, `anyOf` and several types become.
struct Union {
    enum Selection: Equatable {
        /// By the mark that a value bears.
        case mark
        /// By the value of a member.
        case discriminator(String)
        /// The first alternative that a value is valid against; without one, the problems are those of the mark it bears.
        case first
        /// The only alternative that a value is valid against, of those whose marks it bears.
        case only
    }

    var alternatives: [Alternative]
    var selection: Selection

    /// The numbers of alternatives in the order in which their marks are to be tested: an integer before numbers, an object without a
    /// mark last.
    var testingOrder: [Int] {
        func rank(_ alternative: Alternative) -> Int {
            switch alternative.mark {
            case .types(let types), .memberTypes(_, let types): types.contains(.number) ? 1 : 0
            case .otherObject: 2
            case .constant, .member, nil: 0
            }
        }
        return alternatives.indices.sorted { (rank(alternatives[$0]), $0) < (rank(alternatives[$1]), $1) }
    }
}

/// One of the forms of a union, with what tells it from the others.
struct Alternative {
    enum Mark: Equatable {
        /// A value of one of these types.
        case types([JSONType])
        /// An object with this member of one of these values.
        case constant(member: String, values: [String])
        /// An object with this member.
        case member(String)
        /// An object with this member of one of these types.
        case memberTypes(String, [JSONType])
        /// An object without the marks of others.
        case otherObject
    }

    var caseName: String
    var shape: Shape
    var mark: Mark?
    /// The numbers of other alternatives that a value with this mark may be valid against, whose marks are to be looked for too.
    var rivals: [Int] = []
}
