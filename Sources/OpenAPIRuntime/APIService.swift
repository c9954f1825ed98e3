public import HTTPTypes

/// The operations of a contract behind one function: what a transport serves.
public struct APIService: Sendable {
    private let router: Router

    public init(_ routes: [Route]) {
        router = Router(routes)
    }

    /// What is to be done with a request, decided by method and path alone.
    public enum Decision: Sendable {
        /// An operation answers; it wants the body if `readsBody` is set.
        case operation(Route, pathValues: [String])
        /// No operation is asked for, and this is the answer.
        case answer(APIResponse)
    }

    /// - Parameters:
    ///   - path: the path as sent, percent-encoded, without the query.
    ///   - query: what follows the question mark, as sent.
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
