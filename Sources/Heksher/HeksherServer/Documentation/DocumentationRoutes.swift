import ContractRuntime
import HTTPGuard
import HTTPTypes
import HeksherAPI

// The documentation that the service serves, with or without a database.

/// The ID of the routes of the documentation, which are not operations of the contract.
let documentationRouteID = "document"

/// The first page, the contract, the pages that are rendered from it, and the files that they load. All of it is created here, before the
/// first request. No file is read later, so no request can lead to another file.
///
/// - Parameters:
///   - needsToken: whether the service requires tokens.
///   - state: the state of the service at each request for the first page.
func documentationRoutes(
    _ renderers: Renderers?, needsToken: Bool = false, state: @escaping @Sendable () -> ServiceState
) -> [Route] {
    let assets = [DocumentationAsset].own + (renderers?.assets ?? [])
    let pages = DocumentationPages(assets: assets, linksTo: .service)
    let home = HomePage(pages, needsToken: needsToken)
    return [
        Route(
            documentationRouteID, .get, [], readsBody: false,
            respond: { request, _ in try home.content(in: state()).answer(to: request) }),
        route(["openapi.json"], ContractContent(Contract.json, contentType: "application/json")),
        route(["openapi.yaml"], ContractContent(Contract.yaml, contentType: "application/yaml")),
        route(["docs"], page(renderers == nil ? pages.swaggerUIMissing : pages.swaggerUI)),
        route(["redoc"], page(renderers == nil ? pages.redocMissing : pages.redoc)),
        route(["favicon.ico"], StaticContent(PackageResources.icon_svg, contentType: "image/svg+xml")),
    ] + assets.map { route(["assets", $0.fileName], $0.content) }
}

/// The first page in each state of the service.
private struct HomePage {
    private let healthy: StaticContent
    private let unhealthy: StaticContent
    private let documentationOnly: StaticContent

    init(_ pages: DocumentationPages, needsToken: Bool) {
        healthy = page(pages.home(.healthy, needsToken: needsToken))
        unhealthy = page(pages.home(.unhealthy, needsToken: needsToken))
        documentationOnly = page(pages.home(.documentationOnly, needsToken: needsToken))
    }

    func content(in state: ServiceState) -> StaticContent {
        switch state {
        case .healthy: healthy
        case .unhealthy: unhealthy
        case .documentationOnly: documentationOnly
        }
    }
}

private func route(_ path: [String], _ content: StaticContent) -> Route {
    Route(
        documentationRouteID, .get, path.map { .literal($0) }, readsBody: false,
        respond: { request, _ in try content.answer(to: request) })
}

private func route(_ path: [String], _ content: ContractContent) -> Route {
    Route(
        documentationRouteID, .get, path.map { .literal($0) }, readsBody: false,
        respond: { request, _ in try content.at(PublicAddress.prefix).answer(to: request) })
}

private func page(_ html: String) -> StaticContent {
    StaticContent(Array(html.utf8), contentType: "text/html; charset=utf-8", headerFields: pageFields)
}

/// The pages load nothing from other origins, run only scripts that are files of the service, and no other page can frame them. Swagger UI
/// and Redoc create styles and contain images; Redoc searches in a worker that it creates.
private let pageFields: HTTPFields = {
    var fields: HTTPFields = [:]
    fields[.contentSecurityPolicy] = """
        default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
        worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """
    if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "no-referrer" }
    return fields
}()
