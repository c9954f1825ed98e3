import ContractJSON
import HeksherDomain
import Testing

@Suite struct DifferenceTests {
    /// The differences of a declaration at a higher major number.
    private func differences(_ declaration: Declaration, _ setting: Setting, rules: [Rule] = [])
        -> [Difference]?
    {
        switch declaration.outcome(
            named: setting, aliased: declaration.alias.map { _ in setting }, order: order, rules: rules)
        {
        case .upgraded(_, _, _, let differences), .rejected(_, let differences): differences
        default: nil
        }
    }

    @Test func `Differences come minor, major, mismatch, and by attribute within a level`() throws {
        let setting = try stored(
            name: "old", type: "int", defaultValue: 1, features: ["environment", "tenant"],
            metadata: ["a": 1], aliases: ["limit"])
        let declaration = try declaration(
            type: "float", defaultValue: 2, features: ["environment"], metadata: [:], alias: "old",
            version: "2.0")
        #expect(
            differences(declaration, setting, rules: [rule(7, 1, ["tenant": "a"])]) == [
                Difference(.minor, .attribute(.name, latestValue: "old")),
                Difference(.minor, .attribute(.defaultValue, latestValue: 1)),
                Difference(.minor, .attribute(.metadata, latestValue: ["a": 1])),
                Difference(.major, .attribute(.type, latestValue: "int")),
                Difference(
                    .mismatch, .message("configurable features ['tenant'] are still in use by rules [7]")),
            ])
    }

    @Test func `Within a level features come first and the type second`() throws {
        let setting = try stored(type: "float", features: ["environment", "tenant"])
        let narrowed = try declaration(
            type: "int", defaultValue: 2, features: ["tenant"], version: "2.0")
        #expect(
            differences(narrowed, setting) == [
                Difference(.minor, .message("removal of configurable features ['environment']")),
                Difference(.minor, .attribute(.type, latestValue: "float")),
                Difference(.minor, .attribute(.defaultValue, latestValue: 1)),
            ])
        let incompatible = try declaration(
            type: "str", defaultValue: "a", features: ["tenant"], version: "2.0")
        #expect(
            differences(incompatible, setting, rules: [rule(3, 1, ["environment": "x", "tenant": "y"])])
                == [
                    Difference(.minor, .attribute(.defaultValue, latestValue: 1)),
                    Difference(
                        .mismatch,
                        .message("configurable features ['environment'] are still in use by rules [3]")),
                    Difference(.mismatch, .message("setting type incompatible with values for rules: [3]")),
                ])
    }

    @Test func `Features are listed in their order, those in use alone in a mismatch`() throws {
        let setting = try stored(features: ["environment", "tenant", "user", "theme"])
        let declaration = try declaration(features: ["tenant"], version: "2.0")
        #expect(
            differences(declaration, setting)
                == [
                    Difference(
                        .minor, .message("removal of configurable features ['environment', 'user', 'theme']"))
                ])
        let rules = [
            rule(12, 1, ["theme": "a", "tenant": "b"]), rule(2, 1, ["environment": "a"]),
            rule(3, 1, ["tenant": "a"]),
        ]
        #expect(
            differences(declaration, setting, rules: rules) == [
                Difference(
                    .mismatch,
                    .message(
                        "configurable features ['environment', 'theme'] are still in use by rules [2, 12]"))
            ])
    }

    @Test func `Features added are major, also when others are removed, unless those are in use`()
        throws
    {
        let setting = try stored(features: ["environment", "tenant"])
        let added = Difference(
            .major, .attribute(.configurableFeatures, latestValue: ["environment", "tenant"]))
        #expect(
            try differences(
                declaration(features: ["user", "tenant", "environment"], version: "2.0"), setting) == [
                    added
                ])
        let swapped = try declaration(features: ["user", "tenant"], version: "2.0")
        #expect(differences(swapped, setting, rules: [rule(1, 1, ["tenant": "a"])]) == [added])
        #expect(
            differences(swapped, setting, rules: [rule(1, 1, ["environment": "a"])])
                == [
                    Difference(
                        .mismatch,
                        .message("configurable features ['environment'] are still in use by rules [1]"))
                ])
    }

    @Test(arguments: [
        ("float", "int", Difference.Level.minor), ("Enum[1,2]", "Enum[1]", .minor),
        ("Mapping<Flags[1,2]>", "Mapping<Flags[1]>", .minor), ("int", "float", .major),
        ("Enum[1]", "Enum[1,2]", .major),
        ("int", "Enum[1]", .major), ("Enum[1]", "int", .major),
    ])
    func `A type that becomes a proper subtype is a minor difference, any other a major one`(
        before: String, after: String, level: Difference.Level
    ) throws {
        let difference = Difference(level, .attribute(.type, latestValue: JSONValue(before)))
        #expect(
            try differences(declaration(type: after, version: "2.0"), stored(type: before)) == [
                difference
            ])
    }

    @Test func `A type that the value of a rule does not fit is a mismatch, be it a subtype or not`()
        throws
    {
        let rules = [
            rule(9, 2, ["tenant": "a"]), rule(5, 1, ["tenant": "b"]), rule(3, 2, ["tenant": "c"]),
        ]
        for narrower in ["Enum[1]", "bool"] {
            #expect(
                try differences(
                    declaration(type: narrower, version: "2.0"), stored(type: "Enum[1,2]"), rules: rules)?
                    .last?
                    .message
                    == "setting type incompatible with values for rules: [\(narrower == "bool" ? "3, 5, 9" : "3, 9")]"
            )
        }
    }

    @Test func `The latest type is told in canonical text`() throws {
        let declaration = try declaration(type: "str", defaultValue: "a", version: "2.0")
        let setting = try stored(type: "Enum[true, \"é\"]", defaultValue: true)
        #expect(
            differences(declaration, setting)?.last?.latestValue == JSONValue(#"Enum["\u00e9",true]"#))
    }

    @Test func `A difference is told as an attribute or as a sentence`() {
        let attribute = Difference(.minor, .attribute(.metadata, latestValue: [:]))
        #expect(
            attribute.attribute == .metadata && attribute.latestValue == [:] && attribute.message == nil)
        let sentence = Difference(.mismatch, .message("no"))
        #expect(sentence.attribute == nil && sentence.latestValue == nil && sentence.message == "no")
    }
}
