public import HTTPTypes

/// The operations of a contract. A transport serves requests through it.
public struct APIService: Sendable {
    private let router: Router

    /// Creates a service from the routes of its operations.
    public init(_ routes: [Route]) {
        router = Router(routes)
    }

    /// The decision on a request, made only from its method and path.
    public enum Decision: Sendable {
        /// The operation of the route responds. It needs the body if the route's `readsBody` is true.
        case operation(Route, pathValues: [String])
        /// The request matches no operation; this is the response.
        case answer(APIResponse)
    }

    /// Finds the operation for a request.
    ///
    /// - Parameters:
    ///   - path: the path as received, percent-encoded, without the query.
    ///   - query: the text after the question mark, as received.
    public func decide(method: HTTPRequest.Method, path: String, query: String?) -> Decision {
        switch router.match(method: method, path: path) {
        case .route(let route, let pathValues):
            return .operation(route, pathValues: pathValues)
        case .methodNotAllowed(let allowed):
            var answer = detail(.methodNotAllowed, "Method Not Allowed")
            answer.headerFields[.allow] = allowed.joined(separator: ", ")
            return .answer(answer)
        case .trailingSlash(let path):
            let location = query.map { "\(path)?\($0)" } ?? path
            return .answer(APIResponse(status: .temporaryRedirect, headerFields: [.location: location]))
        case .notFound:
            return .answer(detail(.notFound, "Not Found"))
        }
    }

    private func detail(_ status: HTTPResponse.Status, _ text: StaticString) -> APIResponse {
        APIResponse(status: status, contentType: "application/json", body: Array(#"{"detail":"\#(text)"}"#.utf8))
    }
}
