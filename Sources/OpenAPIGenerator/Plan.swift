/// What is to be emitted, every name settled and every constraint known: the step between a document and Swift.
struct Plan {
    var configuration = Configuration()
    var title: String
    var types: [NamedType] = []
    /// Regular expressions of the contract, each once; the position is the name's number.
    var patterns: [String] = []
    var responses: [ResponsePlan] = []
    /// In what ways callers can show who they are.
    var credentials: [CredentialsPlan] = []
    var tags: [TagPlan] = []

    var operations: [OperationPlan] { tags.flatMap(\.operations) }
}

/// The form of a value, where it stands, with the constraints it has there.
indirect enum Shape: Equatable {
    case any
    case boolean
    case integer(minimum: Int?, maximum: Int?)
    case number(minimum: String?, maximum: String?)
    case string(pattern: Int?, minLength: Int, maxLength: Int?)
    case constant(String)
    case array(Shape, minItems: Int, maxItems: Int?, uniqueItems: Bool)
    case map(Shape, names: Int?, minProperties: Int, maxProperties: Int?)
    case named(String)
    case nullable(Shape)

    /// The Swift type of such a value.
    var swiftType: String {
        switch self {
        case .any: "JSONValue"
        case .boolean: "Bool"
        case .integer: "Int"
        case .number: "Double"
        case .string, .constant: "String"
        case .array(let element, _, _, _): "[\(element.swiftType)]"
        case .map(let value, _, _, _): "OrderedDictionary<String, \(value.swiftType)>"
        case .named(let name): "Schemas.\(name)"
        case .nullable(let value): "\(value.swiftType)?"
        }
    }
}

/// A type to be declared in `Schemas`.
struct NamedType {
    enum Definition {
        /// - Parameter choices: sets of optional members, one of which has to be there completely; empty if there is no such
        ///   condition.
        case structure(members: [Member], choices: [[Member]], refusesUnknownMembers: Bool)
        case enumeration(cases: [(name: String, value: String)])
        /// - Parameter triesAll: the first alternative that a value is valid against is taken (`anyOf`), instead of
        ///   the one whose mark it bears (`oneOf`).
        case union([Alternative], triesAll: Bool)
    }

    var name: String
    var documentation: String?
    var definition: Definition
}

/// A member of an object.
struct Member {
    /// The name in JSON.
    var name: String
    var swiftName: String
    var documentation: String?
    var isDeprecated: Bool
    var shape: Shape
    var isRequired: Bool
    /// A Swift expression for the value of an absent member.
    var defaultValue: String?

    /// Whether the Swift property is optional because the member may be absent.
    var mayBeAbsent: Bool { !isRequired && defaultValue == nil }

    /// A nullable member that may be absent is one optional: `null` says no more than absence.
    var swiftType: String {
        if case .nullable = shape { return shape.swiftType }
        return mayBeAbsent ? shape.swiftType + "?" : shape.swiftType
    }
}

/// One of the forms of a `oneOf`, with what tells it from the others.
struct Alternative {
    enum Mark: Equatable {
        /// A value of this kind of JSON: a case of `JSONKind`.
        case kind(String)
        /// An object with this member of this value.
        case constant(member: String, value: String)
        /// An object with this member.
        case member(String)
    }

    var caseName: String
    var shape: Shape
    var mark: Mark
}

struct TagPlan {
    /// `SettingsAPI`
    var protocolName: String
    /// `settings`
    var argumentName: String
    var documentation: String?
    var operations: [OperationPlan]
}

struct OperationPlan {
    enum PathSegment {
        case literal(String)
        case parameter(ParameterPlan)
    }

    struct Body {
        var shape: Shape
        var isRequired: Bool
        var documentation: String?
    }

    /// `renameSetting`
    var methodName: String
    /// `RenameSetting`
    var typeName: String
    var operationID: String
    /// The method in lower case, as the document has it.
    var method: String
    var template: String
    var path: [PathSegment]
    var documentation: String?
    var isDeprecated: Bool
    var query: [ParameterPlan]
    var headers: [ParameterPlan]
    var body: Body?
    var outputs: [OutputPlan]
    /// `nil` if anybody may call it, whoever they are.
    var security: OperationSecurityPlan?

    var pathParameters: [ParameterPlan] {
        path.compactMap { if case .parameter(let parameter) = $0 { parameter } else { nil } }
    }
}

struct ParameterPlan {
    var member: Member
    /// For arrays in the query: an element a pair instead of all in one.
    var explode: Bool
}

/// One declared response of an operation.
struct OutputPlan {
    enum Payload {
        /// Neither body nor headers.
        case none
        /// Declared in `Responses`.
        case shared(ResponsePlan)
        /// Declared in the operation's namespace.
        case own(ResponsePlan)

        var response: ResponsePlan? {
            switch self {
            case .none: nil
            case .shared(let response), .own(let response): response
            }
        }
    }

    var status: Int
    var caseName: String
    var documentation: String?
    var payload: Payload
}

/// The body and the headers of a response.
struct ResponsePlan {
    enum Content {
        case json(Shape)
        case plainText
    }

    /// The payload's type: `NotFound`.
    var typeName: String
    var documentation: String?
    var contents: [Content]
    var headers: [Member]
}
