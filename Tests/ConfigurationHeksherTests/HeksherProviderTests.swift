import Configuration
import ConfigurationHeksher
import ConfigurationTesting
import ContractRuntime
import HeksherAPI
import HeksherClient
import HeksherSettings
import Testing

/// A provider of a service that runs on a database.
@Suite(.timeLimit(.minutes(20))) struct HeksherProviderTests {
    /// The settings that the package's own test requires. Bytes are strings in Base64.
    private static let settings: [(name: String, type: String, value: JSONValue)] = [
        ("string", "str", "Hello"), ("other.string", "str", "Other Hello"), ("int", "int", 42),
        ("other.int", "int", 24),
        ("double", "float", 3.14), ("other.double", "float", 2.72), ("bool", "bool", true),
        ("other.bool", "bool", false),
        ("bytes", "str", "bWFnaWM="), ("other.bytes", "str", "bWFnaWMy"),
        ("stringy.array", "Sequence<str>", ["Hello", "World"]),
        ("other.stringy.array", "Sequence<str>", ["Hello", "Swift"]),
        ("inty.array", "Sequence<int>", [42, 24]), ("other.inty.array", "Sequence<int>", [16, 32]),
        ("doubly.array", "Sequence<float>", [3.14, 2.72]), ("other.doubly.array", "Sequence<float>", [0.9, 1.8]),
        ("booly.array", "Sequence<bool>", [true, false]), ("other.booly.array", "Sequence<bool>", [false, true, true]),
        ("byteChunky.array", "Sequence<str>", ["bWFnaWM=", "bWFnaWMy"]),
        ("other.byteChunky.array", "Sequence<str>", ["bWFnaWM=", "bWFnaWMy", "bWFnaWM="]),
    ]

    private static func key(_ name: String, _ context: [String: ConfigContextValue] = [:]) -> AbsoluteConfigKey {
        AbsoluteConfigKey(ConfigKey(name, context: context))
    }

    private static func int(_ result: LookupResult) -> Int? {
        if case .int(let value)? = result.value?.content { value } else { nil }
    }

    @Test("The provider passes the test that swift-configuration has for providers, with values of rules and defaults")
    func compatibility() async throws {
        try await TestService.with { service in
            for (index, setting) in Self.settings.enumerated() {
                // Half of the values are those of rules.
                let isRuled = index % 2 == 0
                let other: JSONValue = isRuled ? Self.settings[index + 1].value : setting.value
                try await service.declare(setting.name, setting.type, other)
                if isRuled { _ = try await service.addRule(setting.name, ["environment": "test"], setting.value) }
            }
            let provider = service.provider(context: ["environment": "test"])
            try await provider.refresh()
            try await ProviderCompatTest(provider: provider).runTest()
        }
    }

    @Test("The context of a key is the context of the setting; it completes those of the task and of the provider")
    func contexts() async throws {
        try await TestService.with { service in
            try await service.declare("size", "int", 0)
            _ = try await service.addRule("size", ["environment": "prod"], 1)
            _ = try await service.addRule("size", ["environment": "prod", "tenant": "acme"], 2)
            _ = try await service.addRule("size", ["user": "7"], 3)
            _ = try await service.addRule("size", ["user": "true"], 4)
            _ = try await service.addRule("size", ["user": "1.5"], 5)
            _ = try await service.addRule("size", ["environment": "other"], 6)
            let provider = service.provider(context: ["environment": "prod"])
            try await provider.refresh()
            let config = ConfigReader(provider: provider)
            func size(_ context: [String: ConfigContextValue] = [:]) async throws -> Int? {
                let (key, absolute) = (ConfigKey("size", context: context), Self.key("size", context))
                let value = config.int(forKey: key)
                #expect(try await config.fetchInt(forKey: key) == value)
                #expect(try Self.int(provider.snapshot().value(forKey: absolute, type: .int)) == value)
                return value
            }
            #expect(try await size() == 1)
            #expect(try await size(["tenant": "acme"]) == 2)
            #expect(try await size(["tenant": "globex", "none": "x", "no feature": "x"]) == 1)
            #expect(try await size(["user": 7]) == 3)
            #expect(try await size(["user": true]) == 4)
            #expect(try await size(["user": 1.5]) == 5)
            #expect(try await size(["environment": "other"]) == 6)
            let (ofTask, ofKey) = try await SettingContext.$current.withValue([
                "tenant": "acme", "environment": "other",
            ]) {
                (try await size(), try await size(["environment": "prod"]))
            }
            #expect(ofTask == 6 && ofKey == 2)
            #expect(try await size(["environment": "none"]) == 0)
        }
    }

    @Test("An alias also names a setting, and an unknown name has no value")
    func names() async throws {
        try await TestService.with { service in
            try await service.declare("old", "int", 1)
            let provider = service.provider()
            #expect(
                try provider.value(forKey: Self.key("old"), type: .int) == LookupResult(encodedKey: "old", value: nil))
            try await provider.refresh()
            try await service.client.renameSetting(.init(name: "old", body: .init(name: "new", version: "1.1")))
                .noContent()
            try await provider.refresh()
            for name in ["old", "new"] {
                let expected = LookupResult(encodedKey: name, value: ConfigValue(.int(1), isSecret: false))
                #expect(try provider.value(forKey: Self.key(name), type: .int) == expected)
                #expect(try await provider.fetchValue(forKey: Self.key(name), type: .int) == expected)
            }
            for name in ["none", "a b", "é", ""] {
                let key = AbsoluteConfigKey([name])
                #expect(try provider.value(forKey: key, type: .int) == LookupResult(encodedKey: name, value: nil))
                #expect(
                    try await provider.fetchValue(forKey: key, type: .int) == LookupResult(encodedKey: name, value: nil)
                )
            }
        }
    }

    @Test("A value that does not fit the type is an error without the value")
    func types() async throws {
        try await TestService.with { service in
            for (name, type, value) in [
                ("text", "str", "secret!"), ("number", "float", 1.5), ("map", "Mapping<int>", ["a": 1]),
                ("list", "Sequence<int>", [1]),
            ] as [(String, String, JSONValue)] {
                try await service.declare(name, type, value)
            }
            let provider = service.provider()
            try await provider.refresh()
            for (name, type) in [
                ("text", .int), ("text", .bytes), ("text", .stringArray), ("number", .int), ("number", .bool),
                ("number", .string), ("map", .string), ("list", .stringArray), ("list", .int),
                ("list", .byteChunkArray),
            ] as [(String, ConfigType)] {
                let error = #expect(throws: UnfitSettingError.self) {
                    try provider.value(forKey: Self.key(name), type: type)
                }
                #expect(error?.description == "the value of \(name) does not fit the type \(type.rawValue)")
                await #expect(throws: UnfitSettingError.self) {
                    try await provider.fetchValue(forKey: Self.key(name), type: type)
                }
            }
            // An integer is also a number.
            try await service.declare("whole", "int", 3)
            try await provider.refresh()
            #expect(try provider.value(forKey: Self.key("whole"), type: .double).value?.content == .double(3))
        }
    }

    @Test("'value' answers from memory, 'fetchValue' asks the service, and 'watchValue' follows each refresh")
    func changes() async throws {
        try await TestService.with { service in
            try await service.declare("size", "int", 0)
            let provider = service.provider()
            try await provider.refresh()
            let key = Self.key("size", ["tenant": "acme"])
            let former = provider.snapshot()
            let (values, value) = AsyncStream.makeStream(of: Int?.self)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    try await provider.watchValue(forKey: key, type: .int) { updates in
                        for await update in updates { value.yield(Self.int(try update.get())) }
                    }
                }
                tasks.addTask {
                    try await provider.watchSnapshot { updates in
                        for await snapshot in updates {
                            if try Self.int(snapshot.value(forKey: key, type: .int)) == 2 { break }
                        }
                    }
                }
                var iterator = values.makeAsyncIterator()
                #expect(await iterator.next() == 0)
                let id = try await service.addRule("size", ["tenant": "acme"], 1)
                #expect(try Self.int(provider.value(forKey: key, type: .int)) == 0)
                #expect(try await Self.int(provider.fetchValue(forKey: key, type: .int)) == 1)
                try await provider.refresh()
                #expect(await iterator.next() == 1)
                #expect(try Self.int(provider.value(forKey: key, type: .int)) == 1)
                #expect(try Self.int(former.value(forKey: key, type: .int)) == 0)
                // This rule does not apply, so the next value is that of the change after it.
                _ = try await service.addRule("size", ["tenant": "globex"], 9)
                try await provider.refresh()
                _ = try await service.client.changeRuleValue(.init(ruleId: id, body: .init(value: 2)))
                try await provider.refresh()
                #expect(await iterator.next() == 2)
                // The watcher of snapshots has ended. The other one ends when it is cancelled.
                _ = try await tasks.next()
                tasks.cancelAll()
                try await tasks.waitForAll()
            }
        }
    }

    @Test("A context with a value that the service refuses is an error with a sentence")
    func refusedContexts() async throws {
        try await TestService.with { service in
            try await service.declare("size", "int", 0)
            try await service.client.setContextFeatureValues(
                .init(name: "tenant", body: .init(values: ["acme"]))
            ).noContent()
            let provider = service.provider()
            let (mars, list) = (Self.key("size", ["tenant": "mars"]), "['acme']")
            // The provider does not know the list yet, and the service does.
            let refusal = await #expect(throws: RefusedContextError.self) {
                try await provider.fetchValue(forKey: mars, type: .int)
            }
            #expect(
                refusal?.description
                    == "'mars' is not among the values of the context feature tenant: \(list) (offset 7)")
            try await provider.refresh()
            for (key, sentence) in [
                (mars, "the value of tenant is not among those that the service allows: \(list)"),
                (
                    Self.key("size", ["user": "a\nb"]),
                    "the value of user has a control character; a value has 1 to 512 characters and no control characters"
                ),
            ] {
                let error = #expect(throws: SettingContextError.self) { try provider.value(forKey: key, type: .int) }
                #expect(error?.description == sentence)
                await #expect(throws: SettingContextError.self) {
                    try await provider.fetchValue(forKey: key, type: .int)
                }
                try await provider.watchValue(forKey: key, type: .int) { updates in
                    for await update in updates {
                        #expect(throws: SettingContextError.self) { try update.get() }
                        break
                    }
                }
            }
            #expect(Self.int(try provider.value(forKey: Self.key("size", ["tenant": "acme"]), type: .int)) == 0)
        }
    }

    @Test("Values stay while the service is unavailable, and secrets are marked")
    func unavailable() async throws {
        nonisolated(unsafe) var abandoned: HeksherProvider?
        try await TestService.with { service in
            try await service.declare("password", "str", "x")
            let provider = service.provider(secrets: .specific(["password"]))
            try await provider.refresh()
            abandoned = provider
        }
        let provider = try #require(abandoned)
        await #expect(throws: ClientError.self) { try await provider.refresh() }
        await #expect(throws: ClientError.self) {
            try await provider.fetchValue(forKey: Self.key("password"), type: .string)
        }
        #expect(
            try provider.value(forKey: Self.key("password"), type: .string).value
                == ConfigValue(.string("x"), isSecret: true))
    }
}
