import OpenAPIDocument

struct OperationPlan {
    enum PathSegment {
        case literal(String)
        case parameter(ParameterPlan)
        case composite([PathPiece])
    }

    enum PathPiece {
        case literal(String)
        case parameter(ParameterPlan)
    }

    struct Body {
        /// In the document's order.
        var contents: [BodyPlan]
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
    var cookies: [ParameterPlan]
    var body: Body?
    var outputs: [OutputPlan]
    /// `nil` if anybody may call it, whoever they are.
    var security: OperationSecurityPlan?
    /// Its own, if it is not where the document says.
    var servers: [Server] = []
    /// The body of the answer 415, a Swift expression, if that is declared.
    var unsupportedMediaType: String?
    /// The body of the answer 406, a Swift expression, if that is declared.
    var notAcceptable: String?

    var pathParameters: [ParameterPlan] {
        path.flatMap { segment -> [ParameterPlan] in
            switch segment {
            case .literal: []
            case .parameter(let parameter): [parameter]
            case .composite(let pieces):
                pieces.compactMap { if case .parameter(let parameter) = $0 { parameter } else { nil } }
            }
        }
    }

    /// The media types of all responses, those of success first.
    var responseMediaTypes: [String] {
        var types: [String] = []
        for content in (outputs.filter(\.isSuccess) + outputs.filter { !$0.isSuccess }).flatMap(\.contents)
        where !types.contains(content.mediaType) { types.append(content.mediaType) }
        return types
    }

    /// Whether a handler has a choice of media types for some response.
    var choosesMediaType: Bool { outputs.contains { $0.contents.count > 1 } }
}

struct ParameterPlan {
    enum Reading: Equatable {
        /// A scalar, as its text.
        case text
        /// An array of scalars in the query, in style `form`.
        case list
        /// Anything else by an expression of `TextForm`.
        case form(String)
        /// JSON.
        case json
    }

    var member: Member
    var location: Parameter.Location
    var style: String
    /// An element or member a pair instead of all in one.
    var explode: Bool
    var reading = Reading.text
    var allowsReserved = false
    /// Whether the empty text counts as an absent value.
    var allowsEmpty = false
    /// Those of its members that have names of their own.
    var memberNames: [String] = []
    /// The names of the query that are those of other parameters, if this one takes every name.
    var otherNames: [String] = []
}

/// One of the forms of a request's body.
struct BodyPlan {
    enum Kind {
        case json(Shape)
        case text(Shape)
        case bytes
        /// `application/x-www-form-urlencoded`, by expressions of a `TextForm` and of the places of members that are not
        /// written in the usual way.
        case form(Shape, form: String, places: [String])
        case multipart(MultipartPlan)
    }

    /// As the document has it.
    var mediaType: String
    var caseName: String
    var kind: Kind
}

/// The parts of a body of `multipart/form-data`.
struct MultipartPlan {
    struct Part {
        enum Kind {
            /// An expression of `TextForm`.
            case text(form: String)
            case json(isArray: Bool)
            case file
            case files(minItems: Int, maxItems: Int?, uniqueItems: Bool)
        }

        /// For files, its shape says nothing.
        var member: Member
        var kind: Kind
        /// Those that are admitted.
        var contentTypes: [String]
    }

    /// `Body`
    var typeName: String
    var documentation: String?
    var parts: [Part]
    var refusesUnknownParts: Bool
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

    var status: ResponseStatus
    var caseName: String
    var documentation: String?
    var payload: Payload

    var contents: [ResponsePlan.Content] { payload.response?.contents ?? [] }

    var isSuccess: Bool {
        switch status {
        case .code(let code): 200...299 ~= code
        case .range(let digit): digit == 2
        case .default: false
        }
    }
}

/// The body and the headers of a response.
struct ResponsePlan {
    struct Content {
        enum Kind {
            case json(Shape)
            case text(Shape)
            case bytes
            /// Events whose data is text, or JSON of a shape.
            case events(Shape?)
        }

        /// As the document has it.
        var mediaType: String
        var caseName: String
        var kind: Kind
    }

    struct Header {
        enum Reading: Equatable {
            case text
            /// By an expression of `TextForm`.
            case form(String)
            case json
        }

        var member: Member
        var explode: Bool
        var reading: Reading
    }

    /// The payload's type: `NotFound`.
    var typeName: String
    var documentation: String?
    var contents: [Content]
    var headers: [Header]
}
