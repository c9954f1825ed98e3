public import ContractYAML
public import Diagnostics
public import OrderedCollections

/// An OpenAPI document of version 3.0, 3.1 or 3.2. Each part that can be wrong has a position.
public struct Document: Sendable {
    /// The path of the document, as in diagnostics.
    public var file: String
    /// The root of the document's nodes. Targets of references to other files are among its components.
    public var root: YAMLNode
    /// Whether no reference leads to another file.
    public var isInOneFile: Bool
    /// The version of the OpenAPI specification.
    public var version: Version
    /// The title and version of the API.
    public var info: Info
    /// In the file's order.
    public var tags: [Tag]
    /// The servers that the document declares for all operations.
    public var servers: [Server]
    /// All paths with their operations, in the file's order.
    public var pathItems: [PathItem]
    /// Errors for the generation of servers: paths that match the same requests as earlier paths.
    public var twinPaths: [Diagnostic]
    /// The labels of all operations, including those that are left out.
    public var labels: [OperationLabel]
    /// The schemas and security schemes that operations refer to.
    public var components: Components

    /// Versions of the specification that differ in meaning.
    public enum Version: Sendable {
        /// 3.0.x, whose schemas have their own dialect.
        case v3_0
        /// 3.1.x, whose schemas are JSON Schema 2020-12.
        case v3_1
        /// 3.2.x, which has more methods, streams of items, and `querystring` parameters.
        case v3_2
    }

    /// The description of the API (OpenAPI 3.1 §4.8.2).
    public struct Info: Sendable {
        /// The name of the API.
        public var title: String
        /// The version of the API, not of the specification.
        public var version: String
    }

    /// A declared tag (OpenAPI 3.1 §4.8.22).
    public struct Tag: Sendable {
        /// The name by which operations refer to the tag.
        public var name: String
        /// The description, in Markdown.
        public var description: String?
    }

    /// The shared objects that the generator uses (OpenAPI 3.1 §4.8.7).
    public struct Components: Sendable {
        /// By name, in the file's order. Targets of references that are not components come last, in the order of the
        /// references.
        public var schemas: OrderedDictionary<String, Schema>
        /// By name, in the file's order.
        public var securitySchemes: OrderedDictionary<String, SecurityScheme>
    }

    /// Creates a diagnostic about the document.
    public func diagnostic(_ severity: Diagnostic.Severity, _ message: String, at position: SourcePosition)
        -> Diagnostic
    {
        Diagnostic(severity, message, at: position)
    }
}

/// The operations of one path.
public struct PathItem: Sendable {
    /// `/settings/{name}`
    public var template: String
    /// The operations of the path, in the file's order.
    public var operations: [Operation]
    /// The position of the template.
    public var position: SourcePosition
}

/// A part of a path template between two slashes.
public enum PathSegment: Sendable, Hashable {
    /// A fixed text, as in the template.
    case literal(String)
    /// A parameter with its name.
    case parameter(String)
    /// Literals and parameters in turn: `report.{format}`.
    case composite([PathPiece])

    /// The names of the segment's parameters.
    public var parameters: [String] {
        switch self {
        case .literal: []
        case .parameter(let name): [name]
        case .composite(let pieces): pieces.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
        }
    }
}

/// A part of a path segment.
public enum PathPiece: Sendable, Hashable {
    /// A fixed text, as in the template.
    case literal(String)
    /// A parameter with its name.
    case parameter(String)
}

/// An operation (OpenAPI 3.1 §4.8.10).
public struct Operation: Sendable {
    /// The HTTP method of an operation.
    public struct Method: Sendable, Hashable {
        /// The name, as requests have it. Methods with members of their own in path items are in capital letters.
        public var name: String

        init(_ name: String) { self.name = name }

        /// The members of a path item that are operations, in every version of OpenAPI.
        static let members: Set<String> = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
    }

    /// `operationId`, which is unique in the document.
    public var id: String?
    /// The HTTP method.
    public var method: Method
    /// The segments of the path's template; none for `/`.
    public var path: [PathSegment]
    /// One line about the operation.
    public var summary: String?
    /// The description, in Markdown.
    public var description: String?
    /// The names of the operation's tags, in the file's order. They need not be declared.
    public var tags: [String]
    /// Whether clients should no longer use the operation.
    public var isDeprecated: Bool
    /// The parameters of the operation and of its path item. If both declare a parameter, the operation's declaration
    /// counts.
    public var parameters: [Parameter]
    /// The request body; `nil` if the operation takes none.
    public var requestBody: RequestBody?
    /// In the file's order.
    public var responses: [(status: ResponseStatus, response: Response)]
    /// The alternative security requirements, of which a request must satisfy one. If the operation has no `security`,
    /// these are the document's.
    public var security: [SecurityRequirement]
    /// The servers of the operation or of its path item; empty if they are the document's.
    public var servers: [Server]
    /// The position of the operation's method in the document.
    public var position: SourcePosition
}

/// The statuses that a response is declared for.
public enum ResponseStatus: Sendable, Hashable {
    /// One status code, such as 404.
    case code(Int)
    /// A range of a hundred statuses: `4XX` is `range(4)`.
    case range(Int)
    /// All statuses without a declaration of their own.
    case `default`
}

/// A parameter of an operation (OpenAPI 3.1 §4.8.12).
public struct Parameter: Sendable {
    /// The part of a request that has the parameter.
    public enum Location: String, Sendable, CaseIterable {
        case path, query, header, cookie
    }

    /// The media type of a `querystring` parameter, which is the one of URL-encoded forms.
    static let queryStringType = "application/x-www-form-urlencoded"

    /// The name. For header parameters, its case does not matter.
    public var name: String
    /// The part of a request that has the parameter.
    public var location: Location
    /// Whether every request must have the parameter. Path parameters always are required.
    public var isRequired: Bool
    /// Whether clients should no longer send the parameter.
    public var isDeprecated: Bool
    /// The description, in Markdown.
    public var description: String?
    /// The schema of the value; `nil` if the parameter has ``content``.
    public var schema: Schema?
    /// One media type if the parameter has no ``schema``, otherwise empty.
    public var content: [MediaType]
    /// The serialization, such as `form`; `nil` for the default of the location.
    public var style: String?
    /// Whether elements and members are separate parameters; `nil` for the default of the style.
    public var explode: Bool?
    /// Whether reserved characters of URLs need no percent-encoding (`allowReserved`).
    public var allowsReserved: Bool
    /// Whether the value may be empty (`allowEmptyValue`).
    public var allowsEmptyValue: Bool
    /// The position of the parameter object, which may be a component.
    public var position: SourcePosition
}

/// The body of a request (OpenAPI 3.1 §4.8.13).
public struct RequestBody: Sendable {
    /// The description, in Markdown.
    public var description: String?
    /// Whether every request must have a body.
    public var isRequired: Bool
    /// The alternative forms of the body, in the file's order.
    public var content: [MediaType]
}

/// A form of a body (OpenAPI 3.1 §4.8.14).
public struct MediaType: Sendable {
    /// The media type or a range of media types: `application/json`, `text/*`.
    public var name: String
    /// The schema of the content; `nil` if any content is allowed.
    public var schema: Schema?
    /// The schema of each item of a stream (OpenAPI 3.2 §4.14).
    public var itemSchema: Schema?
    /// The serialization of a form's members, by their names.
    public var encoding: OrderedDictionary<String, Encoding>
    /// The position of the name.
    public var position: SourcePosition
}

/// The serialization of one member of a form (OpenAPI 3.1 §4.8.15).
public struct Encoding: Sendable {
    /// Media types and ranges of media types.
    public var contentTypes: [String]
    /// Whether it declares headers for the part.
    public var hasHeaders: Bool
    /// The serialization, such as `form`; `nil` if the document does not set it.
    public var style: String?
    /// Whether elements are separate fields; `nil` if the document does not set it.
    public var explode: Bool?
    /// Whether reserved characters of URLs need no percent-encoding (`allowReserved`).
    public var allowsReserved: Bool
    /// The position of the encoding object.
    public var position: SourcePosition
}

/// A response (OpenAPI 3.1 §4.8.17).
public struct Response: Sendable {
    /// The name of the component, if the operation refers to one.
    public var componentName: String?
    /// The description, in Markdown.
    public var description: String?
    /// The headers, in the file's order, without `Content-Type`.
    public var headers: [Header]
    /// The alternative forms of the body, in the file's order; empty for a response without a body.
    public var content: [MediaType]
    /// The position of the response object, which may be a component.
    public var position: SourcePosition
}

/// A header of a response or of a part (OpenAPI 3.1 §4.8.21).
public struct Header: Sendable {
    /// The name of the field, whose case does not matter.
    public var name: String
    /// The description, in Markdown.
    public var description: String?
    /// Whether every response has the field.
    public var isRequired: Bool
    /// Whether clients should no longer use the field.
    public var isDeprecated: Bool
    /// The schema of the value; `nil` if the header has ``content``.
    public var schema: Schema?
    /// One media type if the header has no ``schema``, otherwise empty.
    public var content: [MediaType]
    /// Whether members of objects are written as `name=value`.
    public var explode: Bool
    /// The position of the header's name.
    public var position: SourcePosition
}

extension Document {
    /// The document as JSON. Members keep the file's order.
    public var json: String { root.jsonValue.text }
}
