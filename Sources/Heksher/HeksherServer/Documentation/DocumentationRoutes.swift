import HTTPTypes
import HeksherAPI
import ContractRuntime

// The documentation that the service serves, with or without a database.

/// The ID of the routes of the documentation, which are not operations of the contract.
let documentationRouteID = "document"

/// The contract, the pages that are rendered from it, and the files that they load. All of it is created here, before the first request. No
/// file is read later, so no request can lead to another file.
func documentationRoutes(_ renderers: Renderers?) -> [Route] {
    let assets = [DocumentationAsset].own + (renderers?.assets ?? [])
    let pages = DocumentationPages(assets: assets, linksTo: .service)
    return [
        route(["openapi.json"], ContractContent(Contract.json, contentType: "application/json")),
        route(["openapi.yaml"], ContractContent(Contract.yaml, contentType: "application/yaml")),
        route(["docs"], page(renderers == nil ? pages.missing : pages.swaggerUI)),
        route(["redoc"], page(renderers == nil ? pages.missing : pages.redoc)),
        route(["favicon.ico"], StaticContent(PackageResources.icon_svg, contentType: "image/svg+xml")),
    ] + assets.map { route(["assets", $0.fileName], $0.content) }
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
