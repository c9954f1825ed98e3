import Testing

@Suite struct DeclaringTests {
    @Test("A new setting is created, and is up to date from then on")
    func create() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            let declaration = """
                {"name":"cache.size","configurable_features":["theme","user"],"type":"int","default_value":60,\
                "metadata":{"testing":true},"version":"1.0"}
                """
            try await api.post("/settings/declare", declaration, is: #"200 {"outcome":"created"}"#)
            try await api.post("/settings/declare", declaration, is: #"200 {"outcome":"uptodate"}"#)
            try await api.get(
                "/settings/cache.size",
                is: """
                    200 {"name":"cache.size","configurable_features":["user","theme"],"type":"int","default_value":60,\
                    "metadata":{"testing":true},"aliases":[],"version":"1.0"}
                    """)
        }
    }

    @Test("Metadata and version may be left out, and other members are ignored")
    func defaults() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.post(
                "/settings/declare",
                """
                {"name":"a","configurable_features":["theme"],"type":"str","default_value":"","alias":null,"unknown":[1]}
                """, is: #"200 {"outcome":"created"}"#)
            try await api.get(
                "/settings/a",
                is: """
                    200 {"name":"a","configurable_features":["theme"],"type":"str","default_value":"","metadata":{},\
                    "aliases":[],"version":"1.0"}
                    """)
        }
    }

    @Test("A new setting begins at version 1.0", arguments: ["0.9", "1.1", "2.0"])
    func createAtAnotherVersion(version: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let answer = try await api.send(
                .post, "/settings/declare",
                """
                {"name":"a","configurable_features":["theme"],"type":"int","default_value":0,"version":"\(version)"}
                """)
            #expect(answer.status == 400)
            #expect(answer.headers[.contentType]?.hasPrefix("text/plain") == true)
            try await api.get("/settings/a", is: "404 the setting a does not exist")
        }
    }

    @Test("01.0 is 1.0")
    func leadingZero() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let first = try await api.declare("a", ["version": #""01.0""#])
            let second = try await api.declare("a", ["version": #""1.00""#])
            #expect(first == #"200 {"outcome":"created"}"#)
            #expect(second == #"200 {"outcome":"uptodate"}"#)
        }
    }

    @Test("Unknown features are told, as text for a new setting and as JSON for a stored one")
    func unknownFeatures() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let features = #"["theme","color","size"]"#
            #expect(
                try await api.declare("a", ["configurable_features": features])
                    == "404 the context features ['color', 'size'] do not exist")
            try await api.declare("a")
            for version in [#""1.0""#, #""2.0""#] {
                #expect(
                    try await api.declare("a", ["configurable_features": features, "version": version])
                        == #"404 {"detail":"the context features ['color', 'size'] do not exist"}"#)
            }
        }
    }

    @Test(
        "What breaks the contract is refused with its place",
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
            let attributes: KeyValuePairs = [member: value]
            #expect(try await api.declare("a", attributes) == "422 \(problem)")
            try await api.get("/settings", is: #"200 {"settings":[]}"#)
        }
    }

    @Test("All problems are told at once")
    func allProblems() async throws {
        try await ServiceUnderTest.with { api in
            try await api.post(
                "/settings/declare", #"{"name":"a b","configurable_features":[],"type":"int","version":"x"}"#,
                is: """
                    422 body.name value_error.str.regex, body.configurable_features value_error.list.min_items, \
                    body.version value_error.str.regex, body.default_value value_error.missing
                    """)
        }
    }

    // MARK: A stored setting

    @Test("At the same version, whatever differs is a mismatch")
    func mismatch() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a", ["metadata": #"{"k":1}"#])
            #expect(
                try await api.declare(
                    "a",
                    [
                        "configurable_features": #"["user","theme"]"#, "type": #""float""#, "default_value": "0.5",
                        "metadata": "{}",
                    ])
                        == """
                        409 {"outcome":"mismatch","differences":[\
                        {"level":"minor","attribute":"default_value","latest_value":0},\
                        {"level":"minor","attribute":"metadata","latest_value":{"k":1}},\
                        {"level":"major","attribute":"configurable_features","latest_value":["theme"]},\
                        {"level":"major","attribute":"type","latest_value":"int"}]}
                        """)
            #expect(try await api.declare("a", ["metadata": #"{"k":1.0}"#]) == #"200 {"outcome":"uptodate"}"#)
        }
    }

    @Test("Values compare as JSON values")
    func equalValues() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare(
                "a", ["type": #""Mapping<float>""#, "default_value": #"{"x":1,"y":2.50}"#])
            #expect(
                try await api.declare("a", ["type": #""Mapping< float >""#, "default_value": #"{"y":2.5,"x":1.0}"#])
                    == #"200 {"outcome":"uptodate"}"#)
        }
    }

    @Test("A newer version is applied")
    func upgrade() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a", ["configurable_features": #"["user","theme"]"#, "type": #""float""#])
            #expect(
                try await api.declare("a", ["default_value": "1.0", "version": #""1.1""#])
                    == """
                    200 {"outcome":"upgraded","previous_version":"1.0","differences":[\
                    {"level":"minor","message":"removal of configurable features ['user']"},\
                    {"level":"minor","attribute":"type","latest_value":"float"},\
                    {"level":"minor","attribute":"default_value","latest_value":0}]}
                    """)
            try await api.get(
                "/settings/a",
                is: """
                    200 {"name":"a","configurable_features":["theme"],"type":"int","default_value":1.0,\
                    "metadata":{},"aliases":[],"version":"1.1"}
                    """)
            #expect(
                try await api.declare("a", ["default_value": "1.0", "version": #""1.10""#])
                    == #"200 {"outcome":"upgraded","previous_version":"1.1","differences":[]}"#)
            #expect(
                try await api.declare("a", ["default_value": "1.0", "version": #""1.9""#])
                    == #"200 {"outcome":"outdated","latest_version":"1.10","differences":[]}"#)
        }
    }

    @Test("Values that count as nothing elsewhere are stored like any other")
    func falsyValues() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            for (name, type, before, after) in [
                ("i", "int", "1", "0"), ("s", "str", #""x""#, #""""#), ("b", "bool", "true", "false"),
                ("m", "Mapping<int>", #"{"a":1}"#, "{}"), ("l", "Sequence<int>", "[1]", "[]"),
            ] {
                try await api.declare(name, ["type": "\"\(type)\"", "default_value": before])
                #expect(
                    try await api.declare(
                        name, ["type": "\"\(type)\"", "default_value": after, "version": #""1.1""#]
                    ).hasPrefix(#"200 {"outcome":"upgraded""#))
                let stored = try await api.send(.get, "/settings/\(name)").text
                #expect(stored.contains(#""default_value":\#(after),"#))
            }
        }
    }

    @Test("A major difference takes a major version")
    func rejected() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a")
            let wider: KeyValuePairs = ["configurable_features": #"["user","theme"]"#, "version": #""1.1""#]
            #expect(
                try await api.declare("a", wider)
                    == """
                    409 {"outcome":"rejected","previous_version":"1.0","differences":[\
                    {"level":"major","attribute":"configurable_features","latest_value":["theme"]}]}
                    """)
            #expect(
                try await api.declare("a", ["configurable_features": #"["user","theme"]"#, "version": #""2.0""#])
                    == """
                    200 {"outcome":"upgraded","previous_version":"1.0","differences":[\
                    {"level":"major","attribute":"configurable_features","latest_value":["theme"]}]}
                    """)
        }
    }

    @Test("What rules need is a mismatch, at any version")
    func rulesInTheWay() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a", ["configurable_features": #"["user","theme"]"#])
            try await api.addRule("a", #"{"theme":"dark"}"#, "5")
            try await api.addRule("a", #"{"user":"ann"}"#, "6")
            #expect(
                try await api.declare("a", ["configurable_features": #"["user"]"#, "version": #""2.0""#])
                    == """
                    409 {"outcome":"rejected","previous_version":"1.0","differences":[\
                    {"level":"mismatch","message":"configurable features ['theme'] are still in use by rules [1]"}]}
                    """)
            #expect(
                try await api.declare(
                    "a",
                    [
                        "configurable_features": #"["user","theme"]"#, "type": #""Enum[0,6]""#, "version": #""2.0""#,
                    ])
                        == """
                        409 {"outcome":"rejected","previous_version":"1.0","differences":[\
                        {"level":"mismatch","message":"setting type incompatible with values for rules: [1]"}]}
                        """)
            #expect(
                try await api.declare(
                    "a",
                    [
                        "configurable_features": #"["user","theme"]"#, "type": #""Enum[0,5,6]""#,
                        "version": #""2.0""#,
                    ])
                        == """
                        200 {"outcome":"upgraded","previous_version":"1.0","differences":[\
                        {"level":"major","attribute":"type","latest_value":"int"}]}
                        """)
        }
    }

    @Test("An outdated declaration hears what has changed since, and changes nothing")
    func outdated() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a", ["configurable_features": #"["user","theme"]"#, "type": #""float""#])
            try await api.declare("a", ["default_value": "1", "version": #""1.1""#])
            #expect(
                try await api.declare("a", ["configurable_features": #"["user","theme"]"#, "type": #""float""#])
                    == """
                    200 {"outcome":"outdated","latest_version":"1.1","differences":[\
                    {"level":"minor","message":"removal of configurable features ['user']"},\
                    {"level":"minor","attribute":"type","latest_value":"int"},\
                    {"level":"minor","attribute":"default_value","latest_value":1}]}
                    """)
            #expect(
                try await api.declare("a", ["configurable_features": #"["nope"]"#, "version": #""0.1""#])
                    .hasPrefix(#"200 {"outcome":"outdated","latest_version":"1.1""#))
        }
    }

    // MARK: Aliases

    @Test("A setting is renamed by declaring it with its name as alias")
    func rename() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("old")
            let id = try await api.addRule("old", #"{"theme":"dark"}"#, "5")
            #expect(
                try await api.declare("new", ["alias": #""old""#])
                    == """
                    409 {"outcome":"mismatch","differences":[{"level":"minor","attribute":"name","latest_value":"old"}]}
                    """)
            #expect(
                try await api.declare("new", ["alias": #""old""#, "version": #""1.1""#])
                    == """
                    200 {"outcome":"upgraded","previous_version":"1.0","differences":[\
                    {"level":"minor","attribute":"name","latest_value":"old"}]}
                    """)
            for name in ["old", "new"] {
                try await api.get(
                    "/settings/\(name)",
                    is: """
                        200 {"name":"new","configurable_features":["theme"],"type":"int","default_value":0,\
                        "metadata":{},"aliases":["old"],"version":"1.1"}
                        """)
            }
            try await api.get(
                "/rules/\(id)",
                is: #"200 {"setting":"new","value":5,"feature_values":[["theme","dark"]],"metadata":{}}"#)
            #expect(
                try await api.declare("new", ["alias": #""old""#, "version": #""1.1""#])
                    == #"200 {"outcome":"uptodate"}"#)
            #expect(try await api.declare("old", ["version": #""1.1""#]) == #"200 {"outcome":"uptodate"}"#)
        }
    }

    @Test("An alias must be somebody's, and of the same setting")
    func badAlias() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            #expect(
                try await api.declare("a", ["alias": #""nope""#])
                    == #"404 {"detail":"the alias nope does not exist"}"#)
            try await api.declare("a")
            try await api.declare("b")
            #expect(
                try await api.declare("a", ["alias": #""b""#, "version": #""2.0""#])
                    == #"409 {"detail":"the alias b belongs to another setting"}"#)
        }
    }

    // MARK: Types

    @Test(
        "Types are stored in their canonical text",
        arguments: [
            ("int", "int"), ("Sequence <  int > ", ""), ("Sequence< int >", "Sequence<int>"),
            (#"Enum["maybe", true,  false, "maybe"]"#, #"Enum["maybe",false,true]"#),
            (#"Enum [ "é" , 1, 1.0, 10e-1 ]"#, #"Enum["\u00e9",1]"#),
            ("Flags[2,10,1]", "Flags[1,10,2]"),
            ("Mapping<Sequence<Enum[true,0]>>", "Mapping<Sequence<Enum[0,true]>>"), ("Enum[null]", ""),
        ])
    func canonicalTypes(declared: String, canonical: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let defaultValue =
                switch declared.first {
                case "E": declared.contains("maybe") ? #""maybe""# : declared.contains("null") ? "null" : "1"
                case "M": "{}"
                case "i": "1"
                default: "[]"
                }
            let text = declared.replacing("\"", with: "\\\"")
            let answer = try await api.declare("a", ["type": "\"\(text)\"", "default_value": defaultValue])
            if canonical.isEmpty { return #expect(answer == "422 body.type value_error") }
            #expect(answer == #"200 {"outcome":"created"}"#)
            let stored = canonical.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            let setting = try await api.send(.get, "/settings/a").text
            #expect(setting.contains(#""type":"\#(stored)""#), "\(setting)")
        }
    }

    @Test(
        "Values come back as they were written",
        arguments: [
            ("float", "1.0"), ("float", "10e-1"), ("int", "123456789012345678901234567890"), ("int", "-0"),
            ("str", #""\u00e9é\ud83d\ude00\/""#), ("Mapping<int>", #"{"b":1,"a":2,"é":3}"#), ("str", #""a\u0000b""#),
            ("Sequence<float>", "[1e308,0.1000]"),
        ])
    func valuesKeepTheirText(type: String, value: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            #expect(
                try await api.declare("a", ["type": "\"\(type)\"", "default_value": value])
                    == #"200 {"outcome":"created"}"#)
            let id = try await api.addRule("a", #"{"theme":"dark"}"#, value)
            let setting = try await api.send(.get, "/settings/a").text
            #expect(setting.contains(#""default_value":\#(value),"#), "\(setting)")
            let rule = try await api.send(.get, "/rules/\(id)").text
            #expect(rule.contains(#""value":\#(value),"#), "\(rule)")
        }
    }
}
