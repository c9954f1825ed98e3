/// Writes the documentation pages as HTML. All references are relative, so that a page works at any address.
package struct HTMLPages {
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

    private let api: DocumentedAPI
    /// The API's summary as HTML.
    private let summary: String
    private let assets: [DocumentationAsset]
    private let neighbours: Neighbours

    init(_ api: DocumentedAPI, assets: [DocumentationAsset], linksTo neighbours: Neighbours) {
        self.api = api
        summary = api.summary.escapedForHTML
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
        let rows = api.operations.map { operation in
            "<tr><td><code>\(operation.method)</code></td><td><code>\(operation.path.escapedForHTML)</code></td>"
                + "<td>\(operation.summary.escapedForHTML)</td></tr>\n"
        }
        return html(
            page, api.name, styles: ["pages.css"],
            """
            <main class="text">
            <h1>This page is not installed</h1>
            <p>Swagger UI and Redoc are not part of the program, and they were not found when it started. In the source's
            directory, run</p>
            <pre>make pages</pre>
            <p>and start the service again; where the program is elsewhere, set <code>\(api.directoryVariable)</code> to the directory
            <code>.pages</code> that this makes. The contract itself is always here:
            <a href="openapi.json">openapi.json</a>, <a href="openapi.yaml">openapi.yaml</a>.</p>
            <table>
            \(rows.joined())</table>
            </main>

            """)
    }

    /// The first page of the service.
    ///
    /// - Parameters:
    ///   - heading: text.
    ///   - facts: a term and its description each, as HTML.
    ///   - cards: further links, as HTML.
    ///   - end: further HTML.
    package func home(heading: String, facts: [(term: String, description: String)], cards: String, end: String)
        -> String
    {
        let facts = facts.map { "<dt>\($0.term)</dt><dd>\($0.description)</dd>\n" }
        return html(
            .home, "\(api.name) \(api.version)", styles: ["pages.css"], scripts: ["home.js"],
            """
            <main class="text">
            <h1>\(heading.escapedForHTML)</h1>
            <p class="lead">\(summary)</p>
            <dl class="state">
            \(facts.joined())</dl>
            <h2>Start here</h2>
            <ul class="cards">
            \(self.cards)\(cards)</ul>
            \(end)</main>

            """)
    }

    /// The first page of a static site.
    var index: String {
        let rows = api.operations.map { operation in
            let reference = "\(redocReference)#operation/\(operation.id)"
            return "<tr><td><code>\(operation.method)</code></td><td><code>\(operation.path.escapedForHTML)</code></td>"
                + "<td><a href=\"\(reference)\">\(operation.summary.escapedForHTML)</a></td></tr>\n"
        }
        let licences = assets.filter { $0.name.hasSuffix("LICENSE.txt") }.map { asset in
            "<a href=\"\(asset.path)\">\(asset.name.replacing(".LICENSE.txt", with: ""))</a>"
        }
        return html(
            .home, api.name, styles: ["pages.css"],
            """
            <main class="text">
            <h1>The API of \(api.name) \(api.version)</h1>
            <p class="lead">\(summary)</p>
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
            page, "\(api.name) \(api.version) – \(title)", styles: styles, scripts: scripts,
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
            <meta name="description" content="\(summary)">
            <title>\(title)</title>
            <link rel="icon" type="image/svg+xml" href="\(assets.path("icon.svg"))">
            \(styles.joined())\(scripts.joined())</head>
            <body>
            <header class="bar">
            <a class="home" href="\(homeReference)"\(mark(.home))><img src="\(assets.path("icon.svg"))" alt="" width="24" height="24"> \
            \(api.name) <span>\(api.version)</span></a>
            <nav aria-label="Pages"><a href="\(swaggerUIReference)"\(mark(.swaggerUI))>\(swaggerUITitle)</a> \
            <a href="\(redocReference)"\(mark(.redoc))>Reference</a> \
            <a href="openapi.json">JSON</a> <a href="openapi.yaml">YAML</a></nav>
            </header>
            \(body)</body>
            </html>

            """
    }
}

extension String {
    /// The text for HTML, also in an attribute's quotes.
    package var escapedForHTML: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
