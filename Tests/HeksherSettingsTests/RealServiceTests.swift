import ContractAsyncHTTPClient
import ContractRuntime
import HeksherClient
import HeksherServer
import HeksherSettings
import HeksherStore
import Logging
import PostgresTesting
import ServiceLifecycle
import Testing

/// Settings of a service that runs on a database.
@Suite(.timeLimit(.minutes(20))) struct RealServiceTests {
    private enum Theme: String, SettingEnum { case light, dark }

    private let size = Setting("size", configurableBy: ["tenant", "user"], default: 1)
    private let themes = Setting<Set<Theme>>("themes", configurableBy: ["user"], default: [.light])
    private let limits = Setting("limits", configurableBy: ["tenant"], default: ["b": [0.5], "a": []])

    private static let quiet = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    /// Runs a service, and calls `body` with its address.
    private func serving(_ database: TestDatabase, _ body: (String) async throws -> Void) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = HeksherApplication(
            ServiceConfiguration(database: database.configuration, poolSize: 2, host: "127.0.0.1", port: 0),
            Observability(logger: Self.quiet), onRunning: { port.yield($0) })
        let group = ServiceGroup(services: [application], logger: Self.quiet)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                try await body("http://127.0.0.1:\(port)")
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func reader(_ address: String) -> SettingsReader {
        SettingsReader(
            AsyncHTTPClientTransport(baseURL: address, timeout: .seconds(15)), settings: [size, themes, limits],
            contexts: ["tenant": ["acme", "globex"], "user": .any], logger: Self.quiet)
    }

    @Test("Settings are declared, get their rules, and keep their last values after the service ends")
    func lifeOfSettings() async throws {
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            for feature in ["tenant", "user"] { _ = try await Store(database.pool).addContextFeature(feature) }
            nonisolated(unsafe) var abandoned: SettingsReader?
            try await serving(database) { address in
                let reader = reader(address)
                try await reader.refresh()
                #expect(themes.value == [.light] && limits.value == ["a": [], "b": [0.5]])
                let client = Client(AsyncHTTPClientTransport(baseURL: address))
                for (setting, conditions, value) in [
                    ("size", ["tenant": "acme"], 2), ("size", ["user": "ann"], 3), ("size", ["tenant": "initech"], 4),
                    ("themes", ["user": "ann"], ["dark", "light"]), ("limits", ["tenant": "globex"], ["c": [1]]),
                ] as [(String, OrderedDictionary<String, String>, JSONValue)] {
                    _ = try await client.addRule(
                        .init(body: .init(setting: setting, featureValues: conditions, value: value))
                    ).created
                }
                try await reader.refresh()
                #expect(size.value(for: ["tenant": "acme"]) == 2)
                #expect(size.value(for: ["tenant": "acme", "user": "ann"]) == 3)
                #expect(themes.value(for: ["user": "ann"]) == [.dark, .light])
                #expect(limits.value(for: ["tenant": "globex"]) == ["c": [1]])
                // This context is not tracked.
                #expect(size.value(for: ["tenant": "initech"]) == 1)
                // Only the order of the context features changes.
                try await client.moveContextFeature(.init(name: "tenant", body: .init(toAfter: "user")))
                    .noContent()
                try await reader.refresh()
                #expect(size.value(for: ["tenant": "acme", "user": "ann"]) == 2)
                // This is a second start of the program.
                try await self.reader(address).refresh()
                abandoned = reader
            }
            await #expect(throws: ClientError.self) { try await abandoned?.refresh() }
            #expect(size.value(for: ["tenant": "acme", "user": "ann"]) == 2)
            #expect(themes.value(for: ["user": "ann"]) == [.dark, .light])
        }
    }

    @Test("A changed declaration is refused at the same version, and accepted at a higher one")
    func versions() async throws {
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            for feature in ["tenant", "user"] { _ = try await Store(database.pool).addContextFeature(feature) }
            try await serving(database) { address in
                let transport = AsyncHTTPClientTransport(baseURL: address)
                func refresh(_ settings: any SettingProtocol...) async throws {
                    try await SettingsReader(transport, settings: settings, logger: Self.quiet).refresh()
                }
                try await refresh(size)
                let changed = Setting("size", configurableBy: ["tenant", "user"], default: 2)
                let error = await #expect(throws: DeclarationError.self) { try await refresh(changed) }
                #expect(
                    error?.description
                        == "size is stored at version 1.0 already, and differs from the declaration: "
                        + "the stored default_value is 1 (minor); raise the version in code to \"1.1\"")
                let upgraded = Setting("size", configurableBy: ["tenant", "user"], default: 2, version: "1.1")
                try await refresh(upgraded)
                let renamed = Setting(
                    "cache.size", configurableBy: ["tenant", "user"], default: 3, version: "1.2", alias: "size")
                try await refresh(renamed)
                // An older program declares the setting with its old name and version.
                try await refresh(upgraded)
                #expect(upgraded.value == 3)
                let unknown = Setting("other", configurableBy: ["planet"], default: 1)
                let refusal = await #expect(throws: DeclarationError.self) { try await refresh(unknown, size) }
                #expect(refusal?.refusals.keys.sorted() == ["other"])
                #expect(size.value == 3)
            }
        }
    }
}
