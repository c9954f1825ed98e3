import ContractAsyncHTTPClient
import HeksherSettings
import Logging
import ServiceLifecycle

/// Prints values of the settings that docs/settings.md declares, and ends itself as an operator would.
///
/// usage: settings-guide ADDRESS    the address of Heksher
@main
struct Guide {
    static func main() async throws {
        let address = CommandLine.arguments.dropFirst().first ?? "http://127.0.0.1:8080"
        let logger = Logger(label: "settings-guide")
        let server = Server()

        let settings = SettingsReader(
            AsyncHTTPClientTransport(baseURL: address), settings: [Settings.cacheSize, Settings.theme])

        try await settings.loadValues()
        try await ServiceGroup(services: [settings, server], gracefulShutdownSignals: [.sigterm], logger: logger).run()
        print("The services have ended")
    }
}

/// A reader that requests only the rules for some contexts.
func readerForSomeContexts(_ address: String) -> SettingsReader {
    let settings = SettingsReader(
        AsyncHTTPClientTransport(baseURL: address), settings: [Settings.cacheSize, Settings.theme],
        contexts: ["environment": "production", "tenant": ["acme", "globex"], "user": .any])
    return settings
}
