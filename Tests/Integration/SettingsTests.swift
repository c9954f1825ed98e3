import ContractRuntime
import HeksherAPI
import Testing

@Suite struct SettingsTests {
    @Test("Settings are listed by name in code point order, with all attributes on request")
    func list() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            #expect(try await api.client.listSettings().ok.settings == [])
            for name in ["b", "a.b", "B", "a_b"] { try await api.declare(name) }
            try await api.declare("c", features: ["theme", "user"], metadata: ["k": [1]])
            try await api.rename("c", to: "d")
            try await api.rename("d", to: "a")
            let plain = Schemas.SettingList(
                settings: ["B", "a", "a.b", "a_b", "b"].map {
                    .init(name: $0, type: "int", defaultValue: 0, version: "1.0")
                })
            #expect(try await api.client.listSettings().ok == plain)
            for no in ["false", "0", "NO", "off", "F", "n"] {
                let list = try await api.send(.get, "/settings?include_additional_data=\(no)").text
                #expect(list == String(decoding: plain.jsonBytes(), as: UTF8.self))
            }
            let full = try await api.client.listSettings(includeAdditionalData: true).ok
            #expect(full.settings.map(\.name) == plain.settings.map(\.name))
            #expect(
                full.settings[1]
                    == .init(
                        name: "a", type: "int", defaultValue: 0, version: "1.0",
                        configurableFeatures: ["user", "theme"], metadata: ["k": [1]], aliases: ["c", "d"]))
            for yes in ["true", "1", "Yes", "ON", "t", "y"] {
                let list = try await api.send(.get, "/settings?include_additional_data=\(yes)").text
                #expect(list == String(decoding: full.jsonBytes(), as: UTF8.self))
            }
            for bad in ["", "2", "truely", "ja"] {
                try await api.expect(
                    .get, "/settings?include_additional_data=\(bad)",
                    is: "422 query.include_additional_data type_error.bool")
            }
        }
    }

    @Test("Every operation on an unknown setting gets 404", arguments: ["nope", "a b", "\0", "😀", "a/b", "%"])
    func unknown(name: String) async throws {
        try await ServiceUnderTest.with { api in
            let client = api.client
            let metadata = Schemas.SettingMetadataChange(metadata: [:], version: "1.1")
            let deletion = Schemas.SettingMetadataDeletion(version: "1.1")
            let answers = try await [
                client.getSetting(name: name).response(), client.deleteSetting(name: name).response(),
                client.changeSettingType(name: name, body: .init(type: "int", version: "1.1")).response(),
                client.renameSetting(name: name, body: .init(name: "a", version: "1.1")).response(),
                client.changeConfigurableFeatures(
                    name: name, body: .init(configurableFeatures: ["a"], version: "1.1")
                ).response(), client.getSettingMetadata(name: name).response(),
                client.mergeSettingMetadata(name: name, body: metadata).response(),
                client.replaceSettingMetadata(name: name, body: metadata).response(),
                client.clearSettingMetadata(name: name, body: deletion).response(),
                client.setSettingMetadataKey(name: name, key: "k", body: .init(value: 1, version: "1.1")).response(),
                client.deleteSettingMetadataKey(name: name, key: "k", body: deletion).response(),
            ]
            for answer in answers { #expect(answer.status == .notFound) }
        }
    }

    @Test("Deleting a setting also deletes its rules, metadata and aliases")
    func delete() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", metadata: ["k": 1])
            try await api.rename("a", to: "b")
            let id = try await api.addRule("b", ["theme": "dark"], 5)
            try await api.client.replaceRuleMetadata(ruleId: id, body: .init(metadata: ["k": 1])).noContent()
            try await api.client.deleteSetting(name: "a").noContent()
            for name in ["a", "b"] {
                let sentence = Responses.UnknownSetting.plainText("the setting \(name) does not exist")
                #expect(try await api.client.getSetting(name: name) == .notFound(sentence))
                #expect(try await api.client.deleteSetting(name: name) == .notFound(sentence))
            }
            #expect(try await api.client.getRule(ruleId: id) == .notFound)
            for table in [
                "settings", "configurable", "rules", "conditions", "setting_metadata", "rule_metadata",
                "setting_aliases",
            ] {
                try await api.sql("DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM \(table)), '\(table)'; END $$")
            }
        }
    }
}
