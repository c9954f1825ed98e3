import ContractRuntime
import Testing

/// Responds with its input, as Swift prints it.
struct Told: ParametersAPI, BodiesAPI {
    func simplePaths(_ input: SimplePaths.Input) -> SimplePaths.Output { .ok(.plainText("\(input)")) }
    func labelPaths(_ input: LabelPaths.Input) -> LabelPaths.Output { .ok(.plainText("\(input)")) }
    func matrixPaths(_ input: MatrixPaths.Input) -> MatrixPaths.Output { .ok(.plainText("\(input)")) }
    func readReport(_ input: ReadReport.Input) -> ReadReport.Output { .ok(.plainText("\(input)")) }
    func filterReports(_ input: FilterReports.Input) -> FilterReports.Output { .ok(.plainText("\(input)")) }
    func queryStyles(_ input: QueryStyles.Input) -> QueryStyles.Output { .ok(.plainText("\(input)")) }
    func explodedQuery(_ input: ExplodedQuery.Input) -> ExplodedQuery.Output { .ok(.plainText("\(input)")) }
    func fieldStyles(_ input: FieldStyles.Input) -> FieldStyles.Output { .ok(.plainText("\(input)")) }
    func constants(_ input: Constants.Input) -> Constants.Output { .noContent(headers: .init(xOld: 1)) }
    func addEvent(_ input: AddEvent.Input) -> AddEvent.Output {
        .ok(.json(input.body), headers: .init(xSeen: input.headers.xSeen))
    }
    func getUnnamedById(_ input: GetUnnamedById.Input) -> GetUnnamedById.Output { .ok(.plainText("\(input)")) }
    func sendText(_ input: SendText.Input) -> SendText.Output { .ok(.plainText("\(input)")) }
    func sendBytes(_ input: SendBytes.Input) -> SendBytes.Output { .ok(.plainText("\(input)")) }
    func sendForm(_ input: SendForm.Input) -> SendForm.Output { .ok(.plainText("\(input)")) }
    func upload(_ input: Upload.Input) -> Upload.Output { .ok(.plainText("\(input)")) }
    func sendAnything(_ input: SendAnything.Input) -> SendAnything.Output { .ok(.plainText("\(input)")) }

    static let routes = API.routes(parameters: Told()) + API.routes(bodies: Told())
    static let client = Client(InProcessTransport(routes))

    /// `200 body`, or the status and the problems: `422 query.limit value is not a valid integer`.
    static func ask(
        _ method: HTTPRequest.Method, _ path: String, query: String? = nil, _ fields: HTTPFields = [:],
        body: [UInt8] = []
    ) async throws -> String {
        let response = try await InProcessTransport(routes).send(
            APIRequest(method: method, path: path, query: query, headerFields: fields, body: body))
        let text = String(decoding: response.body, as: UTF8.self)
        guard response.status == .unprocessableContent else { return "\(response.status.code) \(text)" }
        let problems = text.matches(of: /"loc":\[(.*?)\],"msg":"(.*?)"/).map { match in
            "\(match.1.filter { $0 != "\"" }.replacing(",", with: ".")) \(match.2)"
        }
        return "422 \(problems.joined(separator: "; "))"
    }
}

@Suite struct ParameterStyleTests {
    private static let place = Schemas.Place(x: 1, y: -0.5, name: "a, b|c=d;e.f/é +%")

    @Test("Path parameters of every style arrive unchanged")
    func paths() async throws {
        let list = ["a,b", ";=", ".", "é/?", "%41"]
        let simple = SimplePaths.Input(
            scalar: -1, list: list, exploded: [1, 2], pairs: Self.place, explodedPairs: Self.place)
        #expect(try await Told.client.simplePaths(simple).ok == "\(simple)")
        let label = LabelPaths.Input(
            scalar: -1, list: ["a,b", ";=", "é/?"], exploded: [1, 2], pairs: .init(x: 1, name: "é,"),
            explodedPairs: .init(x: 3))
        #expect(try await Told.client.labelPaths(label).ok == "\(label)")
        let matrix = MatrixPaths.Input(
            scalar: -1, list: list, exploded: [1, 2], pairs: Self.place, explodedPairs: Self.place)
        #expect(try await Told.client.matrixPaths(matrix).ok == "\(matrix)")
    }

    @Test("Path parameters are written as RFC 6570 requires")
    func pathTexts() {
        let place = Schemas.Place(x: 1, name: "a b")
        #expect(
            SimplePaths.Input(scalar: 5, list: ["a", "b,"], exploded: [1, 2], pairs: place, explodedPairs: place)
                .request().path == "/simple/5/a,b%2C/1,2/x,1,name,a%20b/x=1,name=a%20b")
        #expect(
            LabelPaths.Input(scalar: 5, list: ["a", "b,"], exploded: [1, 2], pairs: place, explodedPairs: place)
                .request().path == "/label/.5/.a,b%2C/.1.2/.x,1,name,a%20b/.x=1.name=a%20b")
        #expect(
            MatrixPaths.Input(scalar: 5, list: ["a", "b,"], exploded: [1, 2], pairs: place, explodedPairs: place)
                .request().path
                == "/matrix/;scalar=5/;list=a,b%2C/;exploded=1;exploded=2/;pairs=x,1,name,a%20b/;x=1;name=a%20b")
    }

    @Test(
        "Invalid path parameters are refused with their locations",
        arguments: [
            ("/simple/a/b/1,2/x,1/x=1", "path.scalar value is not a valid integer"),
            ("/simple/1/b/1/x,1/x=1", "path.exploded ensure this value has at least 2 items"),
            ("/simple/1/b/1,b/x,1/x=1", "path.exploded.1 value is not a valid integer"),
            ("/simple/1/b/1,2/x/x=1", "path.pairs names and values alternate, and a value is missing"),
            ("/simple/1/b/1,2/y,1/x=1", "path.pairs.x field required"),
            ("/simple/1/b/1,2/x,1/x", "path.explodedPairs a member is 'name=value'"),
            (
                "/simple/1/b/1,2/x,-1/x=a",
                "path.pairs.x ensure this value is greater than or equal to 0; path.explodedPairs.x value is not a valid integer"
            ),
            ("/label/1/.b/.1.2/.x,1/.x=1", "path.scalar the value begins with '.'"),
            (
                "/matrix/;scalar=1/;list=a/;exploded=1;other=2/;pairs=x,1/;x=1",
                "path.exploded the value begins with ';exploded='"
            ),
        ])
    func wrongPaths(path: String, problem: String) async throws {
        #expect(try await Told.ask(.get, path) == "422 \(problem)")
    }

    @Test("A path segment may have several parameters, and a path may end with a slash")
    func composites() async throws {
        let report = ReadReport.Input(name: "a.b/c", format: .csv)
        #expect(report.request().path == "/reports/a.b%2Fc.csv")
        #expect(try await Told.client.readReport(report).ok == "\(report)")
        #expect(try await Told.ask(.get, "/reports/a.xml") == "422 path.format value is not one of 'json', 'csv'")
        #expect(try await Told.ask(.get, "/reports/csv") == "404 {\"detail\":\"Not Found\"}")
        #expect(try await Told.ask(.get, "/reports/.csv") == "404 {\"detail\":\"Not Found\"}")
        let filter = FilterReports.Input(filter: Self.place)
        #expect(filter.request().path.hasSuffix("/"))
        #expect(try await Told.client.filterReports(filter).ok == "\(filter)")
        #expect(try await Told.ask(.get, "/reports/{/").hasPrefix("422 path.filter "))
        #expect(try await Told.ask(.get, "/reports/{}/") == "422 path.filter.x field required")
    }

    @Test("Query parameters of every style arrive unchanged")
    func query() async throws {
        let input = QueryStyles.Input(
            list: ["a,b", "", "&=+ %"], joined: ["a,b", "c d"], place: Self.place, spaces: [1, -2],
            pipes: [true, false],
            pipePlace: .init(x: 1, name: "a b"), deep: .init(from: 1, in: ["a", "b&"]), reserved: "a/b?c=d&e+f#[g]",
            empty: 5, limit: 3, filter: [Self.place, .init(x: 2)])
        #expect(try await Told.client.queryStyles(input).ok == "\(input)")
        let nothing = QueryStyles.Input()
        #expect(try await Told.client.queryStyles(nothing).ok == "\(nothing)")
        let place = Schemas.Place(x: 1, name: "a b")
        let texts = QueryStyles.Input(
            list: ["a", "b"], joined: ["a", "b,"], place: place, spaces: [1, 2], pipes: [true, false], pipePlace: place,
            deep: .init(from: 1, in: ["a", "b"]), reserved: "a/b?c=d&e+f#[g],", empty: 5)
        #expect(
            texts.request().query == "list=a&list=b&joined=a,b%2C&place=x,1,name,a%20b&spaces=1%202&pipes=true|false"
                + "&pipePlace=x|1|name|a%20b&deep%5Bfrom%5D=1&deep%5Bin%5D=a&deep%5Bin%5D=b"
                + "&reserved=a/b?c=d%26e%2Bf%23%5Bg%5D,&empty=5")
    }

    @Test(
        "Query parameters are read in all the forms that clients write",
        arguments: [
            ("spaces=1+2", "spaces: Optional([1, 2])"), ("spaces=1%202", "spaces: Optional([1, 2])"),
            ("pipes=1%7Cno", "pipes: Optional([true, false])"), ("joined=a%2Cb", "joined: Optional([\"a\", \"b\"])"),
            ("deep[from]=1&deep[to]=2&deep[other]=3", "from: Optional(1), to: Optional(2), in: nil"),
            ("empty=", "empty: nil"), ("empty", "empty: nil"), ("limit=7", "limitIfGiven: Optional(7)"),
            ("filter=[{%22x%22:1}]", "filter: Optional([Depot"),
        ])
    func readQueries(query: String, told: String) async throws {
        let answer = try await Told.ask(.get, "/query", query: query)
            .replacing("GeneratedOperationsTests.Schemas.", with: "Depot")
        #expect(answer.hasPrefix("200 ") && answer.contains(told), "\(answer)")
    }

    @Test(
        "Invalid query parameters are refused with their locations",
        arguments: [
            ("joined=a,b,c,d", "query.joined ensure this value has at most 3 items"),
            ("place=x", "query.place names and values alternate, and a value is missing"),
            ("place=y,1", "query.place.x field required"),
            ("spaces=1%20a", "query.spaces.1 value is not a valid integer"),
            ("pipes=true|2", "query.pipes.1 value could not be parsed to a boolean"),
            ("deep[from]=a", "query.deep.from value is not a valid integer"),
            ("empty=a", "query.empty value is not a valid integer"),
            ("limit=", "query.limit value is not a valid integer"),
            ("filter=[{}]", "query.filter.0.x field required"),
            ("filter=a", "query.filter expecting a value"),
        ])
    func wrongQueries(query: String, problem: String) async throws {
        let answer = try await Told.ask(.get, "/query", query: query)
        #expect(answer.hasPrefix("422 \(problem)"), "\(answer)")
    }

    @Test("In an exploded query, objects take their declared members, and maps take all other names")
    func exploded() async throws {
        let input = ExplodedQuery.Input(place: .init(from: 1, in: ["a", "b"]), others: ["a": 1, "b": 2], page: 3)
        #expect(input.request().query == "from=1&in=a&in=b&a=1&b=2&page=3")
        let answer = try await Told.ask(.get, "/query/exploded", query: "from=1&in=a&in=b&page=3")
        #expect(answer.contains("page: Optional(3)") && answer.contains("in: Optional([\"a\", \"b\"])"), "\(answer)")
        #expect(
            try await Told.ask(.get, "/query/exploded", query: "from=1&b=c").hasPrefix(
                "422 query.others.b value is not a valid integer"))
    }

    @Test("Header and cookie parameters arrive unchanged")
    func fields() async throws {
        let place = Schemas.Place(x: 1, name: "a b")
        let input = FieldStyles.Input(
            xList: [1, 2], xPlace: place, xExploded: place, xJson: Self.place, session: "a;b=é", marks: ["a,b", "c"],
            seen: true)
        #expect(try await Told.client.fieldStyles(input).ok == "\(input)")
        let fields = input.request().headerFields
        #expect(try fields[#require(HTTPField.Name("X-List"))] == "1,2")
        #expect(try fields[#require(HTTPField.Name("X-Place"))] == "x,1,name,a b")
        #expect(try fields[#require(HTTPField.Name("X-Exploded"))] == "x=1,name=a b")
        #expect(fields[.cookie] == "session=a%3Bb%3D%C3%A9; marks=a%2Cb,c; seen=true")
        let least = FieldStyles.Input(session: "ab")
        #expect(try await Told.client.fieldStyles(least).ok == "\(least)")
    }

    @Test(
        "Invalid header and cookie parameters are refused with their locations",
        arguments: [
            ("Accept", "*/*", "cookie.session field required"),
            ("Cookie", "session=a", "cookie.session ensure this value has at least 2 characters"),
            ("Cookie", "session=ab; seen=maybe", "cookie.seen value could not be parsed to a boolean"),
            ("X-List", "1, a", "header.X-List.1 value is not a valid integer; cookie.session field required"),
            (
                "X-Place", "x",
                "header.X-Place names and values alternate, and a value is missing; cookie.session field required"
            ),
            (
                "X-Exploded", "x=-1",
                "header.X-Exploded.x ensure this value is greater than or equal to 0; cookie.session field required"
            ),
            ("X-JSON", "{}", "header.X-JSON.x field required; cookie.session field required"),
        ])
    func wrongFields(name: String, value: String, problem: String) async throws {
        let fields: HTTPFields = [try #require(HTTPField.Name(name)): value]
        #expect(try await Told.ask(.get, "/fields", fields) == "422 \(problem)")
    }

    @Test("White space around elements of header fields and cookies is ignored")
    func spaces() async throws {
        var fields: HTTPFields = [.cookie: "seen=1;session=ab"]
        fields[try #require(HTTPField.Name("X-List"))] = " 1 ,\t2"
        let answer = try await Told.ask(.get, "/fields", fields)
        #expect(answer.contains("[1, 2]") && answer.contains("seenIfGiven: Optional(true)"), "\(answer)")
    }

    @Test("Constant parameters and headers are sent without being given, and are checked")
    func constants() async throws {
        #expect(Constants.Input().request().query == "version=v1")
        #expect(try await Told.client.constants().noContent.xVersion == "v1")
        #expect(try await Told.ask(.get, "/constants", query: "version=v2") == "422 query.version value is not 'v1'")
        #expect(try await Told.ask(.get, "/constants") == "422 query.version field required")
    }

    @Test("With the configured formats, dates and times are typed values and keep their text")
    func formats() async throws {
        let day = try #require(CalendarDate("2026-01-31"))
        let seen = try #require(DateTime("2026-01-31t12:00:00.50Z"))
        let at = try #require(DateTime("2026-01-31T12:00:00.50+01:00"))
        let input = AddEvent.Input(
            day: day, since: at, days: [day, day], xSeen: DateTime("2026-01-31T12:00:00.5Z"),
            body: .init(at: at, days: [day], either: .string(seen)))
        #expect(input.query.until.sinceEpoch == .seconds(1_798_675_200) && input.body.from.text == "2026-01-01")
        #expect(
            input.request().query == "since=2026-01-31T12%3A00%3A00.50%2B01%3A00&days=2026-01-31&days=2026-01-31")
        #expect(
            String(decoding: input.request().body, as: UTF8.self)
                == #"{"at":"2026-01-31T12:00:00.50+01:00","days":["2026-01-31"],"either":"2026-01-31t12:00:00.50Z"}"#
        )
        let answer = try await Told.client.addEvent(input).ok
        #expect(answer.body == input.body && answer.headers.xSeen == input.headers.xSeen)
        #expect(
            try await Told.ask(
                .post, "/events/2026-02-30", query: "since=now&days=2026-1-1",
                [try #require(.init("X-Seen")): "2026-01-31T12:00:00+00:00"],
                body: Array(#"{"at":1,"days":["2026-01-31","2026-01-31"]}"#.utf8))
                == "422 path.day value is not a date (RFC 3339), like 2026-01-31; query.since value is not a date and time (RFC 3339), like 2026-01-31T12:00:00Z; query.days.0 value is not a date (RFC 3339), like 2026-01-31; header.X-Seen string does not match regex \\; body.at value is not a string; body.days the list has duplicated items"
        )
        #expect(Schemas.DateTime(text: "a").text == "a")
        #expect(AddEvent.Server.server1().url == "https://events.example.com")
    }

    @Test("An operation without an operationId is named by its method and path")
    func unnamed() async throws {
        #expect(try await Told.ask(.get, "/unnamed/5").contains("id: 5"))
        #expect(Told.routes.contains { $0.operationID == "getUnnamedById" })
    }
}
