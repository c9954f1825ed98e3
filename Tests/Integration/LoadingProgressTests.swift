import Foundation
import HeksherCatalog
import HeksherDomain
import HeksherStore
import Testing

/// The progress of a catalog that reads many settings.
@Suite struct LoadingProgressTests {
    /// A setting that is read slowly: the one of each part that comes first.
    private final class SlowSetting: CatalogEntry {
        init(_ setting: QueriedSetting, _ features: ContextFeatureOrder) {
            if setting.name.hasSuffix("000") || setting.name.hasSuffix("500") { Thread.sleep(forTimeInterval: 1.1) }
        }

        func with(_ changes: [RuleChange], _ features: ContextFeatureOrder) -> SlowSetting? { nil }
    }

    @Test("A load that takes more than a second reports the completed share about once a second")
    func share() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.sql(
                """
                INSERT INTO settings (name, type, default_value, version)
                SELECT 's' || n, 'int', '1', '1.0' FROM generate_series(1000, 2499) AS n
                """)
            let (events, recorder) = AsyncStream.makeStream(of: CatalogEvent.self)
            let catalog = Catalog<SlowSetting>(
                Store(api.database.pool), configuration: api.database.configuration,
                onEvent: { recorder.yield($0) })
            defer { catalog.close() }
            while try await catalog.current() == nil { try await Task.sleep(for: .milliseconds(5)) }
            recorder.finish()
            var reports: [LoadingProgress] = []
            for await event in events { if case .loading(let progress) = event { reports.append(progress) } }
            #expect(reports.prefix(3).map(\.percent) == [33, 66, 100])
            #expect(reports.prefix(3).map(\.settings) == [500, 1000, 1500])
        }
    }
}
