import ContractRuntime
import HeksherAPI
import Testing

@Suite struct SettingTypeTests {
    @Test("Changing the type to a subtype requires only a minor version")
    func minor() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", type: "float")
            try await api.changeType(to: "int", "1.1").noContent()
            let setting = try await api.client.getSetting(name: "a").ok.body
            #expect(setting.type == "int" && setting.version == "1.1")
        }
    }

    @Test("Changing the type to another type requires a major version")
    func major() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            let answer = try await api.changeType(to: "Enum[0,1]", "1.1")
            guard case .conflict(.json) = answer else { return #expect(Bool(false), "\(answer)") }
            try await api.changeType(to: "Enum[1, 0]", "2.0").noContent()
            #expect(try await api.client.getSetting(name: "a").ok.body.type == "Enum[0,1]")
        }
    }

    @Test("A change of the type lists all values that do not fit")
    func conflicts() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", default: 7)
            let first = try await api.addRule("a", ["theme": "dark"], 1)
            try await api.addRule("a", ["theme": "light"], 2)
            let third = try await api.addRule("a", ["theme": "blue"], 3)
            let answer = try await api.changeType(to: "Enum[2]", "2.0")
            guard case .conflict(.json(let body)) = answer else { return #expect(Bool(false), "\(answer)") }
            #expect(body.conflicts.count == 3)
            for id in [first, third] { #expect(body.conflicts.contains { $0.contains("\(id)") }, "\(answer)") }
            try await api.changeType(to: "Enum[1,2,3,7]", "2.0").noContent()
        }
    }

    @Test("A change of the type needs a higher version; the version alone may also rise")
    func versions() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.changeType(to: "int", "1.0").noContent()
            #expect(try await api.changeType(to: "float", "1.0").response().status == .conflict)
            try await api.changeType(to: "int", "1.5").noContent()
            #expect(
                try await api.changeType(to: "int", "1.4")
                    == .conflict(.plainText("the setting a already has a newer version (1.5)")))
            #expect(try await api.version == "1.5")
        }
    }

    @Test(
        "An invalid type is refused",
        arguments: ["", "integer", "Enum", "Enum[", "Sequence<int", "Sequence<int>>", "Enum[NaN]", "Flags[{}]"])
    func noType(text: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.expect(
                .put, "/settings/a/type", #"{"type":"\#(text)","version":"2.0"}"#, is: "422 body.type value_error")
        }
    }
}

@Suite struct RenamingTests {
    @Test("After renaming, the old name is an alias, also at the same version")
    func rename() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.rename("a", to: "b")
            try await api.rename("a", to: "c", version: "1.1")
            #expect(
                try await api.client.getSetting(name: "a").ok.body
                    == .init(
                        name: "c", configurableFeatures: ["theme"], type: "int", defaultValue: 0, metadata: [:],
                        aliases: ["a", "b"], version: "1.1"))
        }
    }

    @Test("Renaming a setting to its own alias swaps name and alias")
    func swap() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.rename("a", to: "b", version: "1.1")
            try await api.rename("b", to: "a", version: "1.1")
            let setting = try await api.client.getSetting(name: "b").ok.body
            #expect(setting.name == "a" && setting.aliases == ["b"])
        }
    }

    @Test("A name or alias of another setting cannot be taken", arguments: ["b", "c"])
    func taken(name: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.declare("b")
            try await api.rename("b", to: "c")
            let answer = try await api.client.renameSetting(name: "a", body: .init(name: name, version: "1.1"))
            #expect(answer.response().status == .conflict)
        }
    }

    @Test("A rename needs an equal or higher version")
    func versions() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.rename("a", to: "a")
            try await api.rename("a", to: "a", version: "1.2")
            #expect(try await api.version == "1.2")
            #expect(
                try await api.client.renameSetting(name: "a", body: .init(name: "b", version: "1.1"))
                    == .conflict(.plainText("the setting a already has a newer version (1.2)")))
            try await api.expect(
                .put, "/settings/a/name", #"{"name":"a b"}"#,
                is: "422 body.name value_error.str.regex, body.version value_error.missing")
        }
    }
}

@Suite struct ConfigurableFeaturesTests {
    @Test("Removing features requires a minor version, and adding features a major one")
    func change() async throws {
        try await ServiceUnderTest.with(features: ["user", "trust", "theme"]) { api in
            try await api.declare("a", features: ["theme", "user"])
            try await api.changeFeatures(to: ["user"], "1.1").noContent()
            #expect(try await api.changeFeatures(to: ["trust", "user"], "1.2").response().status == .conflict)
            try await api.changeFeatures(to: ["trust", "user"], "2.0").noContent()
            #expect(try await api.client.getSetting(name: "a").ok.body.configurableFeatures == ["user", "trust"])
        }
    }

    @Test("A feature that a rule uses cannot be removed, at any version")
    func inUse() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a", features: ["theme", "user"])
            let id = try await api.addRule("a", ["theme": "dark"], 1)
            #expect(
                try await api.changeFeatures(to: ["user"], "2.0")
                    == .conflict(.plainText("configurable features ['theme'] are still in use by rules [\(id)]")))
        }
    }

    @Test("Invalid versions and features of a change are refused")
    func refusals() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a")
            try await api.changeFeatures(to: ["theme"], "1.0").noContent()
            #expect(try await api.changeFeatures(to: ["user"], "1.0").response().status == .conflict)
            #expect(try await api.changeFeatures(to: ["theme"], "0.9").response().status == .conflict)
            #expect(
                try await api.changeFeatures(to: ["theme", "nope"], "2.0")
                    == .notFound(.plainText("the context features ['nope'] do not exist")))
            try await api.changeFeatures(to: ["theme"], "3.0").noContent()
            #expect(try await api.version == "3.0")
            for (features, problem) in [("[]", "min_items"), (#"["user","user"]"#, "unique_items")] {
                try await api.expect(
                    .put, "/settings/a/configurable_features",
                    #"{"configurable_features":\#(features),"version":"4.0"}"#,
                    is: "422 body.configurable_features value_error.list.\(problem)")
            }
        }
    }
}

@Suite struct SettingMetadataTests {
    /// A setting `a` with metadata `first` and `second` at version 1.0, and its expected metadata at the end.
    private static func with(
        ending metadata: OrderedDictionary<String, JSONValue> = ["first": 1, "second": "x"],
        _ test: (ServiceUnderTest) async throws -> Void
    ) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", metadata: ["first": 1, "second": "x"])
            #expect(try await api.client.getSettingMetadata(name: "a").ok.metadata == ["first": 1, "second": "x"])
            try await test(api)
            #expect(try await api.client.getSettingMetadata(name: "a").ok.metadata == metadata)
        }
    }

    @Test("POST merges metadata")
    func merge() async throws {
        try await Self.with(ending: ["first": 2, "third": [nil], "second": "x"]) { api in
            try await api.client.mergeSettingMetadata(
                name: "a", body: .init(metadata: ["first": 2, "third": [nil]], version: "1.1")
            ).noContent()
        }
    }

    @Test("PUT replaces metadata")
    func replace() async throws {
        try await Self.with(ending: ["third": [:]]) { api in
            try await api.client.replaceSettingMetadata(
                name: "a", body: .init(metadata: ["third": [:]], version: "1.1")
            ).noContent()
        }
    }

    @Test("DELETE clears metadata")
    func clear() async throws {
        try await Self.with(ending: [:]) { api in
            try await api.client.clearSettingMetadata(name: "a", body: .init(version: "1.1")).noContent()
        }
    }

    @Test("Single keys of metadata are set and deleted, also missing ones")
    func keys() async throws {
        try await Self.with(ending: ["a-b_1": false, "second": "x"]) { api in
            let client = api.client
            try await client.setSettingMetadataKey(
                name: "a", key: "first", body: .init(value: ["k": 0], version: "1.1")
            ).noContent()
            let stored = try await client.getSettingMetadata(name: "a").ok.metadata
            #expect(stored == ["first": ["k": 0], "second": "x"])
            try await client.deleteSettingMetadataKey(name: "a", key: "first", body: .init(version: "1.2")).noContent()
            try await client.deleteSettingMetadataKey(name: "a", key: "nope", body: .init(version: "1.3")).noContent()
            try await client.setSettingMetadataKey(
                name: "a", key: "a-b_1", body: .init(value: false, version: "1.4")
            ).noContent()
            #expect(try await api.version == "1.4")
        }
    }

    @Test("A change of metadata without a higher version gets 409", arguments: ["1.0", "0.9"])
    func versions(version: String) async throws {
        try await Self.with { api in
            let change = Schemas.SettingMetadataChange(metadata: ["x": 1], version: version)
            let deletion = Schemas.SettingMetadataDeletion(version: version)
            let client = api.client
            let answers = try await [
                client.mergeSettingMetadata(name: "a", body: change).response(),
                client.replaceSettingMetadata(name: "a", body: change).response(),
                client.clearSettingMetadata(name: "a", body: deletion).response(),
                client.setSettingMetadataKey(name: "a", key: "x", body: .init(value: 1, version: version)).response(),
                client.deleteSettingMetadataKey(name: "a", key: "first", body: deletion).response(),
            ]
            for answer in answers { #expect(answer.status == .conflict) }
        }
    }

    @Test("An invalid change of metadata is refused with the location of the problem")
    func refusals() async throws {
        try await Self.with { api in
            let path = "/settings/a/metadata"
            try await api.expect(
                .post, path, #"{"metadata":{"x y":1}}"#,
                is: "422 body.metadata.x y value_error.str.regex, body.version value_error.missing")
            try await api.expect(.delete, path, "", is: "422 body value_error.missing")
            try await api.expect(
                .put, "\(path)/a%20b", #"{"version":"1.1"}"#,
                is: "422 path.key value_error.str.regex, body.value value_error.missing")
            try await api.expect(
                .delete, "\(path)/a.b", #"{"version":"1.1"}"#, is: "422 path.key value_error.str.regex")
            try await api.expect(
                .post, path, #"{"metadata":{"x":"\u0000"},"version":"1.1"}"#, is: "422 body.metadata.x value_error")
            try await api.expect(
                .put, "\(path)/x", #"{"value":["\u0000"],"version":"1.1"}"#, is: "422 body.value value_error")
        }
    }
}

/// Changes of a setting `a`.
extension ServiceUnderTest {
    fileprivate func changeType(to type: String, _ version: String) async throws -> ChangeSettingType.Output {
        try await client.changeSettingType(name: "a", body: .init(type: type, version: version))
    }

    fileprivate func changeFeatures(
        to features: [String], _ version: String
    ) async throws -> ChangeConfigurableFeatures.Output {
        try await client.changeConfigurableFeatures(
            name: "a", body: .init(configurableFeatures: features, version: version))
    }

    fileprivate var version: String {
        get async throws { try await client.getSetting(name: "a").ok.body.version }
    }
}
