/// The documentation pages as HTML. All references are relative, so that a page works at any address.
struct DocumentationPages {
    /// The place where the pages are.
    enum Neighbours {
        /// The running service.
        case service
        /// The files of a static site.
        case files
    }

    private let assets: [DocumentationAsset]
    private let neighbours: Neighbours

    init(assets: [DocumentationAsset], linksTo neighbours: Neighbours) {
        self.assets = assets
        self.neighbours = neighbours
    }

    /// Swagger UI.
    var swaggerUI: String {
        rendered(
            "Swagger UI", styles: ["swagger-ui.css", "pages.css"],
            scripts: ["swagger-ui-bundle.js", "start-swagger-ui.js"])
    }

    /// Redoc.
    var redoc: String {
        rendered("Redoc", styles: ["pages.css"], scripts: ["redoc.standalone.js", "start-redoc.js"])
    }

    /// The page without Swagger UI and Redoc: how to get them, and a list of the operations.
    var missing: String {
        let rows = Contract.operations.map { operation in
            "<tr><td><code>\(operation.method)</code></td><td><code>\(operation.path.escaped)</code></td>"
                + "<td>\(operation.summary.escaped)</td></tr>\n"
        }
        return page(
            "Heksher", styles: ["pages.css"],
            """
            <main class="text">
            <h1>This page is not installed</h1>
            <p>Swagger UI and Redoc are not part of the program, and they were not found when it started. In the source's
            directory, run</p>
            <pre>make pages</pre>
            <p>and start the service again; where the program is elsewhere, set <code>HEKSHER_PAGES_DIR</code> to the directory
            <code>.pages</code> that this makes. The contract itself is always here:
            <a href="openapi.json">openapi.json</a>, <a href="openapi.yaml">openapi.yaml</a>.</p>
            <table>
            \(rows.joined())</table>
            </main>

            """)
    }

    /// The first page of a static site.
    var index: String {
        let rows = Contract.operations.map { operation in
            let reference = "\(redocReference)#operation/\(operation.id)"
            return "<tr><td><code>\(operation.method)</code></td><td><code>\(operation.path.escaped)</code></td>"
                + "<td><a href=\"\(reference)\">\(operation.summary.escaped)</a></td></tr>\n"
        }
        let licences = assets.filter { $0.name.hasSuffix("LICENSE.txt") }.map { asset in
            "<a href=\"\(asset.path)\">\(asset.name.replacing(".LICENSE.txt", with: ""))</a>"
        }
        return page(
            "Heksher", styles: ["pages.css"],
            """
            <main class="text">
            <h1>Heksher \(HeksherApplication.version)</h1>
            <p>\(Contract.summary.escaped)</p>
            <ul>
            <li><a href="\(swaggerUIReference)">Swagger UI</a>, operation by operation</li>
            <li><a href="\(redocReference)">Redoc</a>, to read from the beginning to the end</li>
            <li>the document itself, as <a href="openapi.yaml">YAML</a> and as <a href="openapi.json">JSON</a></li>
            </ul>
            <h2>Operations</h2>
            <table>
            \(rows.joined())</table>
            <p class="small">Licences: \(licences.joined(separator: ", "))</p>
            </main>

            """)
    }

    private var swaggerUIReference: String { neighbours == .service ? "docs" : "docs.html" }
    private var redocReference: String { neighbours == .service ? "redoc" : "redoc.html" }

    /// A page whose content a script creates.
    private func rendered(_ title: String, styles: [String], scripts: [String]) -> String {
        // A page that is opened as a file cannot read other files, so it gets the document as a script.
        let scripts = (neighbours == .files ? ["openapi.js"] : []) + scripts
        return page(
            "Heksher \(HeksherApplication.version) – \(title)", styles: styles, scripts: scripts,
            """
            <main id="page" data-document="openapi.json"></main>
            <noscript><main class="text"><p>This page needs JavaScript. The contract itself does not:
            <a href="openapi.yaml">openapi.yaml</a>.</p></main></noscript>

            """)
    }

    private func page(_ title: String, styles: [String], scripts: [String] = [], _ body: String) -> String {
        let styles = styles.map { "<link rel=\"stylesheet\" href=\"\(assets.path($0))\">\n" }
        let scripts = scripts.map { "<script src=\"\(assets.path($0))\" defer></script>\n" }
        let home = neighbours == .service ? swaggerUIReference : "index.html"
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="description" content="\(Contract.summary.escaped)">
            <title>\(title)</title>
            <link rel="icon" type="image/svg+xml" href="\(assets.path("icon.svg"))">
            \(styles.joined())\(scripts.joined())</head>
            <body>
            <header class="bar">
            <a class="home" href="\(home)"><img src="\(assets.path("icon.svg"))" alt="" width="24" height="24"> Heksher \
            <span>\(HeksherApplication.version)</span></a>
            <nav><a href="\(swaggerUIReference)">Swagger UI</a> <a href="\(redocReference)">Redoc</a> \
            <a href="openapi.json">JSON</a> <a href="openapi.yaml">YAML</a></nav>
            </header>
            \(body)</body>
            </html>

            """
    }
}

extension String {
    /// The text for HTML, also in an attribute's quotes.
    fileprivate var escaped: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
