import ContractRuntime
import HeksherAPI
import Testing

@Suite struct DeclaringTests {
    @Test("A new setting is created, and declaring it again is up to date")
    func create() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            for outcome in [DeclareSetting.Output.created, .upToDate] {
                let answer = try await api.declare(
                    "cache.size", features: ["theme", "user"], default: 60, metadata: ["testing": true])
                #expect(answer == outcome)
            }
            #expect(
                try await api.client.getSetting(name: "cache.size").ok.body
                    == .init(
                        name: "cache.size", configurableFeatures: ["user", "theme"], type: "int", defaultValue: 60,
                        metadata: ["testing": true], aliases: [], version: "1.0"))
        }
    }

    @Test("Metadata and version are optional, and unknown members are ignored")
    func defaults() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.expect(
                .post, "/settings/declare",
                """
                {"name":"a","configurable_features":["theme"],"type":"str","default_value":"","alias":null,"unknown":[1]}
                """, is: #"200 {"outcome":"created"}"#)
            try await api.expect(
                .get, "/settings/a",
                is: """
                    200 {"name":"a","configurable_features":["theme"],"type":"str","default_value":"","metadata":{},\
                    "aliases":[],"version":"1.0"}
                    """)
        }
    }

    @Test("A new setting must have version 1.0", arguments: ["0.9", "1.1", "2.0"])
    func createAtAnotherVersion(version: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let answer = try await api.declare("a", version: version)
            #expect(answer.response().status == .badRequest)
            #expect(
                try await api.client.getSetting(name: "a") == .notFound(.plainText("the setting a does not exist")))
        }
    }

    @Test("Version 01.0 equals 1.0")
    func leadingZero() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let first = try await api.declare("a", version: "01.0")
            let second = try await api.declare("a", version: "1.00")
            #expect(first == .created && second == .upToDate)
        }
    }

    @Test("Unknown features get 404: as text for a new setting, and as JSON for a stored one")
    func unknownFeatures() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let features = ["theme", "color", "size"]
            let sentence = "the context features ['color', 'size'] do not exist"
            #expect(try await api.declare("a", features: features) == .notFound(.plainText(sentence)))
            try await api.declare("a")
            for version in ["1.0", "2.0"] {
                let answer = try await api.declare("a", features: features, version: version)
                #expect(answer == .notFound(.json(.init(detail: sentence))))
            }
        }
    }

    @Test(
        "An invalid declaration is refused with the location of the problem",
        arguments: [
            ("name", #""a b""#, "body.name value_error.str.regex"),
            ("name", #""""#, "body.name value_error.str.regex"),
            ("name", #""a\n""#, "body.name value_error.str.regex"),
            ("name", "1", "body.name type_error.string"),
            ("configurable_features", "[]", "body.configurable_features value_error.list.min_items"),
            (
                "configurable_features", #"["theme","theme"]"#,
                "body.configurable_features value_error.list.unique_items"
            ),
            ("configurable_features", #""theme""#, "body.configurable_features type_error.list"),
            ("configurable_features", #"["theme","a b"]"#, "body.configurable_features.1 value_error.str.regex"),
            (
                "configurable_features", #"[1,"theme",null]"#,
                "body.configurable_features.0 type_error.string, body.configurable_features.2 type_error.string"
            ),
            ("type", "1", "body.type type_error.string"), ("type", #""integer""#, "body.type value_error"),
            ("type", #""Int""#, "body.type value_error"), ("type", #""Enum[]x""#, "body.type value_error"),
            ("type", #""Enum[1e400]""#, "body.type value_error"), ("type", #""Enum[[1]]""#, "body.type value_error"),
            ("type", #""Sequence <  int > ""#, "body.type value_error"),
            ("type", #""Enum[null]""#, "body.type value_error"),
            ("default_value", #""1""#, "body.default_value value_error"),
            ("default_value", "1.5", "body.default_value value_error"),
            ("default_value", "null", "body.default_value value_error"),
            ("default_value", "1e400", "body.default_value value_error"),
            ("metadata", "[]", "body.metadata type_error.dict"),
            ("metadata", #"{"a b":1}"#, "body.metadata.a b value_error.str.regex"),
            ("metadata", #"{"a":1e400}"#, "body.metadata.a value_error"),
            ("alias", #""a b""#, "body.alias value_error.str.regex"), ("alias", #""a""#, "body.alias value_error"),
            ("alias", "1", "body.alias type_error.string"),
            ("version", #""1""#, "body.version value_error.str.regex"),
            ("version", #""1.0\n""#, "body.version value_error.str.regex"),
            ("version", #""-1.0""#, "body.version value_error.str.regex"),
            ("version", "1.0", "body.version type_error.string"),
        ])
    func refused(member: String, value: String, problem: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            // Of a repeated member, the last one counts.
            let body = """
                {"name":"a","configurable_features":["theme"],"type":"int","default_value":0,"\(member)":\(value)}
                """
            try await api.expect(.post, "/settings/declare", body, is: "422 \(problem)")
            #expect(try await api.client.listSettings().ok.settings == [])
        }
    }

    @Test("All problems of a declaration are reported together")
    func allProblems() async throws {
        try await ServiceUnderTest.with { api in
            try await api.expect(
                .post, "/settings/declare", #"{"name":"a b","configurable_features":[],"type":"int","version":"x"}"#,
                is: """
                    422 body.name value_error.str.regex, body.configurable_features value_error.list.min_items, \
                    body.version value_error.str.regex, body.default_value value_error.missing
                    """)
        }
    }

    // MARK: A stored setting

    @Test("At the same version, each difference is listed in a mismatch")
    func mismatch() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a", metadata: ["k": 1])
            #expect(
                try await api.declare("a", features: ["user", "theme"], type: "float", default: 0.5)
                    == .mismatch(
                        .minor(.defaultValue, 0), .minor(.metadata, ["k": 1]),
                        .major(.configurableFeatures, ["theme"]), .major(.type, "int")))
            #expect(try await api.declare("a", metadata: ["k": 1.0]) == .upToDate)
        }
    }

    @Test("Types and values are compared by meaning, not by text")
    func equalValues() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let value = try JSONValue(parsing: #"{"x":1,"y":2.50}"#)
            try await api.declare("a", type: "Mapping<float>", default: value)
            let equal = try JSONValue(parsing: #"{"y":2.5,"x":1.0}"#)
            #expect(try await api.declare("a", type: "Mapping< float >", default: equal) == .upToDate)
        }
    }

    @Test("A declaration with a newer version upgrades the setting")
    func upgrade() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a", features: ["user", "theme"], type: "float")
            #expect(
                try await api.declare("a", default: 1.0, version: "1.1")
                    == .upgraded(
                        from: "1.0", .minor("removal of configurable features ['user']"), .minor(.type, "float"),
                        .minor(.defaultValue, 0)))
            let setting = try await api.client.getSetting(name: "a").ok.body
            #expect(
                setting
                    == .init(
                        name: "a", configurableFeatures: ["theme"], type: "int", defaultValue: 1, metadata: [:],
                        aliases: [], version: "1.1"))
            #expect(setting.defaultValue.text == "1.0")
            #expect(try await api.declare("a", default: 1.0, version: "1.10") == .upgraded(from: "1.1"))
            #expect(try await api.declare("a", default: 1.0, version: "1.9") == .outdated(latest: "1.10"))
        }
    }

    @Test(
        "Default values such as 0, false and empty ones are stored like any other",
        arguments: [
            ("int", 1, 0), ("str", "x", ""), ("bool", true, false), ("Mapping<int>", ["a": 1], [:]),
            ("Sequence<int>", [1], []),
        ] as [(String, JSONValue, JSONValue)])
    func falsyValues(type: String, before: JSONValue, after: JSONValue) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", type: type, default: before)
            #expect(
                try await api.declare("a", type: type, default: after, version: "1.1")
                    == .upgraded(from: "1.0", .minor(.defaultValue, before)))
            #expect(try await api.client.getSetting(name: "a").ok.body.defaultValue == after)
        }
    }

    @Test("A major difference requires a major version")
    func rejected() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a")
            let features = ["user", "theme"]
            #expect(
                try await api.declare("a", features: features, version: "1.1")
                    == .rejected(from: "1.0", .major(.configurableFeatures, ["theme"])))
            #expect(
                try await api.declare("a", features: features, version: "2.0")
                    == .upgraded(from: "1.0", .major(.configurableFeatures, ["theme"])))
        }
    }

    @Test("A change that conflicts with existing rules is rejected at any version")
    func rulesInTheWay() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            let features = ["user", "theme"]
            try await api.declare("a", features: features)
            try await api.addRule("a", ["theme": "dark"], 5)
            try await api.addRule("a", ["user": "ann"], 6)
            #expect(
                try await api.declare("a", features: ["user"], version: "2.0")
                    == .rejected(
                        from: "1.0", .mismatch("configurable features ['theme'] are still in use by rules [1]")))
            #expect(
                try await api.declare("a", features: features, type: "Enum[0,6]", version: "2.0")
                    == .rejected(from: "1.0", .mismatch("setting type incompatible with values for rules: [1]")))
            #expect(
                try await api.declare("a", features: features, type: "Enum[0,5,6]", version: "2.0")
                    == .upgraded(from: "1.0", .major(.type, "int")))
        }
    }

    @Test("An outdated declaration gets the later changes, and changes nothing")
    func outdated() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a", features: ["user", "theme"], type: "float")
            try await api.declare("a", default: 1, version: "1.1")
            let stored = try await api.client.getSetting(name: "a")
            #expect(
                try await api.declare("a", features: ["user", "theme"], type: "float")
                    == .outdated(
                        latest: "1.1", .minor("removal of configurable features ['user']"), .minor(.type, "int"),
                        .minor(.defaultValue, 1)))
            guard
                case .ok(.json(.outdated(let outcome))) = try await api.declare("a", features: ["nope"], version: "0.1")
            else { return #expect(Bool(false)) }
            #expect(outcome.latestVersion == "1.1")
            #expect(try await api.client.getSetting(name: "a") == stored)
        }
    }

    // MARK: Aliases

    @Test("Declaring a new name with the old one as alias renames the setting")
    func rename() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("old")
            let id = try await api.addRule("old", ["theme": "dark"], 5)
            #expect(try await api.declare("new", alias: "old") == .mismatch(.minor(.name, "old")))
            #expect(
                try await api.declare("new", alias: "old", version: "1.1")
                    == .upgraded(from: "1.0", .minor(.name, "old")))
            for name in ["old", "new"] {
                #expect(
                    try await api.client.getSetting(name: name).ok.body
                        == .init(
                            name: "new", configurableFeatures: ["theme"], type: "int", defaultValue: 0, metadata: [:],
                            aliases: ["old"], version: "1.1"))
            }
            #expect(
                try await api.client.getRule(ruleId: id).ok.body
                    == .init(setting: "new", value: 5, featureValues: [["theme", "dark"]], metadata: [:]))
            #expect(try await api.declare("new", alias: "old", version: "1.1") == .upToDate)
            #expect(try await api.declare("old", version: "1.1") == .upToDate)
        }
    }

    @Test("An alias must exist and belong to the same setting")
    func badAlias() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            #expect(
                try await api.declare("a", alias: "nope")
                    == .notFound(.json(.init(detail: "the alias nope does not exist"))))
            try await api.declare("a")
            try await api.declare("b")
            #expect(
                try await api.declare("a", alias: "b", version: "2.0")
                    == .conflict(.json(.detail(.init(detail: "the alias b belongs to another setting")))))
        }
    }

    // MARK: Types

    @Test(
        "Types are stored in their canonical text",
        arguments: [
            ("int", 1, "int"), ("Sequence< int >", [], "Sequence<int>"),
            (#"Enum["maybe", true,  false, "maybe"]"#, "maybe", #"Enum["maybe",false,true]"#),
            (#"Enum [ "é" , 1, 1.0, 10e-1 ]"#, 1, #"Enum["\u00e9",1]"#), ("Flags[2,10,1]", [], "Flags[1,10,2]"),
            ("Mapping<Sequence<Enum[true,0]>>", [:], "Mapping<Sequence<Enum[0,true]>>"),
        ] as [(String, JSONValue, String)])
    func canonicalTypes(declared: String, defaultValue: JSONValue, canonical: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let answer = try await api.declare("a", type: declared, default: defaultValue)
            #expect(answer == .created)
            #expect(try await api.client.getSetting(name: "a").ok.body.type == canonical)
        }
    }

    @Test(
        "Values are returned with their original text",
        arguments: [
            ("float", "1.0"), ("float", "10e-1"), ("int", "123456789012345678901234567890"), ("int", "-0"),
            ("str", #""\u00e9é\ud83d\ude00\/""#), ("Mapping<int>", #"{"b":1,"a":2,"é":3}"#), ("str", #""a\u0000b""#),
            ("Sequence<float>", "[1e308,0.1000]"),
        ])
    func valuesKeepTheirText(type: String, text: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let value = try JSONValue(parsing: text)
            #expect(try await api.declare("a", type: type, default: value) == .created)
            let id = try await api.addRule("a", ["theme": "dark"], value)
            #expect(try await api.client.getSetting(name: "a").ok.body.defaultValue.text == text)
            #expect(try await api.client.getRule(ruleId: id).ok.body.value.text == text)
        }
    }
}
