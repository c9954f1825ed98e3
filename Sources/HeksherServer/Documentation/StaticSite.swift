/// The documentation as files: it is read from a disk or from any web server, and needs no service.
public struct StaticSite: Sendable {
    public struct File: Sendable {
        /// Below the site's directory: `index.html`, `assets/…`.
        public var path: String
        public var body: [UInt8]
    }

    /// In a fixed order.
    public let files: [File]

    /// - Throws: an error that can be printed, if what was prepared is damaged.
    public init(_ renderers: Renderers) throws {
        let document = DocumentationAsset(name: "openapi.js", Array("window.openapi = ".utf8) + Contract.json)
        let assets = [DocumentationAsset].own + [document] + renderers.assets
        let pages = DocumentationPages(assets: assets, linksTo: .files)
        files =
            try [
                File(path: "index.html", body: Array(pages.index.utf8)),
                File(path: "docs.html", body: Array(pages.swaggerUI.utf8)),
                File(path: "redoc.html", body: Array(pages.redoc.utf8)),
                File(path: "openapi.json", body: Contract.json),
                File(path: "openapi.yaml", body: Contract.yaml),
            ]
            + assets.map { asset in
                guard let body = Gzip.decompress(asset.compressed) else { throw DamagedAsset() }
                return File(path: asset.path, body: body)
            }
    }
}
