import HTTPTypes
import OpenAPIRuntime
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
        "A path leads to its operation, with the parameters' values",
        arguments: [
            ("/things", "list"), ("/things/a", "read a"), ("/things/special", "special"),
            ("/things/a/parts/b", "parts a b"),
            ("/things/special/sale", "specialSale"), ("/things/special/parts/b", "parts special b"),
            ("/things/a%20b%2Fc", "read a b/c"), ("/things/a+b", "read a+b"), ("/%74hings", "list"),
            ("/things/%C3%A9", "read é"), ("/things/%FF", "read \u{FFFD}"), ("/things/%", "read %"),
            ("/things/%4", "read %4"), ("/things/%zz", "read %zz"), ("/things/%25", "read %"), ("/", "root"),
            ("/things/", "307 /things"), ("/things/a/", "307 /things/a"), ("/things//", "404"), ("//things", "404"),
            ("/things/a/parts", "404"), ("/things/a/parts/", "404"), ("/nothing", "404"), ("/nothing/", "404"),
            ("", "404"),
            ("things", "404"),
        ])
    func paths(path: String, found: String) {
        #expect(Self.find(.get, path) == found)
    }

    @Test("A path with other methods names them, in order")
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
        "A parameter takes what the literal segment has no method for, and the methods of both are allowed",
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
