import Configuration
import ConfigurationHeksher
import ContractAsyncHTTPClient
import ContractRuntime
import HeksherAPI
import HeksherClient
import HeksherServer
import HeksherSettings
import HeksherStore
import Logging
import PostgresTesting
import ServiceLifecycle

/// A service with three context features, on a database of its own.
struct TestService {
    private static let quiet = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private let transport: AsyncHTTPClientTransport
    let client: Client

    private init(_ address: String) {
        transport = AsyncHTTPClientTransport(baseURL: address, timeout: .seconds(30))
        client = Client(transport)
    }

    /// Runs a service during a test.
    static func with(_ test: (TestService) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            for feature in ["environment", "tenant", "user"] {
                _ = try await Store(database.pool).addContextFeature(feature)
            }
            let (ports, port) = AsyncStream.makeStream(of: Int.self)
            let application = HeksherApplication(
                ServiceConfiguration(database: database.configuration, poolSize: 2, host: "127.0.0.1", port: 0),
                Observability(logger: quiet), onRunning: { port.yield($0) })
            let group = ServiceGroup(services: [application], logger: quiet)
            try await withThrowingTaskGroup { tasks in
                tasks.addTask { try await group.run() }
                for await port in ports {
                    try await test(TestService("http://127.0.0.1:\(port)"))
                    break
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    func provider(
        context: SettingContext = SettingContext(), secrets: SecretsSpecifier<String, Void> = .none
    ) -> HeksherProvider {
        HeksherProvider(transport, context: context, secrets: secrets, logger: Self.quiet)
    }

    func declare(_ name: String, _ type: String, _ value: JSONValue) async throws {
        let declaration = Schemas.SettingDeclaration(
            name: name, configurableFeatures: ["environment", "tenant", "user"], type: type, defaultValue: value)
        _ = try await client.declareSetting(.init(body: declaration)).ok
    }

    /// - Returns: the rule's ID.
    func addRule(
        _ setting: String, _ conditions: OrderedDictionary<String, String>, _ value: JSONValue
    ) async throws -> Int {
        try await client.addRule(
            .init(body: .init(setting: setting, featureValues: conditions, value: value))
        ).created.body.ruleId
    }
}
