import Configuration
import ConfigurationHeksher
import ContractAsyncHTTPClient
import Hummingbird
import Logging

/// Serves orders of tenants. The setting `log.level` determines which messages a request logs, and it may depend on the tenant.
///
/// Run it with `HEKSHER_URL`, and then change the setting: `heksher rule add log.level '"debug"' --when tenant=acme`. The requests of this
/// tenant log more messages from then on, without a restart.
@main
struct TenantLogging {
    static func main() async throws {
        let environment = EnvironmentVariablesProvider()
        let variables = ConfigReader(provider: environment)
        let address = variables.string(forKey: "heksher.url", default: "http://127.0.0.1:8080")

        let heksher = HeksherProvider(
            AsyncHTTPClientTransport(baseURL: address), context: ["environment": "production"],
            refreshInterval: .seconds(1))
        try await heksher.loadValues()
        let config = ConfigReader(providers: [environment, heksher])

        let router = Router()
        router.get("/orders/:tenant") { request, context in
            let tenant = try context.parameters.require("tenant")
            var logger = Logger(label: "orders")
            logger.logLevel = level(for: tenant, config)
            logger[metadataKey: "tenant"] = "\(tenant)"
            logger.debug("looking for orders")
            logger.info("sending orders")
            return "no orders\n"
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: variables.int(forKey: "port", default: 8081))),
            services: [heksher])
        try await application.runService()
    }

    /// The log level for the requests of a tenant: `info` if the setting is unknown, or no level.
    private static func level(for tenant: String, _ config: ConfigReader) -> Logger.Level {
        let key = ConfigKey("log.level", context: ["tenant": .string(tenant)])
        let level = config.string(forKey: key, default: "info")
        return Logger.Level(rawValue: level) ?? .info
    }
}
