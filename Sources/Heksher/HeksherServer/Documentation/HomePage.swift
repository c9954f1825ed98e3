import DocumentationPages

/// The first page in each state of the service.
struct HomePage: Sendable {
    private let healthy: StaticContent
    private let unhealthy: StaticContent
    private let documentationOnly: StaticContent

    /// - Parameter needsToken: whether the service requires tokens.
    init(_ pages: HTMLPages, needsToken: Bool) {
        func page(_ state: ServiceState) -> StaticContent {
            .page(Self.html(pages, state, needsToken: needsToken))
        }
        healthy = page(.healthy)
        unhealthy = page(.unhealthy)
        documentationOnly = page(.documentationOnly)
    }

    func content(in state: ServiceState) -> StaticContent {
        switch state {
        case .healthy: healthy
        case .unhealthy: unhealthy
        case .documentationOnly: documentationOnly
        }
    }

    /// The state of the service, and links.
    private static func html(_ pages: HTMLPages, _ state: ServiceState, needsToken: Bool) -> String {
        let access = needsToken ? "Requests need a token" : "Requests need no token"
        let header = needsToken ? " --header \"Authorization: Bearer $TOKEN\"" : ""
        let request = """
            <h2>A first request</h2>
            <pre><code>curl\(header) <span data-address>http://localhost:8080</span>/api/v1/settings</code></pre>

            """
        let health = """
            <span class="\(state == .unhealthy ? "health bad" : "health")" role="status" \
            data-status="\(state == .unhealthy ? 500 : 200)">\(state.sentence)</span>
            """
        return pages.home(
            heading: state.heading,
            facts: [
                ("Health", health), ("Version", HeksherApplication.version),
                ("Access", state == .documentationOnly ? "The documentation needs no token" : access),
            ],
            cards: """
                <li><a href="api/health">Health</a><p>The state of the service, for monitors. It never needs a token.</p></li>

                """,
            end: state == .documentationOnly ? "" : request)
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
