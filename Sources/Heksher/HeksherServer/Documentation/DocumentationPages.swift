/// The documentation pages as HTML. All references are relative, so that a page works at any address.
struct DocumentationPages {
    /// The place where the pages are.
    enum Neighbours {
        /// The running service.
        case service
        /// The files of a static site.
        case files
    }

    /// The pages of the navigation bar.
    private enum Page {
        case home
        case swaggerUI
        case redoc
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
            .swaggerUI, "Swagger UI", styles: ["swagger-ui.css", "pages.css"],
            scripts: ["swagger-ui-bundle.js", "accessibility.js", "start-swagger-ui.js"])
    }

    /// Redoc.
    var redoc: String {
        rendered(
            .redoc, "Redoc", styles: ["pages.css"],
            scripts: ["redoc.standalone.js", "accessibility.js", "start-redoc.js"])
    }

    /// The page that Swagger UI needs, without Swagger UI.
    var swaggerUIMissing: String { missing(.swaggerUI) }

    /// The page that Redoc needs, without Redoc.
    var redocMissing: String { missing(.redoc) }

    /// The page without Swagger UI and Redoc: how to get them, and a list of the operations.
    private func missing(_ page: Page) -> String {
        let rows = Contract.operations.map { operation in
            "<tr><td><code>\(operation.method)</code></td><td><code>\(operation.path.escaped)</code></td>"
                + "<td>\(operation.summary.escaped)</td></tr>\n"
        }
        return html(
            page, "Heksher", styles: ["pages.css"],
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

    /// The first page of the service: its state, and links.
    ///
    /// - Parameter needsToken: whether the service requires tokens.
    func home(_ state: ServiceState, needsToken: Bool) -> String {
        let access = needsToken ? "Requests need a token" : "Requests need no token"
        let header = needsToken ? " --header \"Authorization: Bearer $TOKEN\"" : ""
        let request = """
            <h2>A first request</h2>
            <pre><code>curl\(header) <span data-address>http://localhost:8080</span>/api/v1/settings</code></pre>

            """
        return html(
            .home, "Heksher \(HeksherApplication.version)", styles: ["pages.css"], scripts: ["home.js"],
            """
            <main class="text">
            <h1>\(state.heading)</h1>
            <p class="lead">\(Contract.summary.escaped)</p>
            <dl class="state">
            <dt>Health</dt><dd><span class="\(state == .unhealthy ? "health bad" : "health")" role="status" \
            data-status="\(state == .unhealthy ? 500 : 200)">\(state.sentence)</span></dd>
            <dt>Version</dt><dd>\(HeksherApplication.version)</dd>
            <dt>Access</dt><dd>\(state == .documentationOnly ? "The documentation needs no token" : access)</dd>
            </dl>
            <h2>Start here</h2>
            <ul class="cards">
            \(cards)<li><a href="api/health">Health</a><p>The state of the service, for monitors. It never needs a token.</p></li>
            </ul>
            \(state == .documentationOnly ? "" : request)</main>

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
        return html(
            .home, "Heksher", styles: ["pages.css"],
            """
            <main class="text">
            <h1>The API of Heksher \(HeksherApplication.version)</h1>
            <p class="lead">\(Contract.summary.escaped)</p>
            <ul class="cards">
            \(cards)</ul>
            <h2>Operations</h2>
            <table>
            \(rows.joined())</table>
            <p class="small">Licences: \(licences.joined(separator: ", "))</p>
            </main>

            """)
    }

    /// The links to the other pages and to the document.
    private var cards: String {
        let trial =
            neighbours == .service
            ? "Send requests from the browser, operation by operation (Swagger UI)."
            : "The operations one by one (Swagger UI)."
        return """
            <li><a href="\(swaggerUIReference)">\(swaggerUITitle)</a><p>\(trial)</p></li>
            <li><a href="\(redocReference)">Reference</a><p>Read about concepts, operations, errors and limits (Redoc).</p></li>
            <li><a href="openapi.json">JSON</a><a href="openapi.yaml">YAML</a><p>The OpenAPI document, for generators of clients.</p></li>

            """
    }

    private var homeReference: String { neighbours == .service ? "./" : "index.html" }
    private var swaggerUIReference: String { neighbours == .service ? "docs" : "docs.html" }
    private var redocReference: String { neighbours == .service ? "redoc" : "redoc.html" }

    /// A static site has no service to try anything on.
    private var swaggerUITitle: String { neighbours == .service ? "Try it out" : "Operations" }

    /// A page whose content a script creates.
    private func rendered(_ page: Page, _ title: String, styles: [String], scripts: [String]) -> String {
        // A page that is opened as a file cannot read other files, so it gets the document as a script.
        let scripts = (neighbours == .files ? ["openapi.js"] : []) + scripts
        return html(
            page, "Heksher \(HeksherApplication.version) – \(title)", styles: styles, scripts: scripts,
            """
            <main id="page" data-document="openapi.json"></main>
            <noscript><div class="text"><p>This page needs JavaScript. The contract itself does not:
            <a href="openapi.yaml">openapi.yaml</a>.</p></div></noscript>

            """)
    }

    private func html(
        _ page: Page, _ title: String, styles: [String], scripts: [String] = [], _ body: String
    ) -> String {
        let styles = styles.map { "<link rel=\"stylesheet\" href=\"\(assets.path($0))\">\n" }
        let scripts = scripts.map { "<script src=\"\(assets.path($0))\" defer></script>\n" }
        func mark(_ other: Page) -> String { page == other ? #" aria-current="page""# : "" }
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
            <a class="home" href="\(homeReference)"\(mark(.home))><img src="\(assets.path("icon.svg"))" alt="" width="24" height="24"> \
            Heksher <span>\(HeksherApplication.version)</span></a>
            <nav aria-label="Pages"><a href="\(swaggerUIReference)"\(mark(.swaggerUI))>\(swaggerUITitle)</a> \
            <a href="\(redocReference)"\(mark(.redoc))>Reference</a> \
            <a href="openapi.json">JSON</a> <a href="openapi.yaml">YAML</a></nav>
            </header>
            \(body)</body>
            </html>

            """
    }
}

extension ServiceState {
    fileprivate var heading: String {
        switch self {
        case .healthy: "Heksher is running"
        case .unhealthy: "Heksher cannot use its database"
        case .documentationOnly: "Heksher serves its documentation"
        }
    }

    fileprivate var sentence: String {
        switch self {
        case .healthy: "The database is reachable"
        case .unhealthy: "The database is unreachable, or refuses to let the service read"
        case .documentationOnly: "This instance needs no database, because DOC_ONLY is set"
        }
    }
}

extension String {
    /// The text for HTML, also in an attribute's quotes.
    fileprivate var escaped: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
