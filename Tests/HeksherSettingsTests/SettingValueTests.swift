import ContractJSON
import HeksherDomain
import HeksherSettings
import Testing

private enum Theme: String, SettingEnum {
    case light
    case dark
    case grey = "gré"
}

private enum Level: Int, SettingEnum {
    case ten = 10
    case two = 2
}

/// A type that a program defines.
private struct Percentage: SettingValue {
    var value: Int

    static var settingType: String { Int.settingType }
    init(_ value: Int) { self.value = value }
    init?(settingJSON json: JSONValue) {
        guard let value = Int(settingJSON: json), (0...100).contains(value) else { return nil }
        self.value = value
    }
    var settingJSON: JSONValue { value.settingJSON }
}

/// The types of settings, in Swift and in the contract.
@Suite struct SettingValueTests {
    @Test("Types are written in canonical form")
    func types() throws {
        let types: [(any SettingValue.Type, String)] = [
            (Int.self, "int"), (Double.self, "float"), (String.self, "str"), (Bool.self, "bool"),
            (Theme.self, #"Enum["dark","gr\u00e9","light"]"#), (Level.self, "Enum[10,2]"),
            (Set<Theme>.self, #"Flags["dark","gr\u00e9","light"]"#), ([Int].self, "Sequence<int>"),
            ([String: [Level]].self, "Mapping<Sequence<Enum[10,2]>>"), (Percentage.self, "int"),
        ]
        for (type, text) in types {
            #expect(type.settingType == text)
            #expect(try SettingType(parsing: text).description == text)
        }
    }

    private func expectRoundTrip<Value: SettingValue>(_ value: Value, _ text: String) throws {
        #expect(value.settingJSON.text == text)
        #expect(Value(settingJSON: try JSONValue(parsing: text)) == value)
        #expect(try SettingType(parsing: Value.settingType).admits(value.settingJSON))
    }

    @Test("Values are written and read back unchanged, and are admitted by their type")
    func roundTrips() throws {
        try expectRoundTrip(Int.min, "\(Int.min)")
        try expectRoundTrip(0.1, "0.1")
        try expectRoundTrip("a\"é\n", #""a\"é\u000a""#.replacing("\\u000a", with: "\\n"))
        try expectRoundTrip(true, "true")
        try expectRoundTrip(Theme.grey, "\"gré\"")
        try expectRoundTrip(Level.two, "2")
        try expectRoundTrip([3, 1], "[3,1]")
        try expectRoundTrip(["b": [Theme.light], "a": []], #"{"a":[],"b":["light"]}"#)
        try expectRoundTrip(Set([Theme.dark, .light]), #"["light","dark"]"#)
        try expectRoundTrip(Percentage(7), "7")
    }

    @Test(
        "Values that the type does not admit are not read",
        arguments: [
            (Int.self as any SettingValue.Type, ["1.5", "true", "\"1\"", "null", "99999999999999999999"]),
            (Double.self, ["\"1\"", "true", "1e400"]), (String.self, ["1", "null", "[]"]),
            (Bool.self, ["0", "\"true\""]),
            (Theme.self, ["\"blue\"", "1", "null"]), (Level.self, ["3", "\"10\""]),
            (Set<Theme>.self, [#"["light","light"]"#, #"["blue"]"#, "\"light\"", "{}"]),
            ([Int].self, ["[1,\"2\"]", "1", "{}"]), ([String: Int].self, [#"{"a":1.5}"#, "[]"]),
            (Percentage.self, ["101"]),
        ])
    func refused(type: any SettingValue.Type, texts: [String]) throws {
        for text in texts {
            #expect(type.init(settingJSON: try JSONValue(parsing: text)) == nil, "\(type) takes \(text)")
        }
    }

    @Test("Numbers are read by their value")
    func numbers() throws {
        #expect(Int(settingJSON: 1.0) == 1)
        #expect(Int(settingJSON: try JSONValue(parsing: "1e2")) == 100)
        #expect(Double(settingJSON: 1) == 1)
        #expect(Level(settingJSON: try JSONValue(parsing: "2.0")) == .two)
    }
}
