package import ContractRuntime
import HTTPGuard

/// The ID of the routes of the documentation, which are not operations of the contract.
package let documentationRouteID = "document"

/// The routes of the documentation: the first page, the OpenAPI document, the pages that are rendered from it, and the files that they load.
/// All of it is created here, before the first request. No file is read later, so no request can lead to another file.
///
/// - Parameters:
///   - renderers: without them, the pages describe how to install them.
///   - home: creates the first page. The service calls the returned function at each request for this page.
package func documentationRoutes(
    of api: DocumentedAPI, _ renderers: Renderers?, home: (HTMLPages) -> @Sendable () -> StaticContent
) -> [Route] {
    let assets = [DocumentationAsset].own + (renderers?.assets ?? [])
    let pages = HTMLPages(api, assets: assets, linksTo: .service)
    let home = home(pages)
    return [
        Route(
            documentationRouteID, .get, [], readsBody: false,
            respond: { request, _ in try home().answer(to: request) }),
        route(["openapi.json"], api.contents.json),
        route(["openapi.yaml"], api.contents.yaml),
        route(["docs"], .page(renderers == nil ? pages.swaggerUIMissing : pages.swaggerUI)),
        route(["redoc"], .page(renderers == nil ? pages.redocMissing : pages.redoc)),
        route(["favicon.ico"], StaticContent(PackageResources.icon_svg, contentType: "image/svg+xml")),
    ] + assets.map { route(["assets", $0.fileName], $0.content) }
}

private func route(_ path: [String], _ content: StaticContent) -> Route {
    Route(
        documentationRouteID, .get, path.map { .literal($0) }, readsBody: false,
        respond: { request, _ in try content.answer(to: request) })
}

private func route(_ path: [String], _ content: DocumentContent) -> Route {
    Route(
        documentationRouteID, .get, path.map { .literal($0) }, readsBody: false,
        respond: { request, _ in try content.at(PublicAddress.prefix).answer(to: request) })
}
