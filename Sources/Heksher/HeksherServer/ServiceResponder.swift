import ContractHummingbird
import ContractRuntime
import HTTPGuard
import HTTPTypes
import HeksherAPI
import HeksherStore
import Hummingbird
import LibPQ
import Logging
import NIOCore

/// Additional information about a request.
struct ServiceContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let requestID: String
    /// The other end of the connection: a client, or a proxy before the service; `nil` for a Unix socket.
    let peer: IPAddress?
    /// The connection.
    let channel: any Channel
    /// The event loop of the connection.
    var eventLoop: any EventLoop { channel.eventLoop }

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        requestID = "\(RequestID())"
        peer = source.channel.remoteAddress.flatMap { IPAddress($0) }
        channel = source.channel
    }
}

/// The client of a connection.
private struct Client: ResultRecipient {
    let channel: any Channel

    var hasLeft: Bool { !channel.isActive }
}

/// The sender of a request that changes something, as the log shows it.
struct Requester: Sendable {
    /// The sender of the request that this task handles.
    @TaskLocal static var current: Requester?

    private static let forwardedFor = HTTPField.Name("X-Forwarded-For")

    private let metadata: Logger.Metadata
    /// The client's address; `nil` if it is unknown.
    let address: String?
    /// The user as a proxy names it.
    let user: String?

    /// - Parameter proxies: the trusted peers. If there are any, no other peer can name a user.
    init(_ request: Request, _ context: ServiceContext, _ proxies: TrustedProxies) {
        var metadata: Logger.Metadata = ["request_id": "\(context.requestID)"]
        let forwardedFor = Self.forwardedFor.map { request.headers[values: $0] } ?? []
        address = proxies.client(of: context.peer, forwardedFor: forwardedFor).map { "\($0)" }
        if let address { metadata["remote_address"] = "\(address)" }
        guard proxies.isEmpty || proxies.contains(context.peer) else {
            self.metadata = metadata
            user = nil
            return
        }
        var users: [String: String] = [:]
        for (key, name) in [("forwarded_user", "X-Forwarded-User"), ("forwarded_email", "X-Forwarded-Email")] {
            guard let field = HTTPField.Name(name), let value = request.headers[field] else { continue }
            users[key] = String(value.prefix(256))
            metadata[key] = "\(value.prefix(256))"
        }
        self.metadata = metadata
        user = users["forwarded_email"] ?? users["forwarded_user"]
    }

    /// Logs a change and its author.
    static func log(_ change: CommittedChange, _ logger: Logger) {
        var metadata = current?.metadata ?? [:]
        if let token = AccessControl.principal { metadata["token"] = "\(token.name)" }
        for (key, value) in change.subject { metadata[key] = "\(value)" }
        logger.info("\(change.title)", metadata: metadata)
    }
}

/// Responds to requests, records the sender of a change, and adds to each error response the ID that the log contains.
struct ServiceResponder: HTTPResponder {
    private let api: APIResponder<ServiceContext>
    private let logger: Logger
    private let work: WorkUnderWay
    private let sharing: OriginSharing?
    private let caching: CachePolicy
    private let proxies: TrustedProxies
    private let load: ServiceLoad
    private let address: PublicAddress
    private let origins: OriginCheck

    /// - Parameters:
    ///   - address: the address at which clients see the service.
    ///   - caching: the policy for the responses' `Cache-Control` and `Vary`.
    init(
        _ routes: [Route], _ observability: Observability, maximumBodySize: Int, _ load: ServiceLoad,
        sharing: OriginSharing? = nil, proxies: TrustedProxies = TrustedProxies(), health: HealthMonitor? = nil,
        address: PublicAddress = PublicAddress(), caching: CachePolicy = CachePolicy()
    ) {
        self.sharing = sharing
        self.proxies = proxies
        self.load = load
        self.address = address
        self.caching = caching
        // An evaluation of flags has a body and changes nothing.
        origins = OriginCheck(
            sharing, address, option: EnvironmentVariable.corsOrigins.name, harmlessPath: EvaluateFlags.path)
        logger = observability.logger
        work = observability.work
        api = APIResponder(routes, maximumBodySize: maximumBodySize) { error, route, context in
            let isReading = route.method == .get || QueryOperation(id: route.operationID) != nil
            if isReading, let error = error as? PostgresError, error.state?.concernsDefinitions == true {
                health?.isRefusedToRead(error)
            }
            return answer(error, to: route, context, observability)
        }
    }

    func respond(to request: Request, context: ServiceContext) async throws -> Response {
        if let preflight = sharing?.preflight(request) { return preflight }
        let piece = work.begin(method: request.method.rawValue, path: request.uri.path)
        defer { work.end(piece) }
        let start = ContinuousClock.now
        var response =
            if request.method == .get || request.method == .head {
                try await respond(shortly: isShort(request), to: request, context)
            } else if let refusal = origins.refusal(of: request, from: context.peer) {
                refusal
            } else {
                try await Requester.$current.withValue(Requester(request, context, proxies)) {
                    try await respond(shortly: isShort(request), to: request, context)
                }
            }
        response.identifyError(context)
        sharing?.permit(&response, to: request)
        caching.apply(to: &response.headers)
        let status = response.status.code
        logger.debug(
            "answered",
            metadata: [
                "request_id": "\(context.requestID)", "method": "\(request.method)", "path": "\(request.uri.path)",
                "status": "\(status)", "duration": "\(start.duration(to: .now))",
            ])
        return response
    }

    /// The maximum size of a request that is handled on an event loop.
    private static let shortSize = (target: 1 << 10, body: 2 << 10)

    /// Whether a request is of a kind that is frequent and takes only some tens of microseconds, so that it should not leave the event
    /// loop. The size of a body in chunks is unknown before it has arrived.
    private func isShort(_ request: Request) -> Bool {
        guard let target = request.head.path, target.utf8.count <= Self.shortSize.target else { return false }
        if request.method == .post, request.uri.path == DeclareSetting.path {
            let size = request.headers[.contentLength].flatMap { Int($0) }
            return request.headers[.transferEncoding] == nil && size.map { $0 <= Self.shortSize.body } ?? false
        }
        if request.method == .get, request.uri.path == GetHealth.path { return true }
        // A client that asks for unknown paths must not keep threads busy.
        return !api.hasOperation(for: request)
    }

    private func respond(shortly: Bool, to request: Request, _ context: ServiceContext) async throws -> Response {
        // A client that resets its connections must not fill the queue for connections to the database.
        try await PostgresPool.$recipient.withValue(Client(channel: context.channel)) {
            try await EventStreams.$channel.withValue(context.channel) {
                try await address.answering(request, from: context.peer) {
                    if shortly { return try await api.respond(to: request, context: context) }
                    return try await withTaskExecutorPreference(LongWork.executor) {
                        let response = try await api.respond(to: request, context: context)
                        return try await response.sendingInParts(load, context)
                    }
                }
            }
        }
    }
}

extension Response {
    private static let requestIDField = HTTPField.Name("X-Request-ID")

    /// Adds the request's ID to an error response.
    mutating func identifyError(_ context: ServiceContext) {
        if status.code >= 400, let field = Self.requestIDField { headers[field] = context.requestID }
    }
}

/// The response to a request whose handler threw an error. It is 503 if the database is unavailable, if PostgreSQL refuses a statement, or
/// if the request lost against other writers again and again. Then nothing has changed, unless the sentence says that this is unknown. Any
/// other error is 500, which no client's request should cause.
private func answer(
    _ error: any Error, to route: Route, _ context: ServiceContext, _ observability: Observability
) -> APIResponse {
    if let error = error as? PostgresError, error.refusal != nil {
        observability.report(refusal: error, operation: route.operationID, requestID: context.requestID)
        return .unavailable("the database is unavailable: \(error)")
    }
    if error is TransactionCollision || (error as? PostgresError)?.isUnavailable == true {
        // While the database is unavailable, thousands of requests may fail. One line a second is enough.
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
    // The service is stopping, or the client has disconnected and will not get the response.
    if error as? PostgresError == .cancelled || Task.isCancelled && error is CancellationError {
        return .unavailable("the service is stopping")
    }
    if let error = error as? StorageFull {
        let level: Logger.Level = observability.mayWarnOfStorage() ? .warning : .debug
        observability.logger.log(
            level: level, "a storage limit is reached",
            metadata: ["limit": "\(error)", "operation": "\(route.operationID)", "request_id": "\(context.requestID)"])
    }
    if let refusal = APIResponse(refusing: error) { return refusal }
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
