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
        ("tenant:(us-east-1)", ["us-east-1"]), ("tenant:(a b)", ["a b"]), ("tenant:(é)", ["é"]),
        ("tenant:(a:b=c)", ["a:b=c"]),
        ("tenant:(ann@example.com,**)", ["ann@example.com", "**"]), (#"tenant:("*")"#, ["*"]),
        (#"tenant:("a")"#, ["a"]),
        (#"tenant:("Smith, Jones & Co",b)"#, ["Smith, Jones & Co", "b"]), (#"tenant:("(\"\\\/")"#, [#"("\/"#]),
        (#"tenant:("\u00e9\ud83d\ude00")"#, ["é😀"]), (#"tenant:(" a ")"#, [" a "]),
        ("tenant:(\u{E9},e\u{301})", ["\u{E9}", "e\u{301}"]),
        ("tenant:(\(String(repeating: "é", count: 512)))", [String(repeating: "é", count: 512)]),
    ])
    func `Values of any characters are read`(text: String, values: [String]) throws {
        #expect(
            try ContextFilters(parsing: text) == .features(["tenant": .values(Set(values.map { FeatureText($0) }))]))
    }

    @Test(arguments: [
        ("**", 0), (" ", 0), ("* ", 0), ("*,tenant:*", 0), ("tenant", 6), ("tenant:", 7),
        ("tenant:a", 7), ("tenant:()", 8),
        ("tenant:(", 8), ("tenant:(a", 9), ("tenant:(a,)", 10), ("tenant:(,a)", 8), ("tenant:( a)", 8),
        ("tenant:(a  )", 9),
        ("tenant:(*)", 8), ("tenant:(é,*)", 10),
        ("tenant:*,", 9), (",tenant:*", 0), ("tenant:*,,user:*", 9), ("tenant:*user:*", 8),
        ("tenant:* ", 8), ("tenant:*\n", 8),
        (":*", 0), ("ten-ant:*", 3), ("ténant:*", 1), ("tenant:(é\u{80})", 9), ("tenant:(a)(b)", 10),
        ("tenant:**", 8), ("tenant:(a\"b)", 9), ("tenant:(a(b)", 9), ("tenant:(\u{A0}a)", 8), ("tenant:(a\u{2003})", 9),
        ("a:*,a:*,", 8), ("a:(b),\0", 6), ("a:(b\t)", 4), ("a:(\u{7F})", 3),
        (#"a:(""#, 4), (#"a:("b"#, 5), (#"a:("")"#, 4), (#"a:("b"c)"#, 6), (#"a:("\x")"#, 5), (#"a:("é\n")"#, 5),
        (#"a:("\u000")"#, 9), (#"a:("\u0000")"#, 4), (#"a:("\ud800")"#, 4), (#"a:("\ud800\u0041")"#, 4),
        ("a:(\"\n\")", 4),
        (#"a:("\udc00")"#, 4), (#"a:("\"#, 5),
        ("a:(\(String(repeating: "é", count: 513)))", 515), ("a:(\"\(String(repeating: "é", count: 513))\")", 516),
    ])
    func `Malformed filters are refused where they break`(text: String, offset: Int) {
        let error = #expect(throws: ContextFiltersError.self) { try ContextFilters(parsing: text) }
        guard case .malformed(let error)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error.offset == offset, "\(error)")
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

    @Test(.timeLimit(.minutes(20))) func `Long filters are read quickly`() throws {
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
        #expect(throws: ContextFiltersError.malformed(ContextTextError(message: "expecting ':'", offset: 1))) {
            try ContextFilters(parsing: "f" + String(repeating: "(", count: 1_000_000))
        }
    }
}
