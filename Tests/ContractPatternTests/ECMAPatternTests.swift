import Testing

@testable import ContractPattern

@Suite struct ECMAPatternTests {
    @Test(
        "A text matches if the expression matches anywhere in it; `^` and `$` match only at the text's ends",
        arguments: [
            ("", "", true), ("", "a", true), ("a", "bab", true), ("^a", "ba", false), ("a$", "ab", false),
            ("^a$", "a\n", false), ("^$", "", true), ("^$", "\n", false),
            ("^a|b$", "xb", true), ("^(a|b)$", "xb", false), ("^(?:a|)$", "", true), ("^(?<name>a)b$", "ab", true),
            ("^a{2}$", "aa", true), ("^a{2}$", "aaa", false), ("^a{2,}$", "aaaa", true), ("^a{1,2}$", "aaa", false),
            ("^a{0}$", "", true), ("^a{0}$", "a", false), ("^a*?b+?c??$", "aabb", true), ("^(a*)*$", "aaab", false),
            ("^(a?){20}a{20}$", "aaaaaaaaaaaaaaaaaaaa", true),
            (".", "\n", false), (".", "\u{2028}", false), ("^.$", "😀", true), ("^[^a]$", "😀", true),
            ("^[😀-😂]$", "😁", true), ("^\\ud83d\\ude00$", "😀", true), ("^\\u{1f600}$", "😀", true),
            ("^\\x41\\cJ\\0$", "A\n\0", true), ("^[\\b]$", "\u{8}", true), ("^[\\-a]+$", "-a", true),
            ("^[a-]+$", "-a", true), ("^[\\w-]+$", "a_-9", true), ("[]", "a", false), ("^[^]$", "\n", true),
            ("^\\d+$", "٣", false), ("^\\w$", "é", false), ("^\\s+$", " \t\u{a0}\u{feff}\u{3000}", true),
            ("^\\D\\W\\S$", "a b", true), ("\\bcat\\b", "the cat sat", true), ("\\bcat\\b", "concat", false),
            ("\\Bcat", "concat", true), ("^\\.\\/\\[$", "./[", true),
            // Matching works by scalars, not by characters: é here is an e and an accent.
            ("^..$", "e\u{301}", true),
        ])
    func matching(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try ECMAPattern(pattern).matches(text) == isMatch)
    }

    @Test(
        "Invalid and unsupported expressions are refused with the offset of the fault",
        arguments: [
            ("a)", 1), ("(a", 0), ("a**", 2), ("*", 0), ("a{2,1}", 1), ("[a", 0), ("[b-a]", 1), ("^*", 0), ("\\", 0),
            ("\\u{110000}", 0), ("(?=a)", 0), ("(?!a)", 0), ("(?<=a)", 0), ("(a)\\1", 3), ("\\k<a>", 0),
            ("\\p{L}", 0), ("(?i)", 0),
        ])
    func refusal(pattern: String, offset: Int) {
        let error = #expect(throws: ECMAPatternError.self) { try ECMAPattern(pattern) }
        #expect(error?.offset == offset, "\(error as Any)")
    }

    @Test(
        "An expression that is valid only without the flag u is accepted, except in strict mode",
        arguments: [
            ("^[0-9]]$", "5]", true), ("^a}$", "a}", true), ("^{$", "{", true), ("^a{$", "a{", true),
            ("^a{x}$", "a{x}", true),
            ("^[\\d-a]+$", "1-a", true), ("^[\\d-a]+$", "b", false), ("^\\-\\_$", "-_", true), ("^\\q$", "q", true),
            ("^\\x4$", "x4", true), ("^\\u41$", "u41", true), ("^\\c1$", "\\c1", true), ("^\\012$", "\n", true),
            ("^a{2}]$", "aa]", true),
        ])
    func legacySyntax(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try ECMAPattern(pattern).matches(text) == isMatch)
        #expect(throws: ECMAPatternError.self) { try ECMAPattern(pattern, isStrict: true) }
    }

    @Test(
        "Expressions that would need too many states are refused",
        arguments: ["(((a{1000}){1000}){1000}){1000}", String(repeating: "(", count: 5000)])
    func tooLarge(pattern: String) {
        #expect(throws: ECMAPatternError.self) { try ECMAPattern(pattern) }
    }

    @Test("An expression that makes backtracking engines take exponential time is matched in linear time")
    func linear() throws {
        #expect(try !ECMAPattern("^(a+)+$").matches(String(repeating: "a", count: 5000) + "b"))
    }

    @Test(
        "The optimized expression matches the same texts as the original one",
        arguments: [
            "^[a-c]+$", "a|b", "^(a|b)*c$", "ab?c", "^$", "", "(a{2,3}b){1,2}", "^a|b$", "[^a]b", "(ab|a)(c|bcd)$",
            "^(\\*|(a:(\\*|\\(b(,b)*\\))(,a:\\*)*)?)$", "\\bab\\b", "$a", "a^b",
        ])
    func optimized(source: String) throws {
        let pattern = try ECMAPattern(source)
        let optimized = pattern.optimized()
        var dice = SystemRandomNumberGenerator()
        for length in 0..<400 {
            let letters = (0..<length / 25).map { _ in Array("aabbcd:*(),é ").randomElement(using: &dice) ?? "a" }
            let text = String(letters)
            #expect(optimized.matches(text) == pattern.matchesBySimulation(text), "\(text)")
        }
    }
}
