import HeksherDomain
import Testing

@Suite struct SettingTypeOrderTests {
    static let types = [
        "int", "float", "str", "bool", "Enum[1]", "Enum[1,2]", "Enum[1,2,3]", "Enum[2,3]", "Enum[true]",
        "Enum[1,true]",
        "Flags[1]", "Flags[1,2]", "Flags[3]", "Sequence<int>", "Sequence<float>", "Sequence<Enum[1]>",
        "Sequence<Enum[1,2]>",
        "Mapping<int>", "Mapping<float>", "Mapping<Sequence<int>>", "Mapping<Sequence<float>>",
        "Sequence<Mapping<int>>",
        "Sequence<Mapping<float>>", "Sequence<Flags[1]>", "Sequence<Flags[1,2]>",
    ]

    /// All pairs in which the first type is a proper subtype of the second.
    static let properSubtypes: Set<[String]> = [
        ["int", "float"],
        ["Enum[1]", "Enum[1,2]"], ["Enum[1]", "Enum[1,2,3]"], ["Enum[1,2]", "Enum[1,2,3]"],
        ["Enum[2,3]", "Enum[1,2,3]"],
        ["Enum[1]", "Enum[1,true]"], ["Enum[true]", "Enum[1,true]"],
        ["Flags[1]", "Flags[1,2]"],
        ["Sequence<int>", "Sequence<float>"], ["Sequence<Enum[1]>", "Sequence<Enum[1,2]>"],
        ["Mapping<int>", "Mapping<float>"], ["Mapping<Sequence<int>>", "Mapping<Sequence<float>>"],
        ["Sequence<Mapping<int>>", "Sequence<Mapping<float>>"],
        ["Sequence<Flags[1]>", "Sequence<Flags[1,2]>"],
    ]

    @Test(arguments: types, types)
    func `Types are ordered by the rules and by nothing else`(lower: String, upper: String) throws {
        let isProper = Self.properSubtypes.contains([lower, upper])
        let (lowerType, upperType) = (try SettingType(parsing: lower), try SettingType(parsing: upper))
        #expect(lowerType.isProperSubtype(of: upperType) == isProper)
        #expect(lowerType.isSubtype(of: upperType) == (isProper || lower == upper))
        #expect((lowerType == upperType) == (lower == upper))
    }

    @Test(arguments: [
        ("Enum[1,2]", "Enum[2.0,1.0]"), ("Flags[10]", "Flags[1e1]"),
        ("Enum[\"é\"]", #"Enum["\u00e9"]"#),
    ])
    func `Options are compared by value`(left: String, right: String) throws {
        let (left, right) = (try SettingType(parsing: left), try SettingType(parsing: right))
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(!left.isProperSubtype(of: right))
    }
}
