import ContractJSON
import HeksherDomain
import Testing

@Suite struct DeclarationTests {
    private func outcome(
        of declaration: Declaration, stored: Setting?, aliased: Setting? = nil, rules: [Rule] = []
    ) -> Declaration.Outcome {
        declaration.outcome(named: stored, aliased: aliased, order: order, rules: rules)
    }

    // MARK: Creation

    @Test(arguments: ["1.0", "01.0"])
    func `An unknown setting is created at version 1_0 with its features in order`(version: String)
        throws
    {
        let declaration = try declaration(metadata: ["owner": "me"], version: version)
        let expected = try stored(metadata: ["owner": "me"])
        #expect(outcome(of: declaration, stored: nil) == .created(expected))
        #expect(expected.version.description == "1.0")
    }

    @Test(arguments: ["0.9", "1.1", "2.0"])
    func `An unknown setting is created at no other version`(version: String) throws {
        let declaration = try declaration(features: ["nope"], version: version)
        #expect(outcome(of: declaration, stored: nil) == .versionMustBeInitial)
    }

    @Test func `An unknown setting is not created with unknown features`() throws {
        let declaration = try declaration(features: ["z", "tenant", "a"])
        #expect(
            outcome(of: declaration, stored: nil) == .unknownFeatures(["z", "a"], settingExists: false))
    }

    // MARK: Aliases

    @Test func `An alias that no setting has is unknown`() throws {
        let declaration = try declaration(alias: "old", version: "1.1")
        #expect(outcome(of: declaration, stored: nil) == .unknownAlias("old"))
        #expect(outcome(of: declaration, stored: try stored()) == .unknownAlias("old"))
    }

    @Test func `An alias of another setting is unrelated`() throws {
        let other = try stored(name: "old", aliases: ["older"])
        let declared = try declaration(alias: "old", version: "1.1")
        #expect(outcome(of: declared, stored: try stored(), aliased: other) == .unrelatedAlias("old"))
        // Renaming a setting requires its name; another alias of it is not enough.
        let byOlderName = try declaration(alias: "older", version: "1.1")
        #expect(outcome(of: byOlderName, stored: nil, aliased: other) == .unrelatedAlias("older"))
    }

    @Test func `A newer declaration under a new name renames the setting`() throws {
        let before = try stored(name: "old", aliases: ["zero", "ancient"])
        let after = try stored(aliases: ["ancient", "old", "zero"], version: "1.1")
        let declaration = try declaration(alias: "old", version: "1.1")
        #expect(
            outcome(of: declaration, stored: nil, aliased: before)
                == .upgraded(
                    after, previousName: "old", previous: before.version,
                    [Difference(.minor, .attribute(.name, latestValue: "old"))]))
    }

    @Test func `A setting can be renamed to one of its own aliases`() throws {
        let before = try stored(name: "old", aliases: ["limit"])
        let after = try stored(aliases: ["old"], version: "1.1")
        let declaration = try declaration(alias: "old", version: "1.1")
        #expect(
            outcome(of: declaration, stored: before, aliased: before)
                == .upgraded(
                    after, previousName: "old", previous: before.version,
                    [Difference(.minor, .attribute(.name, latestValue: "old"))]))
    }

    @Test func `A declaration that repeats its alias after the renaming is up to date`() throws {
        let setting = try stored(aliases: ["old"], version: "1.1")
        let declaration = try declaration(alias: "old", version: "1.1")
        #expect(outcome(of: declaration, stored: setting, aliased: setting) == .upToDate)
    }

    @Test func `A declaration under an alias is one of the setting and renames nothing`() throws {
        let setting = try stored(name: "renamed", aliases: ["limit"])
        #expect(outcome(of: try declaration(), stored: setting) == .upToDate)
        let upgraded = try stored(name: "renamed", aliases: ["limit"], version: "1.1")
        #expect(
            outcome(of: try declaration(version: "1.1"), stored: setting)
                == .upgraded(upgraded, previousName: "renamed", previous: .initial, []))
    }

    @Test func `A renaming at the same version is a mismatch`() throws {
        let setting = try stored(name: "old")
        #expect(
            outcome(of: try declaration(alias: "old"), stored: nil, aliased: setting)
                == .mismatch([Difference(.minor, .attribute(.name, latestValue: "old"))]))
    }

    // MARK: Same version

    @Test func `Nothing that differs is up to date`() throws {
        #expect(outcome(of: try declaration(), stored: try stored()) == .upToDate)
        #expect(outcome(of: try declaration(version: "01.00"), stored: try stored()) == .upToDate)
    }

    @Test func `Values are compared as JSON values`() throws {
        let setting = try stored(
            type: "Enum[1,2]", defaultValue: 1,
            metadata: ["a": JSONValue(parsing: #"{"x":1,"y":2}"#), "b": 1])
        let declaration = try declaration(
            type: "Enum[2.0,1.0]", defaultValue: JSONValue(parsing: "10e-1"),
            metadata: [
                "b": JSONValue(parsing: "1.0"), "a": JSONValue(parsing: #"{ "y" : 2, "x" : 1.0 }"#),
            ])
        #expect(outcome(of: declaration, stored: setting) == .upToDate)
    }

    @Test
    func `What differs at the same version is a mismatch, also what a higher version would allow`()
        throws
    {
        #expect(
            outcome(of: try declaration(defaultValue: 0), stored: try stored())
                == .mismatch([Difference(.minor, .attribute(.defaultValue, latestValue: 1))]))
    }

    @Test(arguments: ["1.0", "1.1", "2.0"])
    func `Unknown features of the same or a newer version are refused first`(version: String) throws {
        let declaration = try declaration(
            defaultValue: 7, features: ["nope", "tenant"], version: version)
        #expect(
            outcome(of: declaration, stored: try stored())
                == .unknownFeatures(["nope"], settingExists: true))
    }

    // MARK: Newer version

    @Test func `A newer declaration replaces all attributes at once`() throws {
        let before = try stored(
            type: "int", defaultValue: 1, features: ["environment", "tenant"],
            metadata: ["a": 1, "b": 2], version: "1.3")
        let declaration = try declaration(
            type: "float", defaultValue: 1.5, features: ["user", "tenant"], metadata: ["c": 3],
            version: "2.0")
        let after = try stored(
            type: "float", defaultValue: 1.5, features: ["tenant", "user"], metadata: ["c": 3],
            version: "2.0")
        let differences = [
            Difference(.minor, .attribute(.defaultValue, latestValue: 1)),
            Difference(.minor, .attribute(.metadata, latestValue: ["a": 1, "b": 2])),
            Difference(
                .major, .attribute(.configurableFeatures, latestValue: ["environment", "tenant"])),
            Difference(.major, .attribute(.type, latestValue: "int")),
        ]
        #expect(
            outcome(of: declaration, stored: before)
                == .upgraded(after, previousName: "limit", previous: before.version, differences))
    }

    @Test func `A newer declaration without a difference stores its version`() throws {
        #expect(
            outcome(of: try declaration(version: "1.1"), stored: try stored())
                == .upgraded(try stored(version: "1.1"), previousName: "limit", previous: .initial, []))
    }

    @Test func `A major difference needs a higher major number`() throws {
        let differences = [Difference(.major, .attribute(.type, latestValue: "int"))]
        #expect(
            outcome(of: try declaration(type: "float", version: "1.1"), stored: try stored())
                == .rejected(previous: .initial, differences))
        #expect(
            outcome(of: try declaration(type: "float", version: "2.0"), stored: try stored())
                == .upgraded(
                    try stored(type: "float", version: "2.0"), previousName: "limit", previous: .initial,
                    differences))
    }

    @Test(arguments: ["1.1", "2.0"])
    func `No version allows a mismatch`(version: String) throws {
        let rules = [rule(4, 2, ["tenant": "a"]), rule(1, 3, ["environment": "b", "tenant": "c"])]
        #expect(
            outcome(
                of: try declaration(features: ["environment"], version: version), stored: try stored(),
                rules: rules)
                == .rejected(
                    previous: .initial,
                    [
                        Difference(
                            .mismatch,
                            .message("configurable features ['tenant'] are still in use by rules [1, 4]"))
                    ]))
    }

    @Test(arguments: [
        ("str", "\"a\"", "\"\""), ("bool", "true", "false"), ("int", "5", "0"), ("float", "5", "0.0"),
        ("Flags[1]", "[1]", "[]"),
        ("Mapping<int>", "{\"a\":1}", "{}"),
    ])
    func `Falsy default values are stored like any other`(text: String, before: String, after: String) throws {
        let (before, value) = (try JSONValue(parsing: before), try JSONValue(parsing: after))
        let declaration = try declaration(type: text, defaultValue: value, version: "1.1")
        let setting = try stored(type: text, defaultValue: before)
        guard
            case .upgraded(let upgraded, _, _, let differences) = outcome(
                of: declaration, stored: setting)
        else {
            Issue.record("not upgraded")
            return
        }
        #expect(upgraded.defaultValue.text == after)
        #expect(differences == [Difference(.minor, .attribute(.defaultValue, latestValue: before))])
    }

    @Test func `Metadata can be emptied`() throws {
        let outcome = outcome(
            of: try declaration(version: "1.1"), stored: try stored(metadata: ["a": nil]))
        #expect(
            outcome
                == .upgraded(
                    try stored(version: "1.1"), previousName: "limit", previous: .initial,
                    [Difference(.minor, .attribute(.metadata, latestValue: ["a": nil]))]))
    }

    // MARK: Older version

    @Test func `An outdated declaration is compared from what it declares to what is stored`() throws {
        let setting = try stored(
            type: "float", defaultValue: 1.5, features: ["environment"], metadata: ["a": 1],
            version: "2.0")
        let declaration = try declaration(features: ["environment", "tenant"], version: "1.0")
        #expect(
            outcome(of: declaration, stored: setting)
                == .outdated(
                    latest: setting.version,
                    [
                        Difference(.minor, .message("removal of configurable features ['tenant']")),
                        Difference(.minor, .attribute(.defaultValue, latestValue: 1.5)),
                        Difference(.minor, .attribute(.metadata, latestValue: ["a": 1])),
                        Difference(.major, .attribute(.type, latestValue: "float")),
                    ]))
    }

    @Test
    func
        `Towards a subtype, and with features added, an outdated declaration tells the other levels`()
        throws
    {
        let setting = try stored(type: "int", features: ["environment", "tenant"], version: "1.1")
        let declaration = try declaration(type: "float", features: ["environment"])
        #expect(
            outcome(of: declaration, stored: setting)
                == .outdated(
                    latest: setting.version,
                    [
                        Difference(.minor, .attribute(.type, latestValue: "int")),
                        Difference(
                            .major, .attribute(.configurableFeatures, latestValue: ["environment", "tenant"])),
                    ]))
    }

    @Test func `An outdated declaration looks at no rules and may name features that are gone`()
        throws
    {
        let setting = try stored(
            type: "str", defaultValue: "a", features: ["environment"], version: "2.0")
        let declaration = try declaration(
            type: "int", defaultValue: 1, features: ["gone", "tenant", "environment"])
        let rules = [rule(1, "x", ["tenant": "a"])]
        #expect(!declaration.needsRules(of: setting))
        #expect(
            outcome(of: declaration, stored: setting, rules: rules)
                == .outdated(
                    latest: setting.version,
                    [
                        Difference(.minor, .message("removal of configurable features ['tenant', 'gone']")),
                        Difference(.minor, .attribute(.defaultValue, latestValue: "a")),
                        Difference(.major, .attribute(.type, latestValue: "str")),
                    ]))
    }

    @Test func `An outdated declaration under a former name tells the name of today`() throws {
        let setting = try stored(name: "renamed", aliases: ["limit"], version: "1.1")
        #expect(
            outcome(of: try declaration(), stored: setting)
                == .outdated(
                    latest: setting.version, [Difference(.minor, .attribute(.name, latestValue: "renamed"))]))
    }

    // MARK: Rules

    @Test func `Rules are needed only where features are removed or the type changes`() throws {
        let setting = try stored(version: "1.1")
        #expect(try !declaration(version: "1.1").needsRules(of: setting))
        #expect(
            try !declaration(features: ["user", "tenant", "environment"], version: "2.0").needsRules(
                of: setting))
        #expect(try !declaration(defaultValue: 9, version: "1.2").needsRules(of: setting))
        #expect(try declaration(features: ["tenant"], version: "1.1").needsRules(of: setting))
        #expect(try declaration(type: "float", version: "1.2").needsRules(of: setting))
        #expect(try !declaration(type: "float", version: "1.0").needsRules(of: setting))
    }
}
