import ContractRuntime
import HTTPTypes
import Testing

@Suite struct RouterTests {
    static let router = Router([
        route("list", .get, [.literal("things")]),
        route("add", .post, [.literal("things")]),
        route("read", .get, [.literal("things"), .parameter]),
        route("special", .get, [.literal("things"), .literal("special")]),
        route("parts", .get, [.literal("things"), .parameter, .literal("parts"), .parameter]),
        route("specialSale", .get, [.literal("things"), .literal("special"), .literal("sale")]),
        route("root", .get, []),
    ])

    static func route(_ name: String, _ method: HTTPRequest.Method, _ path: [Route.Segment]) -> Route {
        Route(name, method, path, readsBody: false) { _, _ in APIResponse(status: .ok) }
    }

    static func find(_ method: HTTPRequest.Method, _ path: String, in router: Router = router) -> String {
        switch router.match(method: method, path: path) {
        case .route(let route, let values): ([route.operationID] + values).joined(separator: " ")
        case .methodNotAllowed(let allowed): "405 " + allowed.joined(separator: ",")
        case .trailingSlash(let path): "307 \(path)"
        case .notFound: "404"
        }
    }

    @Test(
        "A path is routed to its operation with its parameters",
        arguments: [
            ("/things", "list"), ("/things/a", "read a"), ("/things/special", "special"),
            ("/things/a/parts/b", "parts a b"),
            ("/things/special/sale", "specialSale"), ("/things/special/parts/b", "parts special b"),
            ("/things/a%20b%2Fc", "read a%20b%2Fc"), ("/things/a+b", "read a+b"), ("/%74hings", "list"),
            ("/things/%C3%A9", "read %C3%A9"), ("/things/%FF", "read %FF"), ("/things/%", "read %"),
            ("/things/%4", "read %4"), ("/things/%zz", "read %zz"), ("/things/%25", "read %25"), ("/", "root"),
            ("/things/", "307 /things"), ("/things/a/", "307 /things/a"), ("/things//", "404"), ("//things", "404"),
            ("/things/a/parts", "404"), ("/things/a/parts/", "404"), ("/nothing", "404"), ("/nothing/", "404"),
            ("", "404"),
            ("things", "404"),
        ])
    func paths(path: String, found: String) {
        #expect(Self.find(.get, path) == found)
    }

    private static let composites = Router([
        route("parameter", .get, [.parameter]),
        route("file", .get, [.composite([.parameter, .literal("."), .parameter])]),
        route("archive", .get, [.composite([.parameter, .literal(".tar."), .parameter])]),
        route("action", .get, [.composite([.literal("v"), .parameter, .literal(":run")])]),
        route("parts", .get, [.composite([.parameter, .literal("-"), .parameter, .literal("-"), .parameter])]),
        route("sum", .get, [.literal("x"), .composite([.literal("a b"), .parameter])]),
    ])

    @Test(
        "A segment with several parameters is matched by its literals, the longest first",
        arguments: [
            ("/a", "parameter a"), ("/a.b", "file a b"), ("/a.b.c", "file a.b c"), ("/a%2Eb", "parameter a%2Eb"),
            ("/.b", "parameter .b"), ("/a.", "parameter a."), ("/..a", "file . a"), ("/a..", "file a ."),
            ("/a.tar.gz", "archive a gz"), ("/v1:run", "action 1"), ("/v1%3Arun", "action 1"),
            ("/v:run", "parameter v:run"), ("/1-2-3", "parts 1 2 3"), ("/1-2-3-4", "parts 1-2 3 4"),
            ("/-----", "parts - - -"), ("/1-2", "parameter 1-2"), ("/x/a%20b1", "sum 1"), ("/x/a%20b", "404"),
        ])
    func composites(path: String, found: String) {
        #expect(Self.find(.get, path, in: Self.composites) == found)
    }

    @Test("Routing takes linear time for a segment with 100,000 literals")
    func longSegment() {
        let path = "/" + String(repeating: "-", count: 100_000) + "x."
        #expect(ContinuousClock().measure { _ = Self.find(.get, path, in: Self.composites) } < .seconds(30))
    }

    @Test("A path without the method is answered 405 with the allowed methods in order")
    func methods() {
        #expect(Self.find(.delete, "/things") == "405 GET,HEAD,POST")
        #expect(Self.find(.post, "/things/a") == "405 GET,HEAD")
        #expect(Self.find(.head, "/things") == "list")
    }
}

@Suite struct RouterFallbackTests {
    static let router = Router([
        RouterTests.route("declare", .post, [.literal("settings"), .literal("declare")]),
        RouterTests.route("get", .get, [.literal("settings"), .parameter]),
        RouterTests.route("delete", .delete, [.literal("settings"), .parameter]),
        RouterTests.route("search", .get, [.literal("rules"), .literal("search")]),
        RouterTests.route("rule", .get, [.literal("rules"), .parameter]),
        RouterTests.route("patch", .patch, [.literal("rules"), .parameter]),
    ])

    @Test(
        "A parameter route takes methods that the literal route lacks, and 405 lists the methods of both",
        arguments: [
            (HTTPRequest.Method.post, "/settings/declare", "declare"), (.get, "/settings/declare", "get declare"),
            (.head, "/settings/declare", "get declare"), (.delete, "/settings/declare", "delete declare"),
            (.put, "/settings/declare", "405 DELETE,GET,HEAD,POST"), (.put, "/settings/other", "405 DELETE,GET,HEAD"),
            (.post, "/settings/other", "405 DELETE,GET,HEAD"), (.get, "/rules/search", "search"),
            (.head, "/rules/search", "search"), (.patch, "/rules/search", "patch search"),
            (.delete, "/rules/search", "405 GET,HEAD,PATCH"), (.get, "/settings/declare/", "307 /settings/declare"),
        ])
    func fallback(method: HTTPRequest.Method, path: String, found: String) {
        #expect(RouterTests.find(method, path, in: Self.router) == found)
    }
}
