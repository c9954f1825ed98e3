import ContractHummingbird
import ContractRuntime
import DocumentationPages
import HTTPGuard
import HTTPTypes
import HeksherAPI
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import ServiceLifecycle

/// The service in documentation-only mode: it serves its contract and connects to nothing.
public struct DocumentationApplication: ServiceLifecycle.Service {
    private let application: Application<DocumentationResponder>
    private let address: ListeningAddress
    private let tls: TLSIdentity?

    /// - Parameter onRunning: called with the port once requests are accepted.
    public init(
        _ configuration: DocumentationConfiguration, _ observability: Observability,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        let (limits, tls) = (configuration.limits, configuration.tls)
        let load = ServiceLoad(limits, observability.logger, service: .heksher)
        address = configuration.address
        self.tls = tls
        let pages =
            documentationRoutes(of: .heksher, configuration.renderers) { pages in
                let home = HomePage(pages, needsToken: false)
                return { home.content(in: .documentationOnly) }
            }
            + API.routes(service: DocumentationHandler())
        let rootPath = configuration.rootPath.stripper(for: pages)
        let routes = configuration.rootPath.redirects + pages
        let publicAddress = PublicAddress(rootPath: configuration.rootPath, proxies: configuration.trustedProxies)
        application = Application(
            responder: DocumentationResponder(routes, publicAddress, observability.work, load),
            server: HTTPServerBuilder { responder in
                let channel = GuardedChannel(
                    base: RememberedChannel(HTTP1Channel(responder: responder, configuration: limits.http)),
                    limits: limits, load: load, hosts: configuration.allowedHosts, rootPath: rootPath)
                return tls.map { SecuredChannel(base: channel, identity: $0, handshakeTime: limits.arrivalTime) }
                    ?? channel
            },
            configuration: ApplicationConfiguration(
                address: configuration.address.bindAddress, serverName: "heksher"),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: observability.quietLogger)
    }

    /// Serves until shut down gracefully or cancelled.
    ///
    /// - Throws: ``StartError``.
    public func run() async throws {
        try await application.run(listeningOn: address)
    }

    /// Reads the certificate again. Files that are wrong change nothing.
    public func reload(_ logger: Logger) {
        if tls == nil { logger.notice("SIGHUP: there is no file to read again") }
        tls?.reload(logger)
    }
}

/// Answers requests that need no database, and refuses all others with the reason.
private struct DocumentationResponder: HTTPResponder {
    private let pages: APIResponder<ServiceContext>
    private let work: WorkUnderWay
    private let paths: Set<String>
    private let load: ServiceLoad
    private let address: PublicAddress

    init(_ routes: [Route], _ address: PublicAddress, _ work: WorkUnderWay, _ load: ServiceLoad) {
        self.address = address
        self.work = work
        self.load = load
        paths = Set(
            routes.map { route in
                let path = route.path.map { segment in
                    if case .literal(let text) = segment { "/\(text)" } else { "" }
                }.joined()
                return path.isEmpty ? "/" : path
            })
        pages = APIResponder(routes)
    }

    func respond(to request: Request, context: ServiceContext) async throws -> Response {
        let piece = work.begin(method: request.method.rawValue, path: request.uri.path)
        defer { work.end(piece) }
        var response = try await address.answering(request, from: context.peer) {
            try await answer(to: request, context)
        }
        response.identifyError(context)
        CachePolicy().apply(to: &response.headers)
        return response
    }

    private func answer(to request: Request, _ context: ServiceContext) async throws -> Response {
        if paths.contains(request.uri.path) {
            return try await pages.respond(to: request, context: context).sendingInParts(load, context)
        }
        let reason =
            "this instance serves only the documentation, because DOC_ONLY is set: see /docs, /redoc and /openapi.json"
        var response = Response(
            status: .internalServerError, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: reason)))
        if request.method == .head { response = response.createHeadResponse() }
        return response
    }
}
