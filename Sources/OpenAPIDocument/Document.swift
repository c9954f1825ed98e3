public import OrderedCollections
public import YAML

/// An OpenAPI document (3.0 or 3.1) with the place of everything that can be wrong.
public struct Document: Sendable {
    public var file: String
    /// The document as it was read, with what it refers to in other files among its components.
    public var root: YAMLNode
    public var isInOneFile: Bool
    public var version: Version
    public var info: Info
    /// In the file's order.
    public var tags: [Tag]
    public var servers: [Server]
    public var pathItems: [PathItem]
    public var components: Components

    /// The versions of the specification that are told apart.
    public enum Version: Sendable {
        case v3_0
        case v3_1
    }

    public struct Info: Sendable {
        public var title: String
        public var version: String
    }

    public struct Tag: Sendable {
        public var name: String
        public var description: String?
    }

    public struct Components: Sendable {
        /// By name, in the file's order; then what references lead to outside of the components, in the order of references.
        public var schemas: OrderedDictionary<String, Schema>
        /// By name, in the file's order.
        public var securitySchemes: OrderedDictionary<String, SecurityScheme>
    }

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
    public var operations: [Operation]
    public var position: SourcePosition
}

/// A part of a path template between two slashes.
public enum PathSegment: Sendable, Hashable {
    case literal(String)
    case parameter(String)
    /// Literals and parameters by turns: `report.{format}`.
    case composite([PathPiece])

    /// The names of its parameters.
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
    case literal(String)
    case parameter(String)
}

public struct Operation: Sendable {
    public enum Method: String, Sendable, CaseIterable {
        case get, put, post, delete, options, head, patch, trace
    }

    public var id: String?
    public var method: Method
    public var path: [PathSegment]
    public var summary: String?
    public var description: String?
    public var tags: [String]
    public var isDeprecated: Bool
    /// Those of the path item and the operation's own, which replace the former.
    public var parameters: [Parameter]
    public var requestBody: RequestBody?
    /// In the file's order.
    public var responses: [(status: ResponseStatus, response: Response)]
    /// What the operation asks of its callers, or the document for those operations that do not say: any of these.
    public var security: [SecurityRequirement]
    /// Where the operation is, or the path item it is in, if that is not where the document says; empty if it is.
    public var servers: [Server]
    public var position: SourcePosition
}

public enum ResponseStatus: Sendable, Hashable {
    case code(Int)
    /// `4XX` is the range of 4.
    case range(Int)
    case `default`
}

public struct Parameter: Sendable {
    public enum Location: String, Sendable, CaseIterable {
        case path, query, header, cookie
    }

    public var name: String
    public var location: Location
    public var isRequired: Bool
    public var isDeprecated: Bool
    public var description: String?
    public var schema: Schema?
    /// One media type, where there is no schema.
    public var content: [MediaType]
    public var style: String?
    public var explode: Bool?
    public var allowsReserved: Bool
    public var allowsEmptyValue: Bool
    public var position: SourcePosition
}

public struct RequestBody: Sendable {
    public var description: String?
    public var isRequired: Bool
    public var content: [MediaType]
}

public struct MediaType: Sendable {
    /// `application/json`
    public var name: String
    public var schema: Schema?
    /// How members of a form are written, by their names.
    public var encoding: OrderedDictionary<String, Encoding>
    public var position: SourcePosition
}

/// How a member of a form is written (OpenAPI 3.1 §4.8.15).
public struct Encoding: Sendable {
    /// Media types, or ranges of them.
    public var contentTypes: [String]
    public var style: String?
    public var explode: Bool?
    public var allowsReserved: Bool
    public var position: SourcePosition
}

public struct Response: Sendable {
    /// The name in `components`, if the response is there.
    public var componentName: String?
    public var description: String?
    public var headers: [Header]
    public var content: [MediaType]
    public var position: SourcePosition
}

public struct Header: Sendable {
    public var name: String
    public var description: String?
    public var isRequired: Bool
    public var isDeprecated: Bool
    public var schema: Schema?
    /// One media type, where there is no schema.
    public var content: [MediaType]
    public var explode: Bool
    public var position: SourcePosition
}
