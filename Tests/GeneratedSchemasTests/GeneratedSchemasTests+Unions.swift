import ContractRuntime
import Testing

// Unions.
extension GeneratedSchemasTests {
    @Test("A discriminator selects the alternative")
    func discriminator() throws {
        try Self.expect(Schemas.Pet.self, #"{"petType":"cat","lives":7}"#, "valid")
        try Self.expect(Schemas.Pet.self, #"{"petType":"tom"}"#, "valid")
        try Self.expect(Schemas.Pet.self, #"{"petType":"Fish","fins":2}"#, "valid")
        try Self.expect(Schemas.Pet.self, #"{"petType":"Fish","fins":"2"}"#, "fins type_error.integer")
        try Self.expect(Schemas.Pet.self, #"{"petType":"dog"}"#, "petType value_error")
        try Self.expect(Schemas.Pet.self, #"{}"#, "petType value_error.missing")
        try Self.expect(Schemas.Pet.self, #"{"petType":1}"#, "petType type_error.string")
        try Self.expect(Schemas.Pet.self, "1", "type_error.dict")
    }

    @Test("Alternatives may inherit from the schema that lists them")
    func inheritance() throws {
        try Self.expect(Schemas.Animal.self, #"{"kind":"Lion","name":"a","mane":true}"#, "valid")
        try Self.expect(Schemas.Animal.self, #"{"kind":"Bear","claws":true}"#, "claws type_error.integer")
        try Self.expect(Schemas.Animal.self, #"{"kind":"Cat"}"#, "kind value_error")
        #expect(Schemas.Animal.lion(.init(kind: "Lion")) != .bear(.init(kind: "Lion")))
    }

    @Test("A union of scalars is also read from and written as text")
    func texts() {
        func read(_ text: String) -> Schemas.Scalar? {
            var problems = ValidationProblems()
            let value = Schemas.Scalar.decode(text: text, problems: &problems)
            #expect((value == nil) == !problems.isEmpty)
            return value
        }
        #expect(read("1") == .int(1) && read("true") == .bool(true) && read("now") == .option1(.now))
        #expect(read("-1") == nil && read("then") == nil)
        #expect(read("1")?.parameterText == "1" && read("now")?.parameterText == "now")
    }

    @Test("Alternatives are distinguished by type, constants, members, types of members, or validity")
    func unions() throws {
        try Self.expect(Schemas.ByType.self, #""2026-01-01T00:00:00Z""#, "valid")
        try Self.expect(Schemas.ByType.self, #""yesterday""#, "value_error")
        try Self.expect(Schemas.ByType.self, "1", "value_error")
        try Self.expect(Schemas.ByType.self, "-1.5", "valid")
        try Self.expect(Schemas.ByType.self, "1.5", "valid")
        try Self.expect(Schemas.ByType.self, #"["a"]"#, "valid")
        try Self.expect(Schemas.ByType.self, "{}", "value_error")
        try Self.expect(Schemas.ByConstant.self, #"{"shape":"circle","radius":1.0}"#, "valid")
        try Self.expect(Schemas.ByConstant.self, #"{"shape":"square"}"#, "valid")
        try Self.expect(Schemas.ByConstant.self, #"{"shape":"circle"}"#, "radius value_error.missing")
        try Self.expect(Schemas.ByConstant.self, #"{"shape":"oval"}"#, "value_error")
        try Self.expect(Schemas.ByMember.self, #"{"address":"a"}"#, "valid")
        try Self.expect(Schemas.ByMember.self, #"{"number":1}"#, "number type_error.string")
        #expect(try Self.read(Schemas.ByMember.self, #"{"x":1}"#) == "{}")
        for value in ["true", "1.5", #""a""#] {
            #expect(
                try Self.read(Schemas.ByMemberType.self, #"{"key":"k","value":\#(value)}"#)
                    == #"{"value":\#(value),"key":"k"}"#)
        }
        try Self.expect(Schemas.ByMemberType.self, #"{"value":1,"key":"k"}"#, "value_error")
        try Self.expect(Schemas.ByMemberType.self, #"{"key":"k"}"#, "valid")
        try Self.expect(Schemas.ByMemberType.self, #"{"value":1}"#, "key value_error.missing")
        try Self.expect(Schemas.ByValidity.self, "9", "valid")
        try Self.expect(Schemas.ByValidity.self, "10", "valid")
        try Self.expect(Schemas.ByValidity.self, "15", "value_error")
        try Self.expect(Schemas.ByValidity.self, "7", "value_error")
        try Self.expect(Schemas.FirstOf.self, "10", "valid")
        #expect(try Self.read(Schemas.FirstOf.self, "11") == "11.0")
        try Self.expect(Schemas.FirstOf.self, #""a""#, "value_error.str.regex")
        try Self.expect(Schemas.OnlyOne.self, #"{"type":"a","url":"u"}"#, "valid")
        try Self.expect(Schemas.OnlyOne.self, #"{"type":"a","url":"u","path":"p"}"#, "value_error")
        try Self.expect(Schemas.OnlyOne.self, #"{"type":"a"}"#, "value_error")
    }

    @Test("Types may contain themselves")
    func recursion() throws {
        try Self.expect(
            Schemas.Node.self, #"{"value":1,"next":{"value":2,"next":{"value":3}},"children":[{"value":4}]}"#, "valid")
        try Self.expect(
            Schemas.Node.self, #"{"value":1,"next":{"value":2,"next":{}}}"#, "next.next.value value_error.missing")
        try Self.expect(Schemas.Man.self, #"{"name":"a","wife":{"husband":{"name":"b"}}}"#, "valid")
        try Self.expect(Schemas.Expression.self, #"{"left":1.0,"right":{"left":2.0,"right":3.0}}"#, "valid")
        try Self.expect(
            Schemas.Expression.self, #"{"left":1.0,"right":{"left":2.0}}"#, "right.right value_error.missing")
        try Self.expect(Schemas.Nested.self, "[[],[[]]]", "valid")
        try Self.expect(Schemas.Nested.self, "[[],[1]]", "1.0 type_error.list")
        try Self.expect(Schemas.Directory.self, #"{"a":{"b":null}}"#, "valid")
        try Self.expect(Schemas.Directory.self, #"{"a":{"b":1}}"#, "a.b type_error.dict")
        try Self.expect(Schemas.Chain.self, #"{"a":1,"next":{"b":1}}"#, "valid")
        try Self.expect(Schemas.Chain.self, #"{"a":1,"next":{"a":1,"b":1}}"#, "next value_error")
    }

    @Test("Deeply nested values of recursive unions are read quickly", .timeLimit(.minutes(20)))
    func deepUnions() throws {
        func nested(_ exit: String) -> String {
            String(repeating: #"{"left":"#, count: 100) + exit + String(repeating: #","exit":1}"#, count: 100)
        }
        try Self.expect(Schemas.Maze.self, nested(#"{"exit":2}"#), "valid")
        try Self.expect(Schemas.Maze.self, nested(#"{"exit":"2"}"#), "value_error")
        try Self.expect(Schemas.FirstMaze.self, nested(#"{"exit":2}"#), "valid")
        try Self.expect(Schemas.FirstMaze.self, nested(#"{"exit":"2"}"#), "value_error")
    }

    @Test(
        "A value with the marks of several alternatives must be valid for one of them",
        arguments: [
            (#"{"email":"a"}"#, #"{"email":"a"}"#), (#"{"email":"a","phone":"b"}"#, "value_error"),
            (#"{"email":1,"phone":"b"}"#, #"{"phone":"b"}"#), (#"{"street":"s"}"#, #"{"street":"s"}"#),
            (#"{"street":"s","phone":"b"}"#, #"{"phone":"b"}"#), (#"{"email":1}"#, "email type_error.string"),
            (#"{"email":1,"phone":2}"#, "email type_error.string"), ("{}", "value_error"),
        ])
    func overlaps(text: String, wanted: String) throws {
        #expect(try Self.read(Schemas.ByMarks.self, text) == wanted)
    }
}
