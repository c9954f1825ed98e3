import ContractJSON
import ContractRuntime
import HTTPTypes
import Testing

/// However many problems a message has, the response is short.
@Suite struct ValidationProblemsTests {
    /// The problems of a value in the body, as the response lists them.
    private static func problems(_ body: String) throws -> (response: APIResponse, problems: [JSONValue]) {
        var problems = ValidationProblems()
        let request = APIRequest(method: .post, path: "/", body: Array(body.utf8))
        #expect(request.decodeJSONBody(required: true, problems: &problems, JSONValue.decode(from:problems:)) == nil)
        let response = APIResponse.invalid(problems)
        guard case .object(let members) = try JSONValue(parsing: response.body).content,
            case .array(let list)? = members.first(where: { $0.key == "detail" })?.value.content
        else { return (response, []) }
        return (response, list)
    }

    private static func member(_ name: String, of problem: JSONValue?) -> String {
        guard case .object(let members)? = problem?.content else { return "" }
        return members.first { $0.key == name }?.value.text ?? ""
    }

    @Test("The first 100 problems are listed, and the others are counted", arguments: [1, 99, 100, 101, 102, 30_000])
    func count(number: Int) throws {
        let body = "[" + Array(repeating: "1e400", count: number).joined(separator: ",") + "]"
        let (response, list) = try Self.problems(body)
        #expect(list.count == min(number, 101) && response.body.count < 64 << 10)
        #expect(Self.member("loc", of: list[min(number, 100) - 1]) == #"["body",\#(min(number, 100) - 1)]"#)
        if number > 100 {
            let text = number == 101 ? "1 further problem" : "\(number - 100) further problems"
            #expect(Self.member("msg", of: list.last) == "\"\(text)\"")
            #expect(Self.member("loc", of: list.last) == #"["body"]"#)
            #expect(Self.member("type", of: list.last) == #""value_error""#)
        }
    }

    @Test("A long name in a location is shortened in its middle, for each problem")
    func longName() throws {
        let name = "a" + String(repeating: "k", count: 150_000) + "z"
        let (response, list) = try Self.problems(
            #"{"\#(name)":[\#(Array(repeating: "1e400", count: 300).joined(separator: ","))]}"#)
        #expect(list.count == 101 && response.body.count < 64 << 10)
        let location = Self.member("loc", of: list.first)
        #expect(location.hasPrefix(#"["body","akkk"#) && location.hasSuffix(#"kkz",0]"#) && location.contains("…"))
        #expect(location.utf8.count < 200)
    }

    @Test(
        "Long locations are shortened in their middle", arguments: ["k", "\u{1}", "\"", "é", "🙈"])
    func longLocation(character: String) throws {
        let name = JSONValue(String(repeating: character, count: 25)).text
        let numbers = Array(repeating: "1e400", count: 200).joined(separator: ",")
        let depth = 120
        let body =
            String(repeating: "{\(name):", count: depth) + "[" + numbers + "]" + String(repeating: "}", count: depth)
        let (response, list) = try Self.problems(body)
        #expect(response.body.count < 64 << 10 && list.count > 60)
        let location = Self.member("loc", of: list.first)
        #expect(location.hasPrefix(#"["body",\#(name),"#) && location.contains(#","…","#) && location.hasSuffix(",0]"))
    }

    @Test("A location of many indices is shortened")
    func deepArrays() throws {
        let depth = 120
        let body = String(repeating: "[", count: depth) + "1e400" + String(repeating: "]", count: depth)
        let (_, list) = try Self.problems(body)
        #expect(Self.member("loc", of: list.first).utf8.count < 420)
        // A location of ordinary length stays whole.
        let (_, others) = try Self.problems(
            String(repeating: "[", count: 40) + "1e400" + String(repeating: "]", count: 40))
        #expect(Self.member("loc", of: others.first) == #"["body""# + String(repeating: ",0", count: 40) + "]")
    }

    @Test("A mark remains valid beyond the problems that are kept")
    func marks() {
        var problems = ValidationProblems()
        for _ in 0..<150 { problems.add(.other, "wrong") }
        let mark = problems.mark
        #expect(mark == 150 && problems.list.count == 100 && problems.foundNone(since: mark))
        problems.add(.other, "wrong")
        problems.prefix("name", since: mark)
        problems.addMissing("other", unlessReportedSince: mark)
        #expect(problems.count == 152 && !problems.foundNone(since: mark))
        #expect(problems.list.allSatisfy { $0.location.isEmpty })
        #expect(problems.description.hasSuffix("; 52 more"))
    }

    @Test("Messages of problems that are not kept are not computed")
    func messages() {
        var made = 0
        func message() -> String {
            made += 1
            return "wrong"
        }
        var problems = ValidationProblems()
        for _ in 0..<1000 { problems.add(.other, message()) }
        #expect(made == 100)
    }

    @Test("Long messages are shortened, so that the response stays below 64 KiB, and the others are counted")
    func longMessages() throws {
        var problems = ValidationProblems()
        for _ in 0..<100 {
            problems.add(ValidationProblem(.other, String(repeating: "\u{1}", count: 100_000), at: [.name("body")]))
        }
        let bytes = problems.jsonBytes()
        #expect(bytes.count < 64 << 10)
        #expect(String(decoding: bytes, as: UTF8.self).contains(" further problems"))
    }

    @Test("A long content type is shortened in the problem")
    func contentType() throws {
        var problems = ValidationProblems()
        var request = APIRequest(method: .post, path: "/", body: [0x31])
        request.headerFields[.contentType] = "text/" + String(repeating: "x", count: 60_000)
        #expect(request.decodeJSONBody(required: true, problems: &problems, JSONValue.decode(from:problems:)) == nil)
        #expect(problems.list.count == 1 && problems.jsonBytes().count < 1000)
    }

    @Test("JSON bodies are read in any encoding, also without a type", arguments: ["application/json", "", nil])
    func encodings(contentType: String?) throws {
        let text = #"{"é":1}"#
        let utf16 = text.utf16.flatMap { unit in withUnsafeBytes(of: unit.littleEndian) { Array($0) } }
        for body in [Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8), utf16, [0xFF, 0xFE] + utf16] {
            var problems = ValidationProblems()
            var request = APIRequest(method: .post, path: "/", body: body)
            request.headerFields[.contentType] = contentType
            let value = request.decodeJSONBody(required: true, problems: &problems, JSONValue.decode(from:problems:))
            #expect(value?.text == text && problems.isEmpty)
        }
        var problems = ValidationProblems()
        let broken = APIRequest(method: .post, path: "/", body: [0xFF, 0xFE, 0x22, 0x00, 0x00, 0xD8])
        #expect(broken.decodeJSONBody(required: true, problems: &problems, JSONValue.decode(from:problems:)) == nil)
        #expect(problems.list.map(\.kind) == [.malformedJSON] && problems.list.first?.position != nil)
    }
}
