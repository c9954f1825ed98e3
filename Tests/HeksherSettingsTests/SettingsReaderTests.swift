import ContractRuntime
import HeksherAPI
import HeksherSettings
import InMemoryLogging
import Logging
import ServiceLifecycle
import Synchronization
import Testing

/// The requests of a reader, and its reaction to the responses.
@Suite(.timeLimit(.minutes(20))) struct SettingsReaderTests {
    private let heksher = FakeHeksher()
    private let size = Setting("size", configurableBy: ["tenant", "user"], default: 1)
    private let name = Setting("name", configurableBy: ["user"], default: "none", metadata: ["owner": "core"])
    private let log = InMemoryLogHandler()

    private func reader(
        contexts: TrackedContexts = .all, refreshInterval: Duration = .seconds(1000)
    ) -> SettingsReader {
        SettingsReader(
            heksher, settings: [size, name], contexts: contexts, refreshInterval: refreshInterval,
            logger: Logger(label: "test") { _ in log })
    }

    private var warnings: [String] {
        log.entries.filter { $0.level >= .warning }.map {
            "\($0.message): \($0.metadata["reason"] ?? $0.metadata["error"] ?? "")"
        }
    }

    @Test("Settings are declared once and then queried, and unchanged values are not transferred again")
    func refreshing() async throws {
        let reader = reader()
        try await reader.refresh()
        #expect(
            await heksher.takeRequests() == ["declare size", "declare name", #"query ["size", "name"] *"#, "features"])
        try await reader.refresh()
        #expect(await heksher.takeRequests() == [#"query ["size", "name"] *"#, "not modified", "features"])
        #expect(size.value == 1)
        await heksher.setDefault(of: "size", 2)
        await heksher.addRule("size", ["user": "ann"], 3)
        #expect(size.value == 1)
        try await reader.refresh()
        #expect(size.value == 2 && size.value(for: ["user": "ann"]) == 3 && name.value == "none")
        #expect(warnings.isEmpty)
    }

    @Test("A declaration contains all attributes of the setting")
    func declaration() {
        let setting = Setting<[Int]>(
            "a.b", configurableBy: ["tenant"], default: [1], version: "2.1", alias: "old", metadata: ["owner": "core"])
        #expect(
            setting.declaration
                == .init(
                    name: "a.b", configurableFeatures: ["tenant"], type: "Sequence<int>", defaultValue: [1],
                    metadata: ["owner": "core"], alias: "old", version: "2.1"))
    }

    @Test("Tracked contexts become the query's filters")
    func contexts() async throws {
        let contexts: TrackedContexts = [
            "user": .any, "environment": "production", "tenant": ["globex", "acme", "us-east-1", "a,b", "acme"],
            "trust": [],
        ]
        let reader = reader(contexts: contexts)
        try await reader.refresh()
        #expect(
            await heksher.takeRequests()[2]
                == #"query ["size", "name"] environment:(production),tenant:("a,b",acme,globex,us-east-1),user:*"#)
        await reader.track([:])
        try await reader.refresh()
        #expect(await heksher.takeRequests().first == #"query ["size", "name"] "#)
    }

    @Test("A tracked value that is not in the service's list is an error with a sentence, after the refresh")
    func trackedList() async throws {
        await heksher.setValues(of: "tenant", ["acme", "globex"])
        let reader = reader(contexts: ["tenant": ["acme", "mars"], "user": .any])
        let list = "['acme', 'globex']"
        let sentence = "the value of tenant is not among those that the service allows: \(list)"
        for number in 2...3 {
            await heksher.setDefault(of: "size", JSONValue(number))
            let error = await #expect(throws: SettingContextError.self) { try await reader.refresh() }
            #expect(error?.feature == "tenant" && error?.description == sentence)
        }
        // The default was set before the first declaration, and thus only the second time.
        #expect(size.value == 3)
        await #expect(throws: SettingContextError.self) { try await reader.loadValues() }
        await #expect(throws: SettingContextError.self) { try await reader.run() }
        #expect(warnings == ["a tracked value is refused: \(sentence)"])
        await heksher.setValues(of: "tenant", nil)
        try await reader.refresh()
        await heksher.setValues(of: "tenant", ["acme"])
        await reader.track(["tenant": ["acme"]])
        try await reader.refresh()
    }

    @Test("A checked context is refused if a value is not in the list that the last refresh found")
    func checkedContexts() async throws {
        let reader = reader()
        #expect(try reader.context(checking: ["tenant": "mars"])["tenant"] == "mars")
        await heksher.setValues(of: "tenant", ["acme", "e\u{301}"])
        try await reader.refresh()
        for (tenant, isAllowed) in [("acme", true), ("e\u{301}", true), ("\u{E9}", false), ("Acme", false)] {
            let context = try? reader.context(checking: ["tenant": tenant, "user": "mars", "none": "mars"])
            #expect((context != nil) == isAllowed, "\(tenant)")
        }
        let error = #expect(throws: SettingContextError.self) { try reader.context(checking: ["tenant": "a\tb"]) }
        #expect(error?.description.contains("has a control character") == true)
        await heksher.setValues(of: "tenant", nil)
        try await reader.refresh()
        _ = try reader.context(checking: ["tenant": "mars"])
    }

    @Test(
        "A tracked name or value that the service would refuse is an error with a sentence, and nothing is requested",
        arguments: [
            (
                ["no-feature": .any],
                "'no-feature' cannot be the name of a context feature: letters, digits and underscores only"
            ),
            (
                ["tenant": ["acme", ""]],
                "the value of tenant is empty; a value has 1 to 512 characters and no control characters"
            ),
            (
                ["tenant": "a\nb"],
                "the value of tenant has a control character; a value has 1 to 512 characters and no control characters"
            ),
        ] as [(TrackedContexts, String)])
    func refusedContexts(contexts: TrackedContexts, sentence: String) async throws {
        let reader = reader(contexts: contexts)
        let error = await #expect(throws: SettingContextError.self) { try await reader.refresh() }
        #expect(error?.description == sentence)
        #expect(await heksher.takeRequests().allSatisfy { !$0.hasPrefix("query") })
        await #expect(throws: SettingContextError.self) { try await reader.run() }
    }

    @Test("A changed order of context features changes the winning rule, even if the rules are unchanged")
    func order() async throws {
        let reader = reader()
        try await reader.refresh()
        await heksher.addRule("size", ["user": "ann"], 2)
        await heksher.addRule("size", ["tenant": "acme"], 3)
        try await reader.refresh()
        #expect(size.value(for: ["tenant": "acme", "user": "ann"]) == 2)
        await heksher.setFeatures(["user", "environment", "tenant"])
        try await reader.refresh()
        #expect(await heksher.takeRequests().contains("not modified"))
        #expect(size.value(for: ["tenant": "acme", "user": "ann"]) == 3)
    }

    @Test("During an outage, values stay and one warning is logged; later, settings are refreshed again")
    func outage() async throws {
        await heksher.setDown(true)
        let reader = reader()
        for _ in 0..<3 {
            await #expect(throws: ClientError.self) { try await reader.refresh() }
        }
        #expect(size.value == 1)
        #expect(
            warnings == ["settings cannot be refreshed, they keep their values: declareSetting: no response: Down()"])
        await heksher.setDown(false)
        try await reader.refresh()
        await heksher.addRule("size", ["user": "ann"], 2)
        try await reader.refresh()
        await heksher.setDown(true)
        await #expect(throws: ClientError.self) { try await reader.refresh() }
        #expect(size.value(for: ["user": "ann"]) == 2)
        #expect(warnings.count == 2)
        #expect(log.entries.filter { $0.message == "settings are refreshed again" }.count == 1)
    }

    @Test("A setting with an unreadable value keeps its values and logs one warning; other settings are refreshed")
    func unreadable() async throws {
        let reader = reader()
        try await reader.refresh()
        await heksher.setDefault(of: "size", "many")
        await heksher.setDefault(of: "name", "new")
        for _ in 0..<3 { try await reader.refresh() }
        #expect(size.value == 1 && name.value == "new")
        #expect(
            warnings == [
                "a setting keeps its values, since one from the service cannot be read: "
                    + "the default value of size is not of the type int"
            ])
        await heksher.setDefault(of: "size", 5)
        try await reader.refresh()
        #expect(size.value == 5)
    }

    @Test("A deleted setting is declared again at once")
    func forgotten() async throws {
        let reader = reader()
        try await reader.refresh()
        await heksher.deleteSetting("size")
        _ = await heksher.takeRequests()
        try await reader.refresh()
        let query = #"query ["size", "name"] *"#
        #expect(
            await heksher.takeRequests() == [query, "declare size", "declare name", query, "not modified", "features"])
        #expect(warnings.isEmpty)
    }

    @Test("A tracked feature on which no setting depends is logged once for each list of contexts")
    func unusedFeatures() async throws {
        let reader = reader(contexts: ["tennant": ["acme"], "user": .any])
        try await reader.refresh()
        try await reader.refresh()
        let message: Logger.Message = "none of the settings depends on these tracked context features"
        #expect(log.entries.filter { $0.message == message }.map(\.metadata) == [["context_features": "tennant"]])
        await reader.track(["tenant": ["acme"]])
        try await reader.refresh()
        #expect(log.entries.filter { $0.message == message }.count == 1)
    }

    @Test("A renamed setting is found by its position in the response")
    func renamed() async throws {
        let reader = reader()
        try await reader.refresh()
        await heksher.rename("size", to: "cache_size")
        await heksher.setDefault(of: "cache_size", 4)
        await heksher.rename("name", to: "user_name")
        await heksher.setDefault(of: "user_name", "x")
        try await reader.refresh()
        #expect(size.value == 4 && name.value == "x")
    }

    static let refusals: [(DeclareSetting.Output, String)] = [
        (
            .conflict(
                .json(
                    .mismatch(
                        .init(differences: [
                            .attributeDifference(.init(level: .minor, attribute: .defaultValue, latestValue: 5)),
                            .attributeDifference(.init(level: .major, attribute: .type, latestValue: "float")),
                        ])))),
            "size is stored at version 1.0 already, and differs from the declaration: the stored default_value is 5 (minor), "
                + #"the stored type is "float" (major); raise the version in code to "2.0""#
        ),
        (
            .conflict(
                .json(
                    .rejected(
                        .init(
                            previousVersion: "0.9",
                            differences: [
                                .messageDifference(.init(level: .mismatch, message: "in use by rules [1]"))
                            ])))),
            "size 1.0 cannot replace the stored version 0.9: in use by rules [1] (mismatch); no version allows this: "
                + "first change or delete these rules, or declare another type than int"
        ),
        (.conflict(.json(.detail(.init(detail: "not yours")))), "size: not yours"),
        (.badRequest(.plainText("no")), "size: no"), (.notFound(.json(.init(detail: "no tenant"))), "size: no tenant"),
        (
            .notFound(.plainText("the context features ['tennant'] do not exist")),
            "size: the context features ['tennant'] do not exist; 'heksher features add NAME' adds one"
        ),
        (
            .unprocessableContent(
                .json(
                    .init(detail: [
                        .init(loc: [.string("body"), .string("x"), .int(1)], msg: "is bad", type: "value_error")
                    ]))), "size: body.x.1: is bad"
        ),
    ]

    @Test("A refused declaration is an error with the reason; other settings are refreshed", arguments: refusals)
    func refusal(answer: DeclareSetting.Output, sentence: String) async throws {
        await heksher.answerDeclaration(of: "size", answer)
        let reader = reader()
        for _ in 0..<2 {
            let error = await #expect(throws: DeclarationError.self) { try await reader.refresh() }
            #expect(error?.refusals == ["size": sentence])
            #expect(error?.description == sentence)
        }
        #expect(warnings == ["a setting is refused: \(sentence)"])
        await heksher.setDefault(of: "name", "x")
        await #expect(throws: DeclarationError.self) { try await reader.refresh() }
        #expect(name.value == "x")
        // Once the declaration is accepted, there is no error.
        await heksher.answerDeclaration(of: "size", nil)
        try await reader.refresh()
    }

    @Test("A declaration that is older than the stored one is not an error")
    func outdated() async throws {
        await heksher.answerDeclaration(of: "size", .ok(.json(.outdated(.init(latestVersion: "2.0", differences: [])))))
        let reader = reader()
        try await reader.refresh()
        await heksher.setDefault(of: "size", 2)
        try await reader.refresh()
        #expect(size.value == 2)
        #expect(log.entries.contains { $0.level == .notice && $0.metadata["latest_version"] == "2.0" })
    }

    @Test("Handlers and sequences get each change of the value in their context")
    func changes() async throws {
        let told = Mutex<[String]>([])
        size.onChange(for: ["user": "ann"]) { old, new in told.withLock { $0.append("ann \(old) \(new)") } }
        size.onChange(for: ["user": "bob"]) { old, new in told.withLock { $0.append("bob \(old) \(new)") } }
        let reader = reader()
        try await reader.refresh()
        var values = size.values(for: ["user": "ann"]).makeAsyncIterator()
        #expect(await values.next() == 1)
        await heksher.addRule("size", ["user": "ann"], 2)
        try await reader.refresh()
        #expect(await values.next() == 2)
        await heksher.setDefault(of: "size", 3)
        try await reader.refresh()
        await heksher.addRule("size", ["tenant": "acme", "user": "ann"], 9)
        try await reader.refresh()
        #expect(told.withLock { $0 } == ["ann 1 2", "bob 1 3"])
        await heksher.deleteSetting("size")
        try await reader.refresh()
        #expect(await values.next() == 1)
        #expect(told.withLock { $0 } == ["ann 1 2", "bob 1 3", "ann 2 1", "bob 3 1"])
    }

    /// Runs a reader in a service group, as programs do.
    private func withRunning(
        _ reader: SettingsReader, _ body: @Sendable () async throws -> Void
    ) async throws {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let group = ServiceGroup(services: [reader], logger: quiet)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("A running reader refreshes at its interval, also after an outage, until it is stopped")
    func running() async throws {
        let (heksher, size) = (heksher, size)
        try await withRunning(reader(refreshInterval: .milliseconds(20))) {
            var values = size.values().makeAsyncIterator()
            #expect(await values.next() == 1)
            while await heksher.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            await heksher.setDefault(of: "size", 2)
            #expect(await values.next() == 2)
            await heksher.setDown(true)
            try await Task.sleep(for: .milliseconds(50))
            await heksher.setDefault(of: "size", 3)
            await heksher.setDown(false)
            #expect(await values.next() == 3)
        }
        #expect(warnings.count <= 1)
    }

    @Test("If a declaration is refused, a reader fails at its start, but continues later")
    func refusedRunning() async throws {
        await heksher.answerDeclaration(of: "size", .badRequest(.plainText("no")))
        await #expect(throws: DeclarationError.self) { try await reader().run() }
        await heksher.answerDeclaration(of: "size", nil)
        let (heksher, size, name) = (heksher, size, name)
        try await withRunning(reader(refreshInterval: .milliseconds(20))) {
            while name.value == "none" {
                await heksher.setDefault(of: "name", "new")
                try await Task.sleep(for: .milliseconds(1))
            }
            await heksher.answerDeclaration(of: "size", .badRequest(.plainText("no")))
            await heksher.deleteSetting("size")
            while name.value == "new" {
                await heksher.setDefault(of: "name", "newer")
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(size.value == 1)
        }
    }

    @Test("A cancelled refresh throws CancellationError and logs no outage")
    func cancelling() async throws {
        let reader = reader()
        let refresh = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await reader.refresh()
        }
        await #expect(throws: CancellationError.self) { try await refresh.value }
        #expect(warnings.isEmpty)
        try await reader.refresh()
    }

    @Test("Concurrent refreshes run one after the other")
    func concurrentRefreshes() async throws {
        let reader = reader()
        try await withThrowingTaskGroup { group in
            for _ in 0..<10 { group.addTask { try await reader.refresh() } }
            try await group.waitForAll()
        }
        let requests = await heksher.takeRequests()
        #expect(requests.count { $0.hasPrefix("declare") } == 2)
        #expect(requests.count { $0 == "not modified" } == 9)
    }
}
