import ContractAsyncHTTPClient
import HeksherSettings

enum Theme: String, SettingEnum { case light, dark }

enum Settings {
    static let cacheSize = Setting("cache_size", configurableBy: ["environment", "tenant"], default: 10)
    static let theme = Setting("theme", configurableBy: ["user"], default: Theme.light)
}

/// The setting of the README.
enum Checkout {
    static let retries = Setting("checkout.retries", configurableBy: ["tenant"], default: 3)
}

func retriesOfAcme(_ address: String) async throws -> Int {
    let reader = SettingsReader(AsyncHTTPClientTransport(baseURL: address), settings: [Checkout.retries])
    try await reader.loadValues()
    let retries = Checkout.retries.value(for: ["tenant": "acme"])
    return retries
}

/// A declaration that renames a setting.
enum Renamed {
    static let size = Setting(
        "cache.size", configurableBy: ["environment", "tenant"], default: 20, version: "1.1", alias: "cache_size")
}
