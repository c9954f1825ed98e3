import ContractDocument
import ContractSchema
import Diagnostics

/// The form of a value at its position in the document, with its constraints.
indirect enum Shape: Equatable {
    case any
    case boolean
    case integer(IntegerConstraints)
    case unsigned(UnsignedConstraints)
    case number(NumberConstraints)
    case string(StringConstraints)
    case constant(String)
    case array(Shape, minItems: Int, maxItems: Int?, uniqueItems: Bool)
    case map(Shape, names: Int?, minProperties: Int, maxProperties: Int?)
    case named(String)
    case nullable(Shape)
    /// A value that the validator with this index checks, too.
    case validated(Shape, Int)

    /// The shape without its validator.
    var unvalidated: Shape {
        if case .validated(let shape, _) = self { shape.unvalidated } else { self }
    }

    /// Whether the value is a string in generated code, too.
    var isString: Bool {
        switch unvalidated {
        case .string(let constraints): constraints.parsedFormat == nil
        case .constant: true
        default: false
        }
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

/// Constraints of integers that can be greater than `Int.max`.
struct UnsignedConstraints: Equatable {
    var minimum: UInt64?
    var maximum: UInt64?
    var multipleOf: UInt64?
}

/// Bounds, as the document writes them.
struct NumberConstraints: Equatable {
    var minimum: String?
    var maximum: String?
    var exclusiveMinimum: String?
    var exclusiveMaximum: String?
}

struct StringConstraints: Equatable {
    /// The index of a regular expression.
    var pattern: Int?
    var minLength = 0
    var maxLength: Int?
    var format: StringFormat?
    /// The format whose type the runtime has; `nil` if the value is a string in generated code, too.
    var parsedFormat: Configuration.Format?
}

/// A type that is declared in `Schemas`.
struct NamedType {
    enum Definition {
        case structure(Structure)
        case enumeration(cases: [(name: String, value: String)])
        case integerEnumeration(cases: [(name: String, value: Int)])
        case union(Union)
        case tuple(Tuple)
        /// A type that contains itself, but is neither an object nor a union.
        case wrapper(Shape)
    }

    var name: String
    /// The public name, whose use gives a warning, if the component is deprecated.
    var deprecatedName: String?
    var documentation: String?
    /// The position of the type's schema.
    var position: SourcePosition
    var definition: Definition
    /// The index of the validator that checks the type's values, too.
    var validator: Int?
    /// Whether it is an enumeration that contains itself.
    var isIndirect = false

    /// Whether its decoder is generated, so that it can call a validator.
    var canValidate: Bool {
        switch definition {
        case .structure, .union, .tuple: true
        case .enumeration, .integerEnumeration, .wrapper: false
        }
    }
}

struct Structure {
    var members: [Member]
    /// Sets of optional members, of which one must be present completely; empty if there is no such condition.
    var choices: [[Member]] = []
    var refusesUnknownMembers = false
    /// The shape of additional members, which the type keeps; `nil` if it ignores them.
    var additional: Shape?
}

/// An array whose first elements have schemas of their own (`prefixItems`).
struct Tuple {
    /// The elements with schemas of their own; required ones come first.
    var elements: [Member]
    /// The shape of all other elements; `nil` if the array has no others.
    var rest: Shape?
    /// Whether each further element is a separate problem.
    var refusesOthers: Bool
    var minItems: Int
    var maxItems: Int?
}

/// The type for `oneOf`, `anyOf` or several types.
struct Union {
    enum Selection: Equatable {
        /// The discriminant of the value identifies the alternative.
        case discriminant
        /// The value of a member identifies the alternative.
        case discriminator(String)
        /// The first alternative that the value is valid against. If no alternative fits, the reported problems are those of
        /// the alternative whose discriminant the value has.
        case first
        /// All alternatives that the value is valid against, as properties. If no alternative fits, the reported problems are
        /// those of the alternative whose discriminant the value has.
        case every
        /// The only alternative that the value is valid against, of those whose discriminants it has.
        case only
    }

    var alternatives: [Alternative]
    var selection: Selection
    /// The index of the alternative for values that the discriminator does not identify.
    var fallback: Int?

    /// The indices of the alternatives in the order in which their discriminants are tested: integers before numbers, and
    /// objects without a discriminant last.
    var testingOrder: [Int] {
        func rank(_ alternative: Alternative) -> Int {
            switch alternative.discriminant {
            case .types(let types), .memberTypes(_, let types): types.contains(.number) ? 1 : 0
            case .otherObject: 2
            case .constant, .member, nil: 0
            }
        }
        return alternatives.indices.sorted { (rank(alternatives[$0]), $0) < (rank(alternatives[$1]), $1) }
    }
}

/// An alternative of a union, with the discriminant that distinguishes it from others.
struct Alternative {
    enum Discriminant: Equatable {
        /// A value of one of these types.
        case types([JSONType])
        /// An object in which this member has one of these values.
        case constant(member: String, values: [String])
        /// An object that has this member.
        case member(String)
        /// An object in which this member has one of these types.
        case memberTypes(String, [JSONType])
        /// An object without the discriminants of the other alternatives.
        case otherObject
    }

    var caseName: String
    var shape: Shape
    var discriminant: Discriminant?
    /// The indices of other alternatives that a value with this discriminant may also be valid against. Their discriminants must be
    /// tested, too.
    var overlaps: [Int] = []
}
