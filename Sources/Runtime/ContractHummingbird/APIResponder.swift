public import ContractRuntime
import HTTPTypes
public import Hummingbird
public import Logging
import NIOCore

/// Serves the operations of a contract with Hummingbird.
///
/// ```swift
/// let routes = API.routes(settings: SettingsHandler(), rules: RulesHandler())
/// let application = Application(responder: APIResponder<BasicRequestContext>(routes))
/// ```
public struct APIResponder<Context: RequestContext>: HTTPResponder {
    /// Creates the response to a request whose operation threw an error.
    public typealias AnswerError = @Sendable (any Error, Route, Context) -> APIResponse

    private let service: APIService
    private let maximumBodySize: Int
    private let answerError: AnswerError

    /// - Parameters:
    ///   - maximumBodySize: in bytes; the response to a longer request is 413. It does not concern operations that read
    ///     the body as it arrives: their handlers decide how much they read.
    ///   - answerError: by default, it logs the error and returns an empty 500.
    public init(
        _ routes: [Route], maximumBodySize: Int = 1 << 20,
        answerError: @escaping AnswerError = { error, route, context in
            context.logger.error(
                "unexpected error", metadata: ["operation": "\(route.operationID)", "error": "\(error)"])
            return APIResponse(status: .internalServerError)
        }
    ) {
        service = APIService(routes)
        self.maximumBodySize = maximumBodySize
        self.answerError = answerError
    }

    /// Whether a request matches an operation. If not, its response takes little time.
    public func hasOperation(for request: Request) -> Bool {
        let target = RequestTarget(request.head.path ?? "/")
        guard case .operation = service.decide(method: request.method, path: target.path, query: target.query) else {
            return false
        }
        return true
    }

    /// Responds to a request through the route that matches it.
    ///
    /// - Throws: the error of reading the request's body, for example after the connection broke. Errors of handlers
    ///   become responses.
    public func respond(to request: Request, context: Context) async throws -> Response {
        let target = RequestTarget(request.head.path ?? "/")
        let answer: APIResponse
        switch service.decide(method: request.method, path: target.path, query: target.query) {
        case .answer(let response):
            answer = response
        case .operation(let route, let pathValues):
            answer = try await respond(with: route, pathValues, to: request, target, context)
        }
        return Response(answer, to: request.method)
    }

    private func respond(
        with route: Route, _ pathValues: [String], to request: Request, _ target: RequestTarget, _ context: Context
    ) async throws -> APIResponse {
        var message = APIRequest(
            method: request.method, path: target.path, query: target.query, headerFields: request.headers)
        if route.streamsBody, request.hasBody {
            message.stream = ByteStream(request.body.map { Array($0.readableBytesView) })
        }
        do {
            return try await route.answer(message, pathValues) {
                do {
                    return Array(try await request.body.collect(upTo: maximumBodySize).readableBytesView)
                } catch {
                    throw BodyError(reason: error)
                }
            }
        } catch let error as BodyError {
            guard error.reason is NIOTooManyBytesError else { throw error.reason }
            return APIResponse(
                status: .contentTooLarge, contentType: "text/plain; charset=utf-8",
                body: Array("the body has more than \(maximumBodySize) bytes".utf8))
        } catch {
            return answerError(error, route, context)
        }
    }
}

extension Request {
    /// Whether the request has a body (RFC 9112 §6).
    fileprivate var hasBody: Bool {
        headers[.transferEncoding] != nil || headers[.contentLength].map { $0 != "0" } ?? false
    }
}

/// An error while reading a request's body, which is not an error of its operation.
private struct BodyError: Error {
    var reason: any Error
}

/// A request target in origin form or absolute form (RFC 9112 §3.2), split at the question mark.
struct RequestTarget {
    var path: String
    var query: String?

    init(_ target: String) {
        var rest = Substring(target)
        for scheme in ["http://", "https://"] where rest.utf8.first != UInt8(ascii: "/") && rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count).drop { $0 != "/" && $0 != "?" }
        }
        if let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(rest[..<mark])
            query = String(rest[rest.utf8.index(after: mark)...])
        } else {
            path = String(rest)
        }
        if path.isEmpty { path = "/" }
    }
}

extension Response {
    fileprivate init(_ answer: APIResponse, to method: HTTPRequest.Method) {
        let body: ResponseBody =
            if let stream = answer.stream {
                // The next chunk is requested once this one has been sent.
                ResponseBody(asyncSequence: stream.map { ByteBuffer(bytes: $0) })
            } else {
                answer.body.isEmpty ? .init() : .init(byteBuffer: ByteBuffer(bytes: answer.body))
            }
        self.init(status: answer.status, headers: answer.headerFields, body: body)
        if method == .head { self = createHeadResponse() }
        // These have no content, so a length would be wrong (RFC 9110 §8.6).
        if answer.status == .noContent || answer.status == .notModified { headers[.contentLength] = nil }
    }
}
