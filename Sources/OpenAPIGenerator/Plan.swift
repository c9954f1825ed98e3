import JSON
import JSONSchema
import YAML

/// What is to be emitted, every name settled and every constraint known: the step between a document and Swift.
struct Plan {
    var configuration = Configuration()
    var title: String
    var types: [NamedType] = []
    /// Regular expressions of the contract, each once; the position is the name's number.
    var patterns: [String] = []
    /// Schemas that JSON values are held against where Swift's types do not say enough; the position is the name's number.
    var validators: [JSONValue] = []
    /// The components that these refer to.
    var validatedComponents: [(name: String, schema: JSONValue)] = []
    /// Default values that are no literals of Swift; the position is the name's number.
    var defaults: [(shape: Shape, value: JSONValue)] = []
    var responses: [ResponsePlan] = []
    /// In what ways callers can show who they are.
    var credentials: [CredentialsPlan] = []
    var tags: [TagPlan] = []

    var operations: [OperationPlan] { tags.flatMap(\.operations) }
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
