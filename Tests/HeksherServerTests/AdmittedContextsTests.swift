import ContractJSON
import HeksherDomain
import HeksherStore
import Testing

@testable import HeksherServer

@Suite struct AdmittedContextsTests {
    private static let features = ContextFeatureOrder(["user", "theme"])

    /// Whether a condition on the user is admitted, as a rule's text contains it.
    private static func admits(
        _ filters: String, _ value: String, hash: UInt32? = nil
    ) throws -> Bool {
        var texts = Array("[[\"user\",\"".utf8)
        let start = texts.count
        texts.appendInJSON(value)
        var indexed = try #require(IndexedCondition("user", texts[start...], features))
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

    @Test("Filters admit the values that they list, all values with *, and no others")
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

    @Test("Values are compared by their bytes, with characters that JSON escapes, too")
    func bytes() throws {
        #expect(try Self.admits(#"user:("a\"b","back\\slash")"#, #"a"b"#))
        #expect(try Self.admits(#"user:("a\"b","back\\slash")"#, #"back\slash"#))
        #expect(try !Self.admits(#"user:("a\"b")"#, #"a\"b"#))
        #expect(try Self.admits("user:(\u{E9})", "\u{E9}"))
        #expect(try !Self.admits("user:(\u{E9})", "e\u{301}"))
        #expect(try Self.admits("user:(\u{E9},e\u{301})", "e\u{301}"))
    }

    @Test("Two values with the same hash are distinguished")
    func collision() throws {
        let hash = "ann".utf8.hash32
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

    @Test("A filter of 300 values admits each of them and no other, also with equal hashes")
    func many() throws {
        let values = (0..<300).map { "v\($0)" }
        let filters = "user:(\(values.joined(separator: ",")))"
        for value in values { #expect(try Self.admits(filters, value)) }
        for value in ["v", "v300", "w1", "v01", ""] {
            #expect(try !Self.admits(filters, value))
            // As if the value had the hash of another value.
            for other in values { #expect(try !Self.admits(filters, value, hash: other.utf8.hash32)) }
        }
    }

    @Test("A value of 1 MiB and the last of 100,000 features are kept in memory")
    func large() throws {
        let features = ContextFeatureOrder((0..<100_000).map { "f\($0)" })
        let conditions = [
            Condition(feature: "f99999", value: "x"),
            Condition(feature: "f1", value: String(repeating: "y", count: 1 << 20)),
        ]
        let rules = conditions.enumerated().map { Rule(id: $0, setting: "a", value: 1, conditions: [$1]) }
        let setting = try #require(
            QueryableSetting(QueriedSetting(name: "a", defaultValue: 0, rules: rules), features))
        for (filters, ids) in [("f99999:(x),f1:*", [0, 1]), ("f99999:(y),f1:(y)", []), ("f99999:(x)", [0])] {
            var body: [UInt8] = []
            setting.write(
                to: &body, AdmittedContexts(try ContextFilters(parsing: filters), features), withMetadata: false)
            let text = String(decoding: body, as: UTF8.self)
            for id in 0...1 { #expect(text.contains("\"rule_id\":\(id)}") == ids.contains(id), "\(filters)") }
        }
    }

    @Test("A condition on an unknown feature is not indexed")
    func unknownFeature() {
        #expect(IndexedCondition("none", Array("x".utf8)[...], Self.features) == nil)
    }
}
