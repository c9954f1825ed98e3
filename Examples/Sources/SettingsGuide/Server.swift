import Foundation
import HeksherSettings
import ServiceLifecycle

/// Reads the settings in each way that docs/settings.md shows.
struct Server: Service {
    private let cache = Cache()

    func run() async throws {
        let context: SettingContext = ["environment": "production", "tenant": "acme", "user": "ann"]
        let size = Settings.cacheSize.value(for: context)
        print("size: \(size)")
        try await SettingContext.$current.withValue(context) { try await respond() }
        Settings.theme.onChange(for: ["user": "ann"]) { old, new in print("theme: \(old) before, \(new) now") }
        try await Settings.theme.withValue(.light, rules: [["user": "bob"]: .dark]) {
            print("test: \(Settings.theme.value(for: ["user": "bob"]))")
        }
        // The loop below ends with the services.
        kill(getpid(), SIGTERM)
        for await size in Settings.cacheSize.values(for: ["environment": "production"]) { cache.resize(to: size) }
    }

    private func respond() async throws {
        let theme = Settings.theme.value
        print("theme: \(theme)")
    }
}

/// A cache whose size is a setting.
private final class Cache: Sendable {
    func resize(to size: Int) { print("cache: \(size)") }
}
