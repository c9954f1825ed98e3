import HeksherDomain
import HeksherStore
import JSON
import Testing

@testable import HeksherServer

@Suite struct AdmittedContextsTests {
    private static let features = ContextFeatureOrder(["user", "theme"])

    /// Whether a condition on the user is admitted, as it stands in a rule's text.
    private static func admits(
        _ filters: String, _ value: String, hash: UInt64? = nil
    ) throws -> Bool {
        let texts = Array("[[\"user\",\"\(value)\"]".utf8)
        let condition = Condition(feature: "user", value: value)
        var indexed = try #require(IndexedCondition(condition, features, texts.count - 2 - value.utf8.count))
        if let hash { indexed.hash = hash }
        let contexts = AdmittedContexts(try ContextFilters(parsing: filters), features)
        var isAdmitted = false
        [indexed].withUnsafeBufferPointer { conditions in
            texts.withUnsafeBufferPointer { texts in
                contexts.withFilter { isAdmitted = $0.admits(conditions, texts) }
            }
        }
        return isAdmitted
    }

    @Test("Values are admitted by what they say")
    func values() throws {
        #expect(try Self.admits("user:(ann,bob)", "ann"))
        #expect(try Self.admits("user:(ann,bob)", "bob"))
        #expect(try !Self.admits("user:(ann,bob)", "an"))
        #expect(try !Self.admits("user:(ann,bob)", "anna"))
        #expect(try !Self.admits("user:(ann,bob)", ""))
        #expect(try !Self.admits("theme:(ann)", "ann"))
        #expect(try Self.admits("theme:(ann),user:*", "ann"))
        #expect(try Self.admits("*", "ann"))
        #expect(try !Self.admits("", "ann"))
    }

    @Test("Two values that share a hash are two")
    func collision() throws {
        let hash = "ann".utf8.fnv1a
        #expect(try Self.admits("user:(ann)", "ann", hash: hash))
        #expect(try !Self.admits("user:(ann)", "bob", hash: hash))
        #expect(try !Self.admits("user:(ann)", "anna", hash: hash))
        #expect(try !Self.admits("user:(ann)", "an", hash: hash))
    }

    @Test("The hash is FNV-1a")
    func hash() {
        // From the authors' list of test vectors.
        #expect("".utf8.fnv1a == 0xcbf2_9ce4_8422_2325)
        #expect("a".utf8.fnv1a == 0xaf63_dc4c_8601_ec8c)
        #expect("foobar".utf8.fnv1a == 0x8594_4171_f739_67e8)
    }

    @Test("A condition that has no room in the form is left to the tables")
    func tooLong() {
        let long = Condition(feature: "user", value: String(repeating: "x", count: 1 << 16))
        #expect(IndexedCondition(long, Self.features, 0) == nil)
        #expect(IndexedCondition(Condition(feature: "none", value: "x"), Self.features, 0) == nil)
        let rule = Rule(id: 1, setting: "a", value: 1, conditions: [long])
        let setting = QueriedSetting(name: "a", defaultValue: 0, rules: [rule])
        #expect(QueryableSetting(setting, Self.features) == nil)
    }
}
