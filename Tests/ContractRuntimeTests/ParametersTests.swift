import ContractJSON
import ContractRuntime
import HTTPTypes
import Testing

@Suite struct ParametersTests {
    private static func parameters(_ query: String?, _ fields: HTTPFields = [:]) -> RequestParameters {
        RequestParameters(
            APIRequest(method: .get, path: "/", query: query, headerFields: fields), pathValues: ["first", "second"])
    }

    /// Accepts text without `!`.
    private static func plain(_ text: String, _ problems: inout ValidationProblems) -> String? {
        guard text.contains("!") else { return text }
        problems.add(.other, "no '!', please")
        return nil
    }

    @Test("Parameters are read from path, query and headers")
    func locations() {
        var problems = ValidationProblems()
        let parameters = Self.parameters(
            "a=1&a=2&b=%20+%2B&c&d=x%3Dy=z&%65=e", [.ifNoneMatch: "\"x\"", .accept: "*/*"])
        #expect(parameters.path("id", at: 1, &problems, Self.plain) == "second")
        #expect(parameters.query("a", required: true, &problems, Self.plain) == "2")
        #expect(parameters.query("b", required: true, &problems, Self.plain) == "  +")
        #expect(parameters.query("c", required: true, &problems, Self.plain) == "")
        #expect(parameters.query("d", required: true, &problems, Self.plain) == "x=y=z")
        #expect(parameters.query("e", required: true, &problems, Self.plain) == "e")
        #expect(parameters.query("f", required: false, &problems, Self.plain) == nil)
        #expect(parameters.header("If-None-Match", required: true, &problems, Self.plain) == "\"x\"")
        #expect(parameters.header("accept", required: true, &problems, Self.plain) == "*/*")
        #expect(problems.isEmpty)
    }

    @Test("Every problem of a parameter has its location")
    func problems() {
        var problems = ValidationProblems()
        let parameters = Self.parameters("a=!&list=a,!,b,!")
        _ = parameters.query("a", required: true, &problems, Self.plain)
        _ = parameters.query("b", required: true, &problems, Self.plain)
        _ = parameters.header("X-C", required: true, &problems, Self.plain)
        _ = parameters.queryArray("list", required: true, explode: false, &problems, Self.plain)
        #expect(
            problems.list.map(\.location) == [
                [.name("query"), .name("a")], [.name("query"), .name("b")], [.name("header"), .name("X-C")],
                [.name("query"), .name("list"), .index(1)], [.name("query"), .name("list"), .index(3)],
            ])
        #expect(problems.list.map(\.kind) == [.other, .missing, .missing, .other, .other])
    }

    @Test(
        "Arrays in style 'form' are read",
        arguments: [
            ("list=a,b", false, ["a", "b"]), ("list=a%2Cb", false, ["a", "b"]), ("list=", false, []),
            ("list=,", false, ["", ""]),
            ("list=a&list=b", false, ["b"]), ("list=a&list=b", true, ["a", "b"]), ("list=a,b", true, ["a,b"]),
            ("", false, nil),
            ("list", true, [""]),
        ] as [(String, Bool, [String]?)])
    func arrays(query: String, explode: Bool, elements: [String]?) {
        var problems = ValidationProblems()
        let found = Self.parameters(query).queryArray("list", required: false, explode: explode, &problems, Self.plain)
        #expect(found == elements)
        #expect(problems.isEmpty)
    }

    @Test("Arrays that violate 'minItems' or 'uniqueItems' are refused")
    func bounds() {
        var problems = ValidationProblems()
        let few = Self.parameters("list=a").queryArray(
            "list", required: true, explode: false, &problems, minItems: 2, Self.plain)
        #expect(few == nil)
        let twice = Self.parameters("list=a,a").queryArray(
            "list", required: true, explode: false, &problems, uniqueItems: true, Self.plain)
        #expect(twice == nil)
        #expect(problems.list.map(\.kind) == [.minItems, .uniqueItems])
        #expect(problems.list.allSatisfy { $0.location == [.name("query"), .name("list")] })
    }
}

@Suite struct BodyTests {
    private static func decode(_ body: String, _ contentType: String?, required: Bool = true) -> (
        JSONValue?, ValidationProblems
    ) {
        var problems = ValidationProblems()
        var fields = HTTPFields()
        fields[.contentType] = contentType
        let request = APIRequest(method: .post, path: "/", headerFields: fields, body: Array(body.utf8))
        let value = request.decodeJSONBody(required: required, problems: &problems) { (json, _) throws(JSONError) in
            try json.readValue()
        }
        return (value, problems)
    }

    @Test(
        "A body is read as JSON if its content type is JSON or absent",
        arguments: [
            nil, "application/json", "Application/JSON; charset=utf-8", "application/problem+json",
            " application/json ",
        ])
    func json(contentType: String?) {
        let (value, problems) = Self.decode("[1]", contentType)
        #expect(value?.text == "[1]")
        #expect(problems.isEmpty)
    }

    @Test(
        "Other content types are refused",
        arguments: ["text/plain", "application/xml", "json", "+json", "application/jsonx"])
    func other(contentType: String) {
        let (value, problems) = Self.decode("[1]", contentType)
        #expect(value == nil)
        #expect(problems.list.map(\.location) == [[.name("body")]])
    }

    @Test("An absent body is a problem only if the body is required")
    func absent() {
        #expect(Self.decode("", nil).1.list.map(\.kind) == [.missing])
        #expect(Self.decode("", nil, required: false).1.isEmpty)
    }

    @Test("Malformed JSON is reported with its offset, line and column")
    func malformed() throws {
        let (value, problems) = Self.decode("[1,\n x]", nil)
        #expect(value == nil)
        let problem = try #require(problems.list.first)
        #expect(problem.kind == .malformedJSON)
        #expect(problem.position?.offset == 5 && problem.position?.line == 2 && problem.position?.column == 2)
    }
}
