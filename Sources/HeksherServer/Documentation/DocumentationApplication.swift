import HTTPTypes
import HeksherAPI
import Hummingbird
import HummingbirdCore
import NIOCore
import OpenAPIHummingbird
import OpenAPIRuntime
public import ServiceLifecycle

/// The service in documentation-only mode: it shows its contract and connects to nothing.
public struct DocumentationApplication: ServiceLifecycle.Service {
    private let application: Application<DocumentationResponder>
    private let address: String

    /// - Parameters:
    ///   - renderers: without them the pages tell how to get them.
    ///   - onRunning: called with the port once requests are accepted.
    public init(
        host: String, port: Int, limits: ConnectionLimits = ConnectionLimits(), renderers: Renderers?,
        _ observability: Observability,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        address = "\(host):\(port)"
        application = Application(
            responder: DocumentationResponder(renderers),
            server: HTTPServerBuilder { responder in
                GuardedChannel(
                    base: RememberedChannel(HTTP1Channel(responder: responder, configuration: limits.http)),
                    limits: limits, load: ServiceLoad(limits, observability.logger))
            },
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "heksher"),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) },
            logger: observability.quietLogger)
    }

    /// Serves until shut down gracefully or cancelled.
    ///
    /// - Throws: ``StartError``.
    public func run() async throws {
        try await application.run(listeningOn: address)
    }
}

/// Answers what needs no database, and tells everybody else why there is no answer.
private struct DocumentationResponder: HTTPResponder {
    private let pages: APIResponder<ServiceContext>
    private let paths: Set<String>

    init(_ renderers: Renderers?) {
        let routes = documentationRoutes(renderers) + API.routes(service: DocumentationHandler())
        paths = Set(
            routes.map { route in
                route.path.map { segment in
                    if case .literal(let text) = segment { "/\(text)" } else { "" }
                }.joined()
            })
        pages = APIResponder(routes)
    }

    func respond(to request: Request, context: ServiceContext) async throws -> Response {
        var response = try await answer(to: request, context)
        response.identifyError(context)
        return response
    }

    private func answer(to request: Request, _ context: ServiceContext) async throws -> Response {
        if paths.contains(request.uri.path) { return try await pages.respond(to: request, context: context) }
        let reason =
            "this instance shows the documentation alone, since DOC_ONLY is set: see /docs, /redoc and /openapi.json"
        var response = Response(
            status: .internalServerError, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: reason)))
        if request.method == .head { response = response.createHeadResponse() }
        return response
    }
}
