import HeksherDomain
import Testing

@Suite struct AllowedValuesTests {
    private static let allowed = AllowedValues(
        [(key: "region", value: ["eu", "us"]), (key: "empty", value: ["", "a\tb"]), (key: "é", value: ["x"])])

    @Test("A list has the texts that can be values, each once by its bytes, in their order")
    func list() {
        let list = FeatureValueList([
            "b", "", "a", "b", "\u{E9}", "e\u{301}", "a\u{85}", String(repeating: "x", count: 513),
        ])
        #expect(list?.values.map { Array($0.utf8) } == ["b", "a", "\u{E9}", "e\u{301}"].map { Array($0.utf8) })
        #expect(list?.size == 7)
        #expect(list?.contains("e\u{301}") == true && list?.contains("B") == false)
        #expect(FeatureValueList(["", "a\tb"]) == nil && FeatureValueList([]) == nil)
        #expect(FeatureValueList(["\u{E9}"]) != FeatureValueList(["e\u{301}"]))
        #expect(FeatureValueList(["a", "b"]) != FeatureValueList(["b", "a"]))
    }

    @Test("A feature without a list may have any value; with a list, only these")
    func contexts() {
        func refused(_ context: Context) -> [String] {
            Self.allowed.refused(in: context).map { "\($0.feature)=\($0.value)" }
        }
        #expect(refused(["region": "eu", "tenant": "acme", "empty": "x"]) == [])
        #expect(refused(["tenant": "acme", "region": "EU"]) == ["region=EU"])
        #expect(refused(["region": "mars", "é": "y"]) == ["region=mars", "é=y"])
        #expect(AllowedValues().refused(in: ["region": "mars"]) == [])
        let list = "['eu', 'us']"
        #expect(
            Self.allowed.refused(in: ["region": "mars"]).map(\.description)
                == ["'mars' is not among the values of the context feature region: \(list)"])
    }

    @Test(
        "In the text of a context, the place of a refused value is the number of characters before it",
        arguments: [
            ("region:mars", [7]), ("tenant:é,region:mars", [16]), (#"tenant:"😀,\"",region:"mars""#, [21]),
            ("region:eu", []), ("", []), ("region:mars,region:venus", [7, 19]), ("region:mars,", [7]),
        ])
    func places(text: String, offsets: [Int]) {
        #expect(Self.allowed.refused(inText: text).map(\.offset) == offsets)
    }

    @Test("A sentence quotes long values shortened, and counts the values that it does not list")
    func sentence() {
        let allowed = AllowedValues([(key: "f", value: (1...300).map { "v\($0)" })])
        let long = String(repeating: "x", count: 512)
        let sentence = allowed.refused(feature: "f", value: long)?.description ?? ""
        #expect(sentence.hasPrefix("'xxx") && sentence.contains("…") && sentence.hasSuffix("'v100'] and 200 more"))
        #expect(sentence.utf8.count < 2048)
    }
}
