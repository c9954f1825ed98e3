import HeksherDomain
import Testing

@Suite struct SettingTypeParsingTests {
    @Test(arguments: [
        ("int", "int"), ("float", "float"), ("str", "str"), ("bool", "bool"),
        ("Sequence<int>", "Sequence<int>"), ("Mapping<str>", "Mapping<str>"),
        ("Mapping<Sequence<Enum[\"on\",\"off\"]>>", "Mapping<Sequence<Enum[\"off\",\"on\"]>>"),
        ("Sequence \t<\n Mapping\r< float > >", "Sequence<Mapping<float>>"),
        ("Enum [ \"b\" , 1 ,\ttrue ]", "Enum[\"b\",1,true]"),
        ("Flags\n[\n1\r]", "Flags[1]"),
        (#"Enum[false,"maybe",true]"#, #"Enum["maybe",false,true]"#),
        (#"Enum["é"]"#, #"Enum["\u00e9"]"#),
        (#"Enum["\u00E9","é"]"#, #"Enum["\u00e9"]"#),
        (#"Enum["😀"]"#, #"Enum["\ud83d\ude00"]"#),
        (#"Enum["a\/b","\n","\u0000"]"#, #"Enum["\n","\u0000","a/b"]"#),
        (#"Enum["a]b","c\"]","\\"]"#, #"Enum["\\","a]b","c\"]"]"#),
        ("Enum[1,1.0,10e-1]", "Enum[1]"), ("Enum[1.0,1]", "Enum[1.0]"),
        ("Flags[10e-1,1.0]", "Flags[10e-1]"),
        ("Enum[0,-0,0.0]", "Enum[0]"), ("Enum[true,1]", "Enum[1,true]"),
        ("Enum[\"1\",1]", "Enum[\"1\",1]"),
        ("Enum[10,9,-1]", "Enum[-1,10,9]"),
        (
            "Enum[123456789012345678901234567890,123456789012345678901234567891]",
            "Enum[123456789012345678901234567890,123456789012345678901234567891]"
        ),
        ("Enum[1e308,1e-400]", "Enum[1e-400,1e308]"),
    ])
    func `A type has one canonical text`(text: String, canonical: String) throws {
        let type = try SettingType(parsing: text)
        #expect(type.description == canonical)
        #expect(try SettingType(parsing: canonical) == type)
    }

    @Test func `Strings that look alike but differ in their scalars are two options`() throws {
        let type = try SettingType(parsing: #"Enum["é","e\u0301"]"#)
        #expect(type.description == #"Enum["\u00e9","e\u0301"]"#)
    }

    @Test(arguments: [
        "", " ", "Int", "INT", "integer", "string", "float64", "int ", " int", "int\n", "\nint", "int,",
        "intint", "null",
        "Sequence", "Sequence<", "Sequence<>", "Sequence<int", "Sequence<int>>", "Sequence<int>x",
        "Sequence[int]",
        "Sequence<int,int>", "sequence<int>", "Sequence\u{00A0}<int>", "Sequence\u{000B}<int>",
        "Mapping<str,int>", "Mapping<nope>",
        "Enum", "Enum[", "Enum[]", "Enum[ ]", "Flags[]", "Flags[", "enum[1]", "Enum<1>", "Enum[1",
        "Enum[1,]", "Enum[,1]",
        "Enum[1]]", "Enum[1] ", "Enum[1]x", "Enum[[1]]", "Enum[{}]", "Enum[{\"a\":1}]", "Enum[null]",
        "Enum[1,null]",
        "Enum[a]", "Enum['a']", "Enum[\"a]", "Enum[True]", "Enum[01]", "Enum[NaN]", "Enum[Infinity]",
        "Enum[1e400]",
        "Flags[-1e400]", "Enum[\"\\ud800\"]", "Enum[\"\\x\"]", "Enum[\"\n\"]", "Enum[1//2]",
        "Sequence<Enum[]>",
        "é", "\0", "int\0", "Enum\0[1]",
    ])
    func `What is no type is refused`(text: String) {
        #expect(throws: SettingTypeError.self) { try SettingType(parsing: text) }
    }

    @Test(arguments: [
        ("in", "expecting int, float, str, bool, Enum, Flags, Sequence or Mapping (byte 0)"),
        (
            "Mapping<Sequence<x>>",
            "expecting int, float, str, bool, Enum, Flags, Sequence or Mapping (byte 17)"
        ),
        ("Sequence[int]", "expecting '<' after Sequence (byte 8)"),
        ("Sequence<int", "expecting '>' (byte 12)"),
        ("int ", "unexpected text after the type (byte 3)"),
        ("Enum<1>", "expecting '[' after Enum (byte 4)"),
        ("Flags[]", "Flags needs an option (byte 5)"),
        ("Enum[null]", "options are strings, booleans and numbers within the range of a double (byte 4)"),
        ("Enum[1e400]", "options are strings, booleans and numbers within the range of a double (byte 4)"),
    ])
    func `A refusal says what is wrong and where`(text: String, message: String) {
        let error = #expect(throws: SettingTypeError.self) { try SettingType(parsing: text) }
        #expect(error?.description == message)
    }

    @Test func `A list of options that is no JSON is refused where it breaks`() {
        let error = #expect(throws: SettingTypeError.self) { try SettingType(parsing: "Enum[1,?]") }
        #expect(error?.offset == 7)
    }

    @Test func `Types nest 128 deep and no deeper`() throws {
        let deepest = nested("Sequence<", around: "int", times: SettingType.maximumDepth)
        #expect(try SettingType(parsing: deepest).description == deepest)
        let error = #expect(throws: SettingTypeError.self) {
            try SettingType(
                parsing: nested("Sequence<", around: "int", times: SettingType.maximumDepth + 1))
        }
        #expect(error?.message == "more than 128 types within each other")
    }

    @Test(
        .timeLimit(.minutes(20)),
        arguments: [
            String(repeating: "Sequence<", count: 100_000), String(repeating: "Sequence", count: 100_000),
            "Enum" + String(repeating: "[", count: 100_000),
            "Enum[" + String(repeating: "\"\\", count: 100_000),
            "int" + String(repeating: ">", count: 100_000),
            "Mapping" + String(repeating: " ", count: 1_000_000),
            "Flags[" + String(repeating: "1,", count: 100_000), String(repeating: "a", count: 1_000_000),
        ])
    func `Long nonsense is refused quickly`(text: String) {
        #expect(throws: SettingTypeError.self) { try SettingType(parsing: text) }
    }

    @Test(.timeLimit(.minutes(20))) func `A hundred thousand options are read quickly`() throws {
        let options = (0..<100_000).map(String.init).joined(separator: ",")
        let type = try SettingType(parsing: "Flags[\(options)]")
        #expect(type.admits(try .init(parsing: "[\(options)]")))
    }

    private func nested(_ opening: String, around inner: String, times count: Int) -> String {
        String(repeating: opening, count: count) + inner + String(repeating: ">", count: count)
    }
}
