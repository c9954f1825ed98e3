import ContractJSON
import HeksherDomain
import Testing

@Suite struct SettingChangesTests {
    private static let older = Version(validated: "1.4")
    private static let same = Version(validated: "1.5")
    private static let minor = Version(validated: "1.6")
    private static let major = Version(validated: "2.0")

    // MARK: Type

    @Test func `A type that stays takes any version that is not lower`() throws {
        let setting = try stored(type: "Enum[1,2]", version: "1.5")
        let equal = try type("Enum[2,1.0]")
        #expect(setting.changingType(to: equal, version: Self.same, rules: []) == .unchanged)
        #expect(
            setting.changingType(to: equal, version: Self.older, rules: [])
                == .versionTooLow(stored: Self.same))
        for version in [Self.minor, Self.major] {
            #expect(
                setting.changingType(to: equal, version: version, rules: [])
                    == .changed(try stored(type: "Enum[1,2]", version: version.description)))
        }
    }

    @Test(arguments: [older, same])
    func `A change of type needs a higher version`(version: Version) throws {
        let setting = try stored(version: "1.5")
        #expect(
            setting.changingType(to: .str, version: version, rules: [])
                == .versionTooLow(stored: Self.same))
    }

    @Test func `A proper subtype needs a minor version, any other type a major one`() throws {
        let setting = try stored(type: "float", version: "1.5")
        #expect(
            setting.changingType(to: .int, version: Self.minor, rules: [rule(1, 3, ["tenant": "a"])])
                == .changed(try stored(type: "int", version: "1.6")))
        let one = try type("Enum[1]")
        #expect(
            setting.changingType(to: one, version: Self.minor, rules: [])
                == .conflicts([
                    "the type Enum[1] is no subtype of float, so that the major version has to rise"
                ]))
        #expect(
            setting.changingType(to: one, version: Self.major, rules: [])
                == .changed(try stored(type: "Enum[1]", version: "2.0")))
    }

    @Test func `All conflicts are told, one for each rule by its id`() throws {
        let setting = try stored(type: "str", defaultValue: "light", version: "1.5")
        let rules = [
            rule(12, ["dark": [1]], ["tenant": "a"]), rule(8, 3, ["tenant": "b"]),
            rule(7, "dark", ["tenant": "c"]),
        ]
        #expect(
            setting.changingType(to: .int, version: Self.minor, rules: rules)
                == .conflicts([
                    #"the default value "light" does not fit the type int"#,
                    #"the value "dark" of rule 7 does not fit the type int"#,
                    #"the value {"dark":[1]} of rule 12 does not fit the type int"#,
                    "the type int is no subtype of str, so that the major version has to rise",
                ]))
    }

    @Test func `A long type is quoted once and shortened, and a hundred rules have a sentence each`() throws {
        let setting = try stored(type: "int", version: "1.5")
        let rules = (1...312).map { rule($0, 3, ["tenant": "t\($0)"]) }
        let text = #"Enum["a\#(String(repeating: "x", count: 200_000))z"]"#
        guard
            case .conflicts(let conflicts) = setting.changingType(
                to: try type(text), version: Self.minor, rules: rules)
        else {
            Issue.record("the type fits")
            return
        }
        #expect(conflicts.count == 103)
        #expect(conflicts[0].hasPrefix(#"the default value 1 does not fit the type Enum["axxx"#))
        #expect(conflicts[0].hasSuffix(#"xxz"]"#) && conflicts[0].utf8.count < 350)
        #expect(conflicts[1] == "the value 3 of rule 1 does not fit the new type")
        #expect(conflicts[101] == "the values of 212 more rules do not fit the new type")
        #expect(conflicts[102] == "the new type is no subtype of int, so that the major version has to rise")
    }

    @Test func `Long values are quoted shortened`() throws {
        let long = JSONValue(String(repeating: "\"", count: 100_000))
        let setting = try stored(type: "str", defaultValue: long, version: "1.5")
        let rules = (1...100).map { rule($0, long, ["tenant": "t\($0)"]) }
        guard case .conflicts(let conflicts) = setting.changingType(to: .int, version: Self.major, rules: rules) else {
            Issue.record("the values fit")
            return
        }
        #expect(conflicts.count == 101 && conflicts.allSatisfy { $0.utf8.count < 250 })
    }

    // MARK: Name

    @Test func `A renamed setting keeps its old name as an alias`() throws {
        let setting = try stored(aliases: ["b"], version: "1.5")
        #expect(
            setting.renaming(to: "a", version: Self.minor, owner: nil)
                == .renamed(try stored(name: "a", aliases: ["b", "limit"], version: "1.6")))
    }

    @Test func `Renaming to an own alias swaps the two, also at an equal version`() throws {
        let setting = try stored(aliases: ["z", "b"].sorted(), version: "1.5")
        #expect(
            setting.renaming(to: "b", version: Self.same, owner: setting.name)
                == .renamed(try stored(name: "b", aliases: ["limit", "z"], version: "1.5")))
    }

    @Test func `The name of another setting is taken`() throws {
        let other = try stored(name: "other", aliases: ["a"])
        #expect(
            try stored(version: "1.5").renaming(to: "a", version: Self.minor, owner: other.name) == .nameTaken)
    }

    @Test func `Renaming needs a version that is not lower`() throws {
        let setting = try stored(version: "1.5")
        #expect(
            setting.renaming(to: "a", version: Self.older, owner: nil)
                == .versionTooLow(stored: Self.same))
        #expect(
            setting.renaming(to: "limit", version: Self.older, owner: setting.name)
                == .versionTooLow(stored: Self.same))
    }

    @Test func `A name that stays takes a higher version`() throws {
        let setting = try stored(version: "1.5")
        #expect(setting.renaming(to: "limit", version: Self.same, owner: setting.name) == .unchanged)
        #expect(
            setting.renaming(to: "limit", version: Self.minor, owner: setting.name)
                == .renamed(try stored(version: "1.6")))
    }

    // MARK: Configurable features

    private func change(
        _ features: [String], _ version: Version, rules: [Rule] = []
    ) throws -> Setting.ConfigurableFeaturesChange {
        try stored(features: ["environment", "tenant"], version: "1.5")
            .changingConfigurableFeatures(to: features, version: version, order: order, rules: rules)
    }

    @Test func `Features that stay, in any order, take any version that is not lower`() throws {
        #expect(try change(["tenant", "environment"], Self.same) == .unchanged)
        #expect(try change(["tenant", "environment"], Self.minor) == .changed(stored(version: "1.6")))
        #expect(try change(["tenant", "environment"], Self.older) == .versionTooLow(stored: Self.same))
    }

    @Test(arguments: [older, same])
    func `A change of features needs a higher version`(version: Version) throws {
        #expect(try change(["tenant"], version) == .versionTooLow(stored: Self.same))
    }

    @Test(arguments: [older, same, minor, major])
    func `Unknown features are refused at any version`(version: Version) throws {
        #expect(try change(["z", "tenant", "a"], version) == .unknownFeatures(["z", "a"]))
    }

    @Test func `Features in use cannot be removed`() throws {
        let rules = [rule(7, 1, ["tenant": "a"]), rule(3, 1, ["environment": "b", "tenant": "a"])]
        guard case .stillInUse(let use) = try change(["environment", "user"], Self.major, rules: rules)
        else {
            Issue.record("removed")
            return
        }
        #expect(use.features == ["tenant"])
        #expect(use.rules == [3, 7])
        #expect(use.sentence == "configurable features ['tenant'] are still in use by rules [3, 7]")
    }

    @Test func `Features nobody uses are removed in a minor version`() throws {
        let rules = [rule(7, 1, ["environment": "a"])]
        #expect(
            try change(["environment"], Self.minor, rules: rules)
                == .changed(stored(features: ["environment"], version: "1.6")))
    }

    @Test func `Features are added in a major version, and stored in their order`() throws {
        #expect(
            try change(["theme", "user", "tenant"], Self.minor)
                == .addedInMinorVersion(["user", "theme"]))
        #expect(
            try change(["theme", "user", "tenant"], Self.major)
                == .changed(stored(features: ["tenant", "user", "theme"], version: "2.0")))
    }
}
