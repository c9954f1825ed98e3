import ContractRuntime
import Testing

/// Responds with the caller.
private struct Doors: DoorsAPI {
    private var caller: String { Guards.principal ?? "nobody" }

    func listDoors(_ input: ListDoors.Input) -> ListDoors.Output { .ok(.plainText(caller)) }
    func watchDoor(_ input: WatchDoor.Input) -> WatchDoor.Output { .ok(.plainText(caller)) }
    func openDoor(_ input: OpenDoor.Input) -> OpenDoor.Output { .ok(.plainText("\(caller) \(input.body)")) }
    func removeDoor(_ input: RemoveDoor.Input) -> RemoveDoor.Output { .ok(.plainText(caller)) }
}

/// Knows all callers with `good` credentials, and permits every operation unless the credentials are weak.
private struct Guards: SecurityHandler {
    func admit(_ access: AccessRequest<Credentials>) -> Admission<String> {
        switch access.credentials {
        case .token(let token): judge(token.text, access)
        case .key(let key): judge(key.text, access)
        case .tokenAndLogin(let token, let login):
            login.password == "sesame: now" ? judge("\(token.text) \(login.user)", access) : .unknown("wrong password")
        case .session(let key): judge(key.text, access)
        case .ticket(let key): judge(key.text, access)
        case .seal(let seal): judge(seal.text, access)
        case .certificate: .answered(APIResponse(status: .notFound))
        }
    }

    private func judge(_ secret: String, _ access: AccessRequest<Credentials>) -> Admission<String> {
        guard secret.hasPrefix("good") else { return .unknown("'\(access.operationID)' knows no such caller") }
        if secret == "good/weak" { return .forbidden("not for the weak") }
        return .admitted("\(secret) \(access.scopes)")
    }
}

@Suite struct SecurityTests {
    private static let routes = API.routes(doors: Doors(), security: Guards())

    /// `200 body`, with the challenges of a refusal.
    private static func ask(
        _ method: HTTPRequest.Method, _ path: String, query: String? = nil, _ fields: HTTPFields = [:],
        body: String = "", routes: [Route] = routes
    ) async throws -> String {
        let response = try await InProcessTransport(routes).send(
            APIRequest(method: method, path: path, query: query, headerFields: fields, body: Array(body.utf8)))
        let challenges = response.headerFields[values: .wwwAuthenticate].map { " \($0)" }.joined(separator: ";")
        return "\(response.status.code) \(String(decoding: response.body, as: UTF8.self))\(challenges)"
    }

    private static func header(_ name: String, _ value: String) throws -> HTTPFields {
        [try #require(HTTPField.Name(name)): value]
    }

    @Test(
        "One satisfied alternative is enough, and the handler gets the caller and the scopes",
        arguments: [
            ("Authorization", "Bearer good", "good [\"read\"]"), ("authorization", "bEARER  good", "good [\"read\"]"),
            ("X-API-Key", "good and long", "good and long [\"read\"]"),
        ])
    func admitted(name: String, value: String, caller: String) async throws {
        #expect(try await Self.ask(.get, "/doors", Self.header(name, value)) == "200 \(caller)")
    }

    @Test(
        "Without good credentials, the response is the contract's, with a challenge for each scheme",
        arguments: [
            (
                "Accept", "*/*",
                #"401 {"detail":"credentials are required"} Bearer realm="The \"Depot\"", scope="read"; ApiKey realm="The \"Depot\"""#
            ),
            (
                "Authorization", "Bearer bad",
                #"401 {"detail":"'listDoors' knows no such caller"} Bearer realm="The \"Depot\"", error="invalid_token", scope="read"; ApiKey realm="The \"Depot\"""#
            ),
            (
                "Authorization", "Bearer good, or not",
                #"401 {"detail":"credentials are required"} Bearer realm="The \"Depot\"", scope="read"; ApiKey realm="The \"Depot\"""#
            ),
            (
                "Authorization", "Basic good",
                #"401 {"detail":"credentials are required"} Bearer realm="The \"Depot\"", scope="read"; ApiKey realm="The \"Depot\"""#
            ),
            (
                "Authorization", "Bearer good/weak",
                #"403 {"detail":"not for the weak"} Bearer realm="The \"Depot\"", error="insufficient_scope", scope="read""#
            ),
            ("X-API-Key", "good/weak", #"403 {"detail":"not for the weak"}"#),
        ])
    func refused(name: String, value: String, answer: String) async throws {
        #expect(try await Self.ask(.get, "/doors", Self.header(name, value)) == answer)
    }

    @Test("Bad credentials are refused even if other credentials of the request are good")
    func alternatives() async throws {
        var fields = try Self.header("X-API-Key", "good")
        for bad in ["Bearer bad", "Bearer", "bearer \t", "Bearer good, or not", "bearer\tb a d", "good", ""] {
            fields[.authorization] = bad
            #expect(try await Self.ask(.get, "/doors", fields).hasPrefix("401 "), "\(bad)")
        }
        // A scheme that the contract does not declare may be for a proxy, so it is ignored.
        for other in ["Basic eDp5", "Bearer good", "bearer\tgood"] {
            fields[.authorization] = other
            #expect(try await Self.ask(.get, "/doors", fields) == #"200 good ["read"]"#, "\(other)")
        }
        fields[.authorization] = "Bearer good/weak"
        #expect(try await Self.ask(.get, "/doors", fields) == #"200 good ["read"]"#)
        fields = try Self.header("X-API-Key", "good/weak")
        fields[.authorization] = "Bearer bad"
        #expect(try await Self.ask(.get, "/doors", fields).hasPrefix("401 "))
        fields = try Self.header("X-API-Key", "good/weak")
        #expect(try await Self.ask(.get, "/doors", fields) == #"403 {"detail":"not for the weak"}"#)
    }

    @Test("If '{}' is an alternative, requests without credentials are admitted, but bad credentials are refused")
    func anonymous() async throws {
        #expect(try await Self.ask(.get, "/doors/1") == "200 nobody")
        #expect(try await Self.ask(.get, "/doors/1", [.authorization: "Bearer good"]) == "200 good []")
        #expect(
            try await Self.ask(.get, "/doors/1", [.authorization: "Bearer bad"])
                == #"401 'watchDoor' knows no such caller Bearer realm="The \"Depot\"", error="invalid_token""#)
    }

    @Test("All schemes of one alternative are required together, in headers, cookies and queries")
    func together() async throws {
        // user:sesame: now
        let basic = "Basic dXNlcjpzZXNhbWU6IG5vdw=="
        let realm = #"realm="The \"Depot\"""#
        let missing =
            #"401  Bearer \#(realm), scope="open read"; Basic \#(realm), charset="UTF-8"; ApiKey \#(realm); Seal \#(realm)"#
        // Both schemes of this alternative use the same field, which has only one value: no request satisfies it.
        #expect(try await Self.ask(.put, "/doors/1", [.authorization: basic], body: "\"x\"") == missing)
        let cookies: HTTPFields = [.cookie: "a=b; session=good%20one; session=bad"]
        #expect(try await Self.ask(.put, "/doors/1", cookies, body: "\"x\"") == "200 good one [] x")
        #expect(try await Self.ask(.put, "/doors/1", query: "ticket=good+two", body: "\"x\"") == "200 good two [] x")
        #expect(
            try await Self.ask(.put, "/doors/1", [.authorization: "seal good, n=1"], body: "\"x\"")
                == "200 good, n=1 [] x")
        #expect(
            try await Self.ask(.put, "/doors/1", query: "ticket=good/weak", body: "\"x\"")
                == #"403 {"message":"not for the weak"}"#)
    }

    @Test("Basic credentials are read and written as RFC 7617 requires")
    func basic() throws {
        func read(_ value: String) -> BasicCredentials? {
            BasicCredentials(in: APIRequest(method: .get, path: "/", headerFields: [.authorization: value]))
        }
        #expect(read("Basic dXNlcjpzZXNhbWU6IG5vdw==") == BasicCredentials(user: "user", password: "sesame: now"))
        #expect(read("basic dGVzdDoxMjPCow==") == BasicCredentials(user: "test", password: "123£"))
        #expect(read("Basic Og==") == BasicCredentials(user: "", password: ""))
        for bad in ["Basic", "Basic ", "Basic ?", "Basic dXNlcg==", "Basic /zo=", "Bearer dXNlcjo="] {
            #expect(read(bad) == nil, "\(bad)")
        }
        var request = APIRequest(method: .get, path: "/")
        BasicCredentials(user: "test", password: "123£").add(to: &request)
        #expect(request.headerFields[.authorization] == "Basic dGVzdDoxMjPCow==")
    }

    @Test("A security handler may respond to the request itself")
    func answered() async throws {
        #expect(try await Self.ask(.delete, "/doors/1") == "404 ")
    }

    @Test("Credentials are checked before parameters, and before the body is read")
    func first() async throws {
        #expect(try await Self.ask(.put, "/doors/x", body: "{").hasPrefix("401 "))
        #expect(try await Self.ask(.put, "/doors/x", [.cookie: "session=good"], body: "{").hasPrefix("422 "))
        let route = try #require(Self.routes.first { $0.operationID == "openDoor" })
        let refused = try await route.answer(APIRequest(method: .put, path: "/doors/1"), ["1"]) {
            Issue.record("the body is read")
            return []
        }
        #expect(refused.status == .unauthorized)
    }

    @Test("If security is turned off, credentials are not checked")
    func off() async throws {
        let routes = API.routes(doors: Doors(), security: AdmitsEverybody())
        #expect(try await Self.ask(.get, "/doors", [.authorization: "Bearer bad"], routes: routes) == "200 nobody")
        #expect(try await Self.ask(.put, "/doors/1", body: "\"x\"", routes: routes) == "200 nobody x")
    }

    @Test("A client sends the credentials that an operation requires, and otherwise none")
    func client() async throws {
        let transport = InProcessTransport(Self.routes)
        let client = Client(transport, credentials: [.key(APIKey("good key")), .token(BearerToken("good"))])
        // The contract's first alternative is the token.
        #expect(try await client.listDoors().ok == "good [\"read\"]")
        #expect(try await client.watchDoor(door: 1).ok == "good []")
        #expect(try await Client(transport).watchDoor(door: 1).ok == "nobody")
        guard case .unauthorized(.json(let refusal)) = try await Client(transport).listDoors() else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.detail == "credentials are required")
        let session = Client(transport, credentials: [.session(APIKey("good; & one"))])
        #expect(try await session.openDoor(door: 1, body: "x").ok == "good; & one [] x")
        let ticket = Client(transport, credentials: [.ticket(APIKey("good&two"))])
        #expect(try await ticket.openDoor(door: 1, body: "x").ok == "good&two [] x")
    }

    @Test("An error of the closure that provides credentials is the error of the call")
    func changing() async throws {
        struct Expired: Error {}
        let client = Client(InProcessTransport(Self.routes), credentials: ClientCredentials { throw Expired() })
        let error = await #expect(throws: ClientError.self) { try await client.listDoors() }
        #expect(error?.description == "listDoors: no response: Expired()")
    }

    @Test("A fast path reads credentials by the same rules, synchronously")
    func synchronously() {
        struct Head: CredentialSource {
            var query: String? { nil }
            func headerField(_ name: String) -> String? { name == "Authorization" ? "Bearer good" : nil }
        }
        let requests = ListDoors.security.requests(in: Head())
        #expect(requests.map(\.credentials) == [.token(BearerToken("good"))])
        guard let request = requests.first, case .admitted(let caller) = Guards().admit(request) else {
            Issue.record("not admitted")
            return
        }
        #expect(caller == "good [\"read\"]")
    }

    @Test("Printed credentials do not contain secrets")
    func printing() {
        for credentials: Credentials in [
            .token(BearerToken("secret")), .key(APIKey("secret")), .seal(HTTPCredentials("secret")),
            .tokenAndLogin(BearerToken("secret"), BasicCredentials(user: "user", password: "secret")),
        ] {
            var dumped = ""
            dump(credentials, to: &dumped)
            #expect(!"\(credentials) \(String(reflecting: credentials)) \(dumped)".contains("secret"))
        }
    }
}
