import ContractJSON
import HeksherDomain
import Testing

@Suite struct ContextTests {
    @Test(
        arguments: [
            ("", []), ("tenant:acme", [("tenant", "acme")]),
            (#"tenant:acme,user:"ann@example.com""#, [("tenant", "acme"), ("user", "ann@example.com")]),
            ("user:a:b=c", [("user", "a:b=c")]), (#"a:"x,y",b:z"#, [("a", "x,y"), ("b", "z")]),
            (#"region:"*""#, [("region", "*")]), ("region:**", [("region", "**")]),
        ] as [(String, [(String, String)])])
    func `Contexts are read`(text: String, features: [(String, String)]) throws {
        let context = try Context(parsing: text)
        #expect(context.names == features.map(\.0))
        for (name, value) in features { #expect(context[name] == value) }
        #expect(try Context(parsing: context.text).names == context.names)
    }

    @Test(arguments: [
        ("tenant", 6), ("tenant:", 7), (":a", 0), ("tenant:*", 7), ("tenant:a,", 9), ("tenant:(a)", 7),
        ("tenant:a)", 8),
        ("tenant: a", 7), ("tenant:a ", 8), (",", 0), ("tenant:a b,user: c", 16), ("te nant:a", 2), ("tenant=a", 6),
    ])
    func `Malformed contexts are refused where they break`(text: String, offset: Int) {
        let error = #expect(throws: ContextError.self) { try Context(parsing: text) }
        guard case .malformed(let error)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error.offset == offset, "\(error)")
    }

    @Test func `A feature given twice is refused, and each one told once`() {
        #expect(throws: ContextError.repeatedFeatures(["b", "a"])) { try Context(parsing: "a:1,b:1,b:2,a:1,b:3") }
        #expect(ContextError.repeatedFeatures(["a"]).description == "context names ['a'] more than once")
    }

    @Test func `A context keeps the last values, with few features and with many`() {
        for count in [3, 12, 13, 14, 40] {
            var context = Context((0..<count).map { ("f\($0)", "v\($0)") })
            context["f1"] = "new"
            context["f2"] = nil
            context["none"] = nil
            #expect(context["f1"] == "new" && context["f2"] == nil && context["f0"] == "v0")
            for index in 3..<count { #expect(context["f\(index)"] == "v\(index)") }
            context["f2"] = "again"
            #expect(context["f2"] == "again" && context.names.count == count)
        }
    }

    @Test(arguments: [
        "a", "us-east-1", "ann@example.com", "a b", " a", "a ", "*", "**", "a,b", "(", ")", "\"", "\\", "a\"b", "é",
        "\u{A0}", "Smith, Jones & Co",
        "\u{FEFF}", "😀", "a:b", "a=b",
    ])
    func `A written value is read as itself`(value: String) throws {
        let written = FeatureValue.written(value)
        let context = try Context(parsing: "a:\(written),b:x")
        #expect(context["a"]?.utf8.elementsEqual(value.utf8) == true, "\(written)")
        #expect(try ContextFilters(parsing: "a:(\(written))").admits([Condition(feature: "a", value: value)]))
    }

    @Test func `Values have 1 to 512 characters and no control characters`() {
        #expect(FeatureValue.problem("") == .empty)
        #expect(FeatureValue.problem(String(repeating: "😀", count: 512)) == nil)
        #expect(FeatureValue.problem(String(repeating: "a", count: 513)) == .tooLong)
        for scalar in ["\u{0}", "\u{1F}", "\u{7F}", "\u{9F}"] {
            #expect(FeatureValue.problem("a\(scalar)") == .controlCharacter)
        }
        for scalar in [" ", "~", "\u{A0}", "\u{2028}"] { #expect(FeatureValue.problem(scalar) == nil) }
    }

    @Test func `Values are compared by their bytes`() {
        #expect(Condition(feature: "a", value: "\u{E9}") != Condition(feature: "a", value: "e\u{301}"))
        #expect(Set([FeatureText("\u{E9}"), FeatureText("e\u{301}")]).count == 2)
    }
}

@Suite struct TypedTextTests {
    @Test(arguments: [
        ("int", "1.0", "1"), ("int", "1e3", "1000"), ("int", "-0", "0"), ("int", "-12.50e1", "-125"),
        ("int", "0.0", "0"), ("int", "7", "7"),
        ("int", "123456789012345678901234567890", "123456789012345678901234567890"), ("int", "-7", "-7"),
        ("float", "3", "3.0"), ("float", "-0", "-0.0"), ("float", "1E2", "1E2"), ("float", "2.50", "2.50"),
        ("float", "1e-7", "1e-7"),
        ("str", "\"1.0\"", "\"1.0\""), ("Enum[1.0,2]", "1.0", "1.0"), ("bool", "true", "true"),
        ("Sequence<int>", "[1.0]", "[1.0]"),
    ])
    func `Numbers have the text of their type`(type: String, value: String, text: String) throws {
        let typed = try SettingType(parsing: type).typedText(Array(value.utf8)[...])
        #expect(String(decoding: typed, as: UTF8.self) == text)
    }
}
