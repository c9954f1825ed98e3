import ContractDocument

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

        /// Whether the body is read as it arrives.
        var isStreamed: Bool { contents.contains(where: \.isStreamed) }
    }

    /// The name of the function: `renameSetting`.
    var methodName: String
    /// The name of the namespace: `RenameSetting`.
    var typeName: String
    var operationID: String
    /// The HTTP method, as requests have it.
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
    /// The required credentials; `nil` if the operation requires none.
    var security: OperationSecurityPlan?
    /// The servers of the operation; empty if they are the document's.
    var servers: [ServerPlan] = []
    /// The body of the response 415, if the contract declares it.
    var unsupportedMediaType: RefusalBody?
    /// The body of the response 406, if the contract declares it.
    var notAcceptable: RefusalBody?

    /// The path parameters, in the order of the path.
    var pathParameters: [ParameterPlan] {
        get {
            path.flatMap { segment -> [ParameterPlan] in
                switch segment {
                case .literal: []
                case .parameter(let parameter): [parameter]
                case .composite(let pieces):
                    pieces.compactMap { if case .parameter(let parameter) = $0 { parameter } else { nil } }
                }
            }
        }
        set {
            var next = newValue.makeIterator()
            path = path.map { segment in
                switch segment {
                case .literal: segment
                case .parameter(let parameter): .parameter(next.next() ?? parameter)
                case .composite(let pieces):
                    .composite(
                        pieces.map { piece in
                            if case .parameter(let parameter) = piece {
                                .parameter(next.next() ?? parameter)
                            } else {
                                piece
                            }
                        })
                }
            }
        }
    }

    /// The media types of all responses, those of successes first.
    var responseMediaTypes: [String] {
        var types: [String] = []
        for content in (outputs.filter(\.isSuccess) + outputs.filter { !$0.isSuccess }).flatMap(\.contents)
        where !types.contains(content.mediaType) { types.append(content.mediaType) }
        return types
    }

    /// Whether a response has several media types, so that the handler must choose one.
    var choosesMediaType: Bool { outputs.contains { $0.contents.count > 1 } }
}

struct ParameterPlan {
    enum Reading: Equatable {
        /// A scalar as its text.
        case text
        /// An array of scalars in the query, in the style `form`.
        case list
        /// Other values.
        case form(TextForm)
        /// A value as JSON.
        case json
    }

    var member: Member
    var location: Parameter.Location
    var style: String
    /// Whether each element or member is a separate pair.
    var explode: Bool
    var reading = Reading.text
    var allowsReserved = false
    /// Whether an empty text means that the value is absent.
    var allowsEmpty = false
    /// The members of the object with declared names.
    var memberNames: [String] = []
    /// The names of other query parameters, if this parameter takes all names.
    var otherNames: [String] = []
}

/// A form of a request body.
struct BodyPlan: MediaTypeForm {
    enum Kind {
        case json(Shape)
        case text(Shape)
        case bytes
        /// `application/x-www-form-urlencoded`. `places` are the members that are not written in the usual way.
        case form(Shape, form: TextForm, places: [FormPlace])
        case multipart(MultipartPlan)
        /// Parts with any names.
        case freeMultipart
        /// Bytes as they arrive.
        case byteStream
        /// Parts as they arrive.
        case multipartStream
    }

    /// Whether the body is read as it arrives.
    var isStreamed: Bool {
        switch kind {
        case .byteStream, .multipartStream: true
        default: false
        }
    }

    /// The media type, as in the document.
    var mediaType: String
    /// Whether another form differs only in the parameters of its media type.
    var needsParameters = false
    var caseName: String
    var kind: Kind
}

/// The parts of a `multipart/form-data` body.
struct MultipartPlan {
    struct Part {
        enum Kind {
            case text(form: TextForm)
            case json(isArray: Bool)
            case file
            case files(minItems: Int, maxItems: Int?, uniqueItems: Bool)
        }

        /// The member. Its shape has no meaning for files.
        var member: Member
        var kind: Kind
        /// The allowed media types.
        var contentTypes: [String]
    }

    /// The name of the type: `Body`.
    var typeName: String
    var documentation: String?
    var parts: [Part]
    var refusesUnknownParts: Bool
}

/// A declared response of an operation.
struct OutputPlan {
    enum Payload {
        /// The response has neither a body nor headers.
        case none
        /// The type is declared in `Responses`.
        case shared(ResponsePlan)
        /// The type is declared in the operation's namespace.
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
    struct Content: MediaTypeForm {
        enum Kind {
            case json(Shape)
            case text(Shape)
            case bytes
            /// Events whose data is text or, if there is a shape, JSON.
            case events(Shape?)
        }

        /// The media type, as in the document.
        var mediaType: String
        /// Whether another form differs only in the parameters of its media type.
        var needsParameters = false
        var caseName: String
        var kind: Kind
    }

    struct Header {
        enum Reading: Equatable {
            case text
            case form(TextForm)
            case json
        }

        var member: Member
        var explode: Bool
        var reading: Reading
    }

    /// The name of the payload's type: `NotFound`.
    var typeName: String
    var documentation: String?
    var contents: [Content]
    var headers: [Header]
}

/// A form of a request or response body.
protocol MediaTypeForm {
    /// The media type, as in the document.
    var mediaType: String { get }
    /// Whether another form differs only in the parameters of its media type.
    var needsParameters: Bool { get }
}

extension MediaTypeForm {
    /// The media type that generated code compares with that of a message.
    var typeName: String {
        let name = MediaTypeName(mediaType)
        return needsParameters ? name.full : name.essence
    }

    /// The content type that generated code sends.
    var sentType: String {
        let name = MediaTypeName(mediaType)
        return needsParameters ? name.full : name.sent
    }
}
