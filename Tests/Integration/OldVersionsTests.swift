import HeksherCatalog
import Testing

@testable import HeksherServer

@Suite struct OldVersionsTests {
    @Test("Queries with ever new names keep no old version of a setting in memory")
    func formerVersions() async throws {
        struct Version {
            weak var setting: QueryableSetting?
        }
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            let answerer = try await api.answerer()
            defer { answerer.catalog.close() }
            var versions: [Version] = []
            for count in 1...30 {
                try await api.sql("INSERT INTO rules (setting, value) VALUES ('a', '1')")
                let snapshot = try await answerer.snapshot()
                let names = [String](repeating: "a", count: count).joined(separator: ",")
                for filters in ["*", "theme:(x)", "theme:(y)"] {
                    for _ in 0..<3 {
                        let target = "/api/v1/query?settings=\(names)&context_filters=\(filters)"
                        guard case .answer = answerer.answer(to: target, in: snapshot) else {
                            Issue.record("no answer")
                            continue
                        }
                    }
                }
                guard case .entry(let setting) = snapshot.find("a") else { continue }
                versions.append(Version(setting: setting))
            }
            #expect(versions.count == 30)
            #expect(versions.count { $0.setting != nil } <= 1)
        }
    }
}
