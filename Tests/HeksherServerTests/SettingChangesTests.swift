import Testing

@Suite struct SettingTypeTests {
    private static func change(_ type: String, _ version: String) -> String {
        #"{"type":"\#(type.replacing("\"", with: "\\\""))","version":"\#(version)"}"#
    }

    @Test("To a subtype, a minor version is enough")
    func minor() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", ["type": #""float""#])
            try await api.put("/settings/a/type", Self.change("int", "1.1"), is: "204")
            let setting = try await api.send(.get, "/settings/a").text
            #expect(setting.contains(#""type":"int""#) && setting.contains(#""version":"1.1""#))
        }
    }

    @Test("To another type, a major version")
    func major() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            let answer = try await api.send(.put, "/settings/a/type", Self.change("Enum[0,1]", "1.1"))
            #expect(answer.status == 409 && answer.text.hasPrefix(#"{"conflicts":["#), "\(answer.summary)")
            try await api.put("/settings/a/type", Self.change("Enum[1, 0]", "2.0"), is: "204")
            let setting = try await api.send(.get, "/settings/a").text
            #expect(setting.contains(#""type":"Enum[0,1]""#))
        }
    }

    @Test("Values that do not fit are all told")
    func conflicts() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", ["default_value": "7"])
            let first = try await api.addRule("a", #"{"theme":"dark"}"#, "1")
            _ = try await api.addRule("a", #"{"theme":"light"}"#, "2")
            let third = try await api.addRule("a", #"{"theme":"blue"}"#, "3")
            let answer = try await api.send(.put, "/settings/a/type", Self.change("Enum[2]", "2.0"))
            #expect(answer.status == 409)
            guard case .object(let members) = try answer.json.content,
                case .array(let conflicts) = members[0].value.content
            else { return #expect(Bool(false), "\(answer.text)") }
            #expect(conflicts.count == 3, "\(answer.text)")
            for id in [first, third] {
                #expect(conflicts.contains { $0.text.contains("\(id)") }, "\(answer.text)")
            }
            try await api.put("/settings/a/type", Self.change("Enum[1,2,3,7]", "2.0"), is: "204")
        }
    }

    @Test("Versions: lower is refused, equal allows nothing, higher alone is stored")
    func versions() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.put("/settings/a/type", Self.change("int", "1.0"), is: "204")
            try await api.put("/settings/a/type", Self.change("float", "1.0"), is: "409 *")
            try await api.put("/settings/a/type", Self.change("int", "1.5"), is: "204")
            try await api.put(
                "/settings/a/type", Self.change("int", "1.4"),
                is: "409 the setting a already has a newer version (1.5)")
            #expect(try await api.send(.get, "/settings/a").text.contains(#""version":"1.5""#))
        }
    }

    @Test(
        "What is no type is refused",
        arguments: ["", "integer", "Enum", "Enum[", "Sequence<int", "Sequence<int>>", "Enum[NaN]", "Flags[{}]"])
    func noType(text: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.put("/settings/a/type", Self.change(text, "2.0"), is: "422 body.type value_error")
        }
    }
}

@Suite struct RenamingTests {
    @Test("The old name becomes an alias, also at an equal version")
    func rename() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.put("/settings/a/name", #"{"name":"b","version":"1.0"}"#, is: "204")
            try await api.put("/settings/a/name", #"{"name":"c","version":"1.1"}"#, is: "204")
            try await api.get(
                "/settings/a",
                is: """
                    200 {"name":"c","configurable_features":["theme"],"type":"int","default_value":0,"metadata":{},\
                    "aliases":["a","b"],"version":"1.1"}
                    """)
        }
    }

    @Test("Renaming to an alias of its own swaps them")
    func swap() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.put("/settings/a/name", #"{"name":"b","version":"1.1"}"#, is: "204")
            try await api.put("/settings/b/name", #"{"name":"a","version":"1.1"}"#, is: "204")
            let setting = try await api.send(.get, "/settings/b").text
            #expect(setting.hasPrefix(#"{"name":"a","#) && setting.contains(#""aliases":["b"]"#), "\(setting)")
        }
    }

    @Test("A name or alias of another setting is taken")
    func taken() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.declare("b")
            try await api.put("/settings/b/name", #"{"name":"c","version":"1.0"}"#, is: "204")
            for name in ["b", "c"] {
                try await api.put("/settings/a/name", #"{"name":"\#(name)","version":"1.1"}"#, is: "409 *")
            }
        }
    }

    @Test("Versions")
    func versions() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.put("/settings/a/name", #"{"name":"a","version":"1.0"}"#, is: "204")
            try await api.put("/settings/a/name", #"{"name":"a","version":"1.2"}"#, is: "204")
            #expect(try await api.send(.get, "/settings/a").text.contains(#""version":"1.2""#))
            try await api.put(
                "/settings/a/name", #"{"name":"b","version":"1.1"}"#,
                is: "409 the setting a already has a newer version (1.2)")
            try await api.put(
                "/settings/a/name", #"{"name":"a b"}"#,
                is: "422 body.name value_error.str.regex, body.version value_error.missing")
        }
    }
}

@Suite struct ConfigurableFeaturesTests {
    private static func change(_ features: String, _ version: String) -> String {
        #"{"configurable_features":\#(features),"version":"\#(version)"}"#
    }

    @Test("Features are removed in a minor version, and added in a major one")
    func change() async throws {
        try await ServiceUnderTest.with(features: ["user", "trust", "theme"]) { api in
            try await api.declare("a", ["configurable_features": #"["theme","user"]"#])
            let path = "/settings/a/configurable_features"
            try await api.put(path, Self.change(#"["user"]"#, "1.1"), is: "204")
            try await api.put(path, Self.change(#"["trust","user"]"#, "1.2"), is: "409 *")
            try await api.put(path, Self.change(#"["trust","user"]"#, "2.0"), is: "204")
            let setting = try await api.send(.get, "/settings/a").text
            #expect(setting.contains(#""configurable_features":["user","trust"]"#), "\(setting)")
        }
    }

    @Test("A feature that a rule uses stays, at any version")
    func inUse() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a", ["configurable_features": #"["theme","user"]"#])
            let id = try await api.addRule("a", #"{"theme":"dark"}"#, "1")
            try await api.put(
                "/settings/a/configurable_features", Self.change(#"["user"]"#, "2.0"),
                is: "409 configurable features ['theme'] are still in use by rules [\(id)]")
        }
    }

    @Test("Versions, unknown features and what is refused")
    func refusals() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a")
            let path = "/settings/a/configurable_features"
            try await api.put(path, Self.change(#"["theme"]"#, "1.0"), is: "204")
            try await api.put(path, Self.change(#"["user"]"#, "1.0"), is: "409 *")
            try await api.put(path, Self.change(#"["theme"]"#, "0.9"), is: "409 *")
            try await api.put(
                path, Self.change(#"["theme","nope"]"#, "2.0"), is: "404 the context features ['nope'] do not exist")
            try await api.put(path, Self.change(#"["theme"]"#, "3.0"), is: "204")
            #expect(try await api.send(.get, "/settings/a").text.contains(#""version":"3.0""#))
            try await api.put(
                path, Self.change("[]", "4.0"), is: "422 body.configurable_features value_error.list.min_items")
            try await api.put(
                path, Self.change(#"["user","user"]"#, "4.0"),
                is: "422 body.configurable_features value_error.list.unique_items")
        }
    }
}

@Suite struct SettingMetadataTests {
    private static let path = "/settings/a/metadata"

    /// A setting `a` with metadata `{"first":1,"second":"x"}` at version 1.0, and then its metadata at the end.
    private static func with(ending metadata: String, _ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", ["metadata": #"{"first":1,"second":"x"}"#])
            try await api.get(path, is: #"200 {"metadata":{"first":1,"second":"x"}}"#)
            try await test(api)
            try await api.get(path, is: #"200 {"metadata":\#(metadata)}"#)
        }
    }

    @Test("POST merges")
    func merge() async throws {
        try await Self.with(ending: #"{"first":2,"third":[null],"second":"x"}"#) { api in
            try await api.post(Self.path, #"{"metadata":{"first":2,"third":[null]},"version":"1.1"}"#, is: "204")
        }
    }

    @Test("PUT replaces")
    func replace() async throws {
        try await Self.with(ending: #"{"third":{}}"#) { api in
            try await api.put(Self.path, #"{"metadata":{"third":{}},"version":"1.1"}"#, is: "204")
        }
    }

    @Test("DELETE clears")
    func clear() async throws {
        try await Self.with(ending: "{}") { api in
            try await api.delete(Self.path, #"{"version":"1.1"}"#, is: "204")
        }
    }

    @Test("Keys are set and deleted one by one, those that are not there too")
    func keys() async throws {
        try await Self.with(ending: #"{"a-b_1":false,"second":"x"}"#) { api in
            try await api.put("\(Self.path)/first", #"{"value":{"k":0},"version":"1.1"}"#, is: "204")
            try await api.get(Self.path, is: #"200 {"metadata":{"first":{"k": 0},"second":"x"}}"#)
            try await api.delete("\(Self.path)/first", #"{"version":"1.2"}"#, is: "204")
            try await api.delete("\(Self.path)/nope", #"{"version":"1.3"}"#, is: "204")
            try await api.put("\(Self.path)/a-b_1", #"{"value":false,"version":"1.4"}"#, is: "204")
            #expect(try await api.send(.get, "/settings/a").text.contains(#""version":"1.4""#))
        }
    }

    @Test("Changes need a higher version")
    func versions() async throws {
        try await Self.with(ending: #"{"first":1,"second":"x"}"#) { api in
            for version in ["1.0", "0.9"] {
                try await api.post(Self.path, #"{"metadata":{"x":1},"version":"\#(version)"}"#, is: "409 *")
                try await api.put(Self.path, #"{"metadata":{"x":1},"version":"\#(version)"}"#, is: "409 *")
                try await api.delete(Self.path, #"{"version":"\#(version)"}"#, is: "409 *")
                try await api.put("\(Self.path)/x", #"{"value":1,"version":"\#(version)"}"#, is: "409 *")
                try await api.delete("\(Self.path)/first", #"{"version":"\#(version)"}"#, is: "409 *")
            }
        }
    }

    @Test("What breaks the contract is refused with its place")
    func refusals() async throws {
        try await Self.with(ending: #"{"first":1,"second":"x"}"#) { api in
            try await api.post(
                Self.path, #"{"metadata":{"x y":1}}"#,
                is: """
                    422 body.metadata.x y value_error.str.regex, body.version value_error.missing
                    """)
            try await api.delete(Self.path, "", is: "422 body value_error.missing")
            try await api.put(
                "\(Self.path)/a%20b", #"{"version":"1.1"}"#,
                is: "422 path.key value_error.str.regex, body.value value_error.missing")
            try await api.delete("\(Self.path)/a.b", #"{"version":"1.1"}"#, is: "422 path.key value_error.str.regex")
            try await api.post(
                Self.path, #"{"metadata":{"x":"\u0000"},"version":"1.1"}"#, is: "422 body.metadata value_error")
            try await api.put(
                "\(Self.path)/x", #"{"value":["\u0000"],"version":"1.1"}"#, is: "422 body.value value_error")
        }
    }
}
