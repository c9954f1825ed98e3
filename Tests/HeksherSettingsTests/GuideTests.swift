import HeksherSettings
import Testing

/// The test in docs/settings.md.
@Suite struct GuideTests {
    private enum Theme: String, SettingEnum { case light, dark }

    private enum Settings {
        static let theme = Setting("theme", configurableBy: ["user"], default: Theme.light)
    }

    /// The page of a program under test.
    private func page(for user: String) async throws -> String {
        await Task.yield()
        return Settings.theme.value(for: ["user": user]).rawValue
    }

    @Test func darkMode() async throws {
        try await Settings.theme.withValue(.light, rules: [["user": "ann"]: .dark]) {
            let shown = try await page(for: "ann")
            #expect(shown == "dark")
        }
    }
}
