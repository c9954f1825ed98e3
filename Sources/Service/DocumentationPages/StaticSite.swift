import HTTPRepresentation

/// The documentation as files, for a disk or any web server. It needs no service.
package struct StaticSite: Sendable {
    /// One file of the site.
    package struct File: Sendable {
        /// Relative to the site's directory: `index.html`, `assets/…`.
        package var path: String
        /// The bytes of the file.
        package var body: [UInt8]
    }

    /// In a fixed order.
    package let files: [File]

    /// - Throws: an error for people, if a prepared file is damaged.
    package init(of api: DocumentedAPI, _ renderers: Renderers) throws {
        let document = DocumentationAsset(name: "openapi.js", Array("window.openapi = ".utf8) + api.json)
        let assets = [DocumentationAsset].own + [document] + renderers.assets
        let pages = HTMLPages(api, assets: assets, linksTo: .files)
        files =
            try [
                File(path: "index.html", body: Array(pages.index.utf8)),
                File(path: "docs.html", body: Array(pages.swaggerUI.utf8)),
                File(path: "redoc.html", body: Array(pages.redoc.utf8)),
                File(path: "openapi.json", body: api.json),
                File(path: "openapi.yaml", body: api.yaml),
            ]
            + assets.map { asset in
                guard let body = Gzip.decompress(asset.compressed) else { throw DamagedAsset() }
                return File(path: asset.path, body: body)
            }
    }
}
