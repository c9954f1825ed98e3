import ContractJSON
import HeksherAPI
import HeksherDomain
import HeksherStore
import PostgresTesting
import Testing

@testable import HeksherCatalog
@testable import HeksherServer
@testable import HeksherStore

@Suite struct CachedResponseTests {
    private static let features = ContextFeatureOrder(["user"])

    private static func setting(_ name: String, _ numbers: inout SeededNumbers) throws -> QueryableSetting {
        let rules = (0..<Int.random(in: 0...3, using: &numbers)).map { id in
            Rule(
                id: id, setting: name, value: JSONValue(.random(in: 0...9999, using: &numbers)),
                conditions: [Condition(feature: "user", value: "u\(Int.random(in: 1...3, using: &numbers))")])
        }
        return try #require(
            QueryableSetting(QueriedSetting(name: name, defaultValue: 1, rules: rules), features))
    }

    private static func bytes(_ answer: CachedResponse) -> String {
        String(decoding: answer.body.plainBytes, as: UTF8.self)
    }

    @Test(
        "A response that reuses parts of the previous one equals a newly written one",
        arguments: ["*", "user:(u1,u2)"])
    func former(filters: String) throws {
        var numbers = SeededNumbers(seed: 11)
        let names = (1...6).map { "setting\($0)" }
        let query = try Query(QueryRules.Input.Query(contextFilters: filters))
        let snapshot = Snapshot<QueryableSetting>(Revision([], definitions: ""), Self.features, [])
        var settings: [QueryableSetting] = []
        var former: CachedResponse?
        for _ in 0..<200 {
            // Some settings change, and sometimes the number of settings changes.
            settings = settings.filter { _ in Int.random(in: 0...9, using: &numbers) > 0 }
            for index in settings.indices where Int.random(in: 0...3, using: &numbers) == 0 {
                settings[index] = try Self.setting(settings[index].name, &numbers)
            }
            if settings.count < names.count, Bool.random(using: &numbers) {
                let place = Int.random(in: 0...settings.count, using: &numbers)
                settings.insert(try Self.setting(names.randomElement(using: &numbers)!, &numbers), at: place)
            }
            let answer = CachedResponse(to: query, settings, in: snapshot, from: former)
            let anew = CachedResponse(to: query, settings, in: snapshot)
            #expect(Self.bytes(answer) == Self.bytes(anew))
            former = answer
        }
    }

    @Test("Neither a cached response nor its list of settings keeps an old setting in memory")
    func release() throws {
        var numbers = SeededNumbers(seed: 12)
        let named = NamedSettings(["a"])
        let query = try Query(QueryRules.Input.Query(contextFilters: "*"), about: named)
        weak var former: QueryableSetting?
        var answer: CachedResponse?
        do {
            let setting = try Self.setting("a", &numbers)
            former = setting
            let snapshot = Snapshot<QueryableSetting>(
                Revision([], definitions: ""), Self.features,
                [SnapshotSetting(key: SettingKey(name: "a", aliases: []), entry: setting)])
            guard case .found(let settings) = named.selection(in: snapshot) else {
                Issue.record("there is no setting")
                return
            }
            answer = CachedResponse(to: query, settings, in: snapshot)
            #expect(answer?.holds(in: snapshot) == true)
        }
        let next = Snapshot<QueryableSetting>(
            Revision([], definitions: ""), Self.features,
            [SnapshotSetting(key: SettingKey(name: "a", aliases: []), entry: try Self.setting("a", &numbers))])
        #expect(former == nil)
        #expect(answer?.holds(in: next) == false)
    }
}
