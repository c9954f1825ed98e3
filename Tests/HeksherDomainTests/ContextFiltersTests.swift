import HeksherDomain
import Testing

@Suite struct ContextFiltersTests {
    @Test(arguments: [
        ("*", ContextFilters.everything), ("", .features([:])),
        ("tenant:*", .features(["tenant": .any])),
        ("tenant:(a)", .features(["tenant": .values(["a"])])),
        ("tenant:(a,b,a)", .features(["tenant": .values(["a", "b"])])),
        (
            "Tenant_2:(A_1,b2),user:*,_:(0)",
            .features(["Tenant_2": .values(["A_1", "b2"]), "user": .any, "_": .values(["0"])])
        ),
    ])
    func `Filters are read`(text: String, expected: ContextFilters) throws {
        #expect(try ContextFilters(parsing: text) == expected)
    }

    @Test(arguments: [
        ("**", 0), (" ", 0), ("* ", 0), ("*,tenant:*", 0), ("tenant", 6), ("tenant:", 7),
        ("tenant:a", 7), ("tenant:()", 8),
        ("tenant:(", 8), ("tenant:(a", 9), ("tenant:(a,)", 10), ("tenant:(,a)", 8), ("tenant:(a b)", 9),
        ("tenant:(*)", 8),
        ("tenant:*,", 9), (",tenant:*", 0), ("tenant:*,,user:*", 9), ("tenant:*user:*", 8),
        ("tenant:* ", 8), ("tenant:*\n", 8),
        (":*", 0), ("ten-ant:*", 3), ("ténant:*", 1), ("tenant:(é)", 8), ("tenant:(a)(b)", 10),
        ("tenant:**", 8),
        ("a:*,a:*,", 8), ("a:(b),\0", 6),
    ])
    func `Malformed filters are refused where they break`(text: String, offset: Int) {
        #expect(throws: ContextFiltersError.malformed(offset: offset)) {
            try ContextFilters(parsing: text)
        }
    }

    @Test func `A feature named twice is refused, and each one told once`() {
        #expect(throws: ContextFiltersError.repeatedFeatures(["b", "a"])) {
            try ContextFilters(parsing: "a:*,b:*,b:(x),a:*,b:*,c:*")
        }
        #expect(
            ContextFiltersError.repeatedFeatures(["tenant"]).description
                == "context_filters names ['tenant'] more than once")
    }

    @Test(
        arguments: [
            ("*", ["tenant": "a"], true), ("*", [:], true), ("", [:], true), ("", ["tenant": "a"], false),
            ("tenant:*", ["tenant": "a"], true), ("tenant:*", ["tenant": "a", "user": "u"], false),
            ("user:*", ["tenant": "a"], false),
            ("tenant:(a,b)", ["tenant": "b"], true), ("tenant:(a,b)", ["tenant": "c"], false),
            ("tenant:(a,b)", [:], true),
            ("tenant:(a),user:*", ["tenant": "a", "user": "u"], true),
            ("tenant:(a),user:(v)", ["tenant": "a", "user": "u"], false),
            ("Tenant_2:(a)", ["Tenant_2": "a"], true), ("Tenant_2:(a)", ["tenant_2": "a"], false),
            ("tenant:(A)", ["tenant": "a"], false),
        ] as [(String, [String: String], Bool)])
    func `A rule is admitted when each of its conditions is`(
        text: String, conditions: [String: String], isAdmitted: Bool
    ) throws {
        let filters = try ContextFilters(parsing: text)
        #expect(
            filters.admits(conditions.map { Condition(feature: $0.key, value: $0.value) }) == isAdmitted)
    }

    @Test(.timeLimit(.minutes(5))) func `Long filters are read quickly`() throws {
        let features = (0..<100_000).map { "f\($0):*" }.joined(separator: ",")
        #expect(
            try ContextFilters(parsing: features).admits([Condition(feature: "f99999", value: "a")]))
        #expect(throws: ContextFiltersError.self) {
            try ContextFilters(parsing: features + "," + features)
        }
        let values = (0..<100_000).map(String.init).joined(separator: ",")
        #expect(
            try ContextFilters(parsing: "f:(\(values))").admits([Condition(feature: "f", value: "99999")])
        )
        #expect(throws: ContextFiltersError.malformed(offset: 1)) {
            try ContextFilters(parsing: "f" + String(repeating: "(", count: 1_000_000))
        }
    }
}
