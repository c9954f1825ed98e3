import ContractJSON
import HeksherDomain
import Testing

@Suite struct SettingTypeAdmissionTests {
    /// A type, values that it admits, and values that it refuses.
    static let table: [(type: String, admitted: [String], refused: [String])] = [
        (
            "int",
            ["0", "-0", "1", "1.0", "1e2", "100e-2", "-7", "123456789012345678901234567890", "1e308"],
            ["1.5", "1e-1", "true", "null", "\"1\"", "[1]", "{}", "1e400", "-1e400"]
        ),
        (
            "float", ["0", "1", "1.5", "-2e-3", "1e308", "1e-400"],
            ["1e309", "-1e400", "true", "null", "\"1.5\"", "[]"]
        ),
        ("str", ["\"\"", "\"a\"", "\"\\u00e9\""], ["1", "null", "false", "[\"a\"]", "{\"a\":\"b\"}"]),
        ("bool", ["true", "false"], ["0", "1", "null", "\"true\"", "[]"]),
        (
            #"Enum["red",2,false]"#,
            ["\"red\"", "\"r\\u0065d\"", "2", "2.0", "20e-1", "false"],
            ["\"blue\"", "\"2\"", "3", "0", "true", "null", "[2]", "{}", "1e400"]
        ),
        ("Enum[1]", ["1", "1.0"], ["true", "\"1\"", "1.0000000000000000000000000001"]),
        ("Enum[true]", ["true"], ["1", "false"]),
        (
            "Enum[123456789012345678901234567890]", ["123456789012345678901234567890"],
            ["123456789012345678901234567891"]
        ),
        (#"Enum["é"]"#, ["\"é\"", "\"\\u00e9\""], ["\"e\\u0301\""]),
        (
            #"Flags["a","b",1]"#, ["[]", "[\"a\"]", "[1,\"b\",\"a\"]", "[1.0]"],
            [
                "[\"a\",\"a\"]", "[1,1.0]", "[\"c\"]", "[null]", "[[\"a\"]]", "\"a\"", "null", "{}",
                "[1e400]",
            ]
        ),
        ("Flags[true,1]", ["[true,1]", "[1,true]", "[]"], ["[true,true]", "[false]"]),
        (
            "Sequence<int>", ["[]", "[1]", "[1,2.0,1]"],
            ["[1,null]", "[1.5]", "1", "{}", "[[1]]", "[1,1e400]"]
        ),
        (
            "Mapping<int>", ["{}", "{\"a\":1,\"b\":2}"],
            ["{\"a\":\"1\"}", "[]", "[1]", "null", "{\"a\":1e400}", "{\"a\":\"x\",\"a\":1}"]
        ),
        (
            "Mapping<Sequence<Enum[\"on\",\"off\"]>>", ["{\"a\":[],\"b\":[\"on\",\"on\"]}"],
            ["{\"a\":\"on\"}", "{\"a\":[\"On\"]}", "[]"]
        ),
    ]

    @Test(arguments: table.flatMap { row in row.admitted.map { (row.type, $0) } })
    func `A type admits its values`(type: String, value: String) throws {
        #expect(try SettingType(parsing: type).admits(JSONValue(parsing: value)))
    }

    @Test(arguments: table.flatMap { row in row.refused.map { (row.type, $0) } })
    func `A type admits nothing else`(type: String, value: String) throws {
        #expect(try !SettingType(parsing: type).admits(JSONValue(parsing: value)))
    }

    @Test func `Types and values as deep as can be go together`() throws {
        let depth = SettingType.maximumDepth
        let type = try SettingType(
            parsing: String(repeating: "Sequence<", count: depth) + "int"
                + String(repeating: ">", count: depth))
        func value(_ inner: String) throws -> JSONValue {
            try JSONValue(
                parsing: String(repeating: "[", count: depth) + inner + String(repeating: "]", count: depth)
            )
        }
        #expect(type.admits(try value("1")))
        #expect(try !type.admits(value("\"1\"")))
    }

    @Test(.timeLimit(.minutes(20)))
    func `An integer with a huge exponent is judged without being written out`() throws {
        let huge = try JSONValue(parsing: "1e999999999999999999999999")
        #expect(!SettingType.int.admits(huge))
        #expect(!SettingType.float.admits(huge))
        #expect(SettingType.float.admits(try JSONValue(parsing: "1e-999999999999999999999999")))
    }
}
