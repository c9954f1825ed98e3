import Testing

@testable import HTTPGuard

@Suite struct PathPrefixTests {
    @Test("A prefix is a path of plain segments")
    func prefixes() {
        for (text, expected) in [
            ("/", ""), ("/a", "/a"), ("/a/", "/a"), ("/a/b-c_d.e~f", "/a/b-c_d.e~f"), ("", nil), ("a", nil),
            ("//", nil),
            ("/a//", nil), ("/.", nil), ("/..", nil), ("/a/..", nil), ("/a\n", nil), ("/a\t", nil), ("/a\u{0}", nil),
        ] as [(String, String?)] {
            #expect(PathPrefix(text)?.text == expected, "\(text)")
        }
    }
}
