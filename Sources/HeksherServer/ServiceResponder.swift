import HTTPTypes
import HeksherStore
import Hummingbird
import Logging
import NIOCore
import OpenAPIHummingbird
import OpenAPIRuntime
import Postgres

/// What is known of a request besides itself.
struct ServiceContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let requestID: String
    let remoteAddress: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        requestID = "\(RequestID())"
        remoteAddress = source.channel.remoteAddress?.ipAddress
    }
}

/// Who asks for a change, as far as that is told.
struct Requester: Sendable {
    /// Whose request is being answered by this task.
    @TaskLocal static var current: Requester?

    private let metadata: Logger.Metadata

    init(_ request: Request, _ context: ServiceContext) {
        var metadata: Logger.Metadata = ["request_id": "\(context.requestID)"]
        if let address = context.remoteAddress { metadata["remote_address"] = "\(address)" }
        for (key, name) in [("forwarded_user", "X-Forwarded-User"), ("forwarded_email", "X-Forwarded-Email")] {
            guard let field = HTTPField.Name(name), let value = request.headers[field] else { continue }
            metadata[key] = "\(value.prefix(256))"
        }
        self.metadata = metadata
    }

    /// Writes down a change, and who made it.
    static func log(_ change: CommittedChange, _ logger: Logger) {
        var metadata = current?.metadata ?? [:]
        if let token = AccessControl.principal { metadata["token"] = "\(token.name)" }
        for (key, value) in change.subject { metadata[key] = "\(value)" }
        logger.info("\(change.title)", metadata: metadata)
    }
}

/// Answers requests, remembers who asks for a change, and gives each error answer the id by which the log has it.
struct ServiceResponder: HTTPResponder {
    private let api: APIResponder<ServiceContext>
    private let logger: Logger
    private let sharing: OriginSharing?

    init(
        _ routes: [Route], _ observability: Observability, maximumBodySize: Int, sharing: OriginSharing? = nil
    ) {
        self.sharing = sharing
        logger = observability.logger
        api = APIResponder(routes, maximumBodySize: maximumBodySize) { error, route, context in
            answer(error, to: route, context, observability)
        }
    }

    func respond(to request: Request, context: ServiceContext) async throws -> Response {
        if let preflight = sharing?.preflight(request) { return preflight }
        let start = ContinuousClock.now
        var response =
            if request.method == .get || request.method == .head {
                try await respond(shortly: isShort(request), to: request, context)
            } else {
                try await Requester.$current.withValue(Requester(request, context)) {
                    try await respond(shortly: isShort(request), to: request, context)
                }
            }
        response.identifyError(context)
        sharing?.permit(&response, to: request)
        let status = response.status.code
        logger.debug(
            "answered",
            metadata: [
                "request_id": "\(context.requestID)", "method": "\(request.method)", "path": "\(request.uri.path)",
                "status": "\(status)", "duration": "\(start.duration(to: .now))",
            ])
        return response
    }

    /// Whether a request is one of those that come by the thousand and are answered at once, so that it is not worth its while to
    /// leave the event loop for it.
    private func isShort(_ request: Request) -> Bool {
        let path = request.uri.path
        return path == "/api/v1/query" || path == "/api/health"
            || (path == "/api/v1/settings/declare"
                && (request.headers[.contentLength].flatMap { Int($0) } ?? 0) < 1 << 14)
    }

    private func respond(shortly: Bool, to request: Request, _ context: ServiceContext) async throws -> Response {
        if shortly { return try await api.respond(to: request, context: context) }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await api.respond(to: request, context: context)
        }
    }
}

extension Response {
    private static let requestIDField = HTTPField.Name("X-Request-ID")

    /// Gives an error answer the id of its request.
    mutating func identifyError(_ context: ServiceContext) {
        if status.code >= 400, let field = Self.requestIDField { headers[field] = context.requestID }
    }
}

/// The answer to a request whose handler threw: 503 when the database cannot be used for now, or other writers were faster again
/// and again, so that nothing has changed, or, as its sentence says then, it is not known whether something has; else 500, which nothing that a client sends should lead to.
private func answer(
    _ error: any Error, to route: Route, _ context: ServiceContext, _ observability: Observability
) -> APIResponse {
    if error is TransactionCollision || (error as? PostgresError)?.isUnavailable == true {
        // A database that is away fails thousands of requests; a line a second is enough.
        let level: Logger.Level = observability.mayWarnOfDatabase() ? .warning : .debug
        observability.logger.log(
            level: level, "the database is unavailable",
            metadata: [
                "error": "\(error)", "operation": "\(route.operationID)", "request_id": "\(context.requestID)",
            ])
        if case .unconfirmed = error as? PostgresError {
            return .unavailable("the database did not confirm the change: it may have been made")
        }
        return .unavailable("the database is unavailable")
    }
    if Task.isCancelled, error is CancellationError || error as? PostgresError == .cancelled {
        return .unavailable("the service is stopping")
    }
    if let error = error as? Unstorable { return .invalid(ValidationProblems(error)) }
    observability.report(error, operation: route.operationID, requestID: context.requestID)
    return APIResponse(
        status: .internalServerError, contentType: "application/json",
        body: Array(#"{"detail":"Internal Server Error"}"#.utf8))
}

extension APIResponse {
    fileprivate static func unavailable(_ sentence: String) -> APIResponse {
        var answer = APIResponse(
            status: .serviceUnavailable, contentType: "text/plain; charset=utf-8", body: Array(sentence.utf8))
        answer.headerFields[.retryAfter] = "1"
        return answer
    }
}
