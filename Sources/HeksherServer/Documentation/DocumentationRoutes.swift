import HTTPTypes
import HeksherAPI
import OpenAPIRuntime

// What the service shows of itself, whether it has a database or not.

/// The contract, the pages that are rendered from it, and what they load. All of it is made here, before the first request, and
/// no file is read later: what is asked for can lead to nothing else.
func documentationRoutes(_ renderers: Renderers?) -> [Route] {
    let assets = [DocumentationAsset].own + (renderers?.assets ?? [])
    let pages = DocumentationPages(assets: assets, linksTo: .service)
    return [
        route(["openapi.json"], StaticContent(Contract.json, contentType: "application/json")),
        route(["openapi.yaml"], StaticContent(Contract.yaml, contentType: "application/yaml")),
        route(["docs"], page(renderers == nil ? pages.missing : pages.swaggerUI)),
        route(["redoc"], page(renderers == nil ? pages.missing : pages.redoc)),
        route(["favicon.ico"], StaticContent(PackageResources.icon_svg, contentType: "image/svg+xml")),
    ] + assets.map { route(["assets", $0.fileName], $0.content) }
}

private func route(_ path: [String], _ content: StaticContent) -> Route {
    Route(
        "document", .get, path.map { .literal($0) }, readsBody: false,
        respond: { request, _ in try content.answer(to: request) })
}

private func page(_ html: String) -> StaticContent {
    StaticContent(Array(html.utf8), contentType: "text/html; charset=utf-8", headerFields: pageFields)
}

/// Nothing from elsewhere is loaded, no script runs that is not a file of ours, and nobody else can frame the page. Swagger UI
/// and Redoc make styles as they go and have images in them; Redoc searches in a worker that it makes itself.
private let pageFields: HTTPFields = {
    var fields: HTTPFields = [:]
    fields[.contentSecurityPolicy] = """
        default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
        worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """
    if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "no-referrer" }
    return fields
}()
