import Testing

@testable import heksher

@Suite struct TableTests {
    @Test("Columns are as wide as their widest cell, without trailing spaces, and empty cells are dashes")
    func alignment() {
        var table = Table(.fixed("NAME"), .flexible("VALUE"), .fixed("RULE"))
        table.add("a.long.name", "1", "")
        table.add("b", #""four""#, "12")
        #expect(
            table.text(width: nil) == """
                NAME         VALUE   RULE
                a.long.name  1       -
                b            "four"  12
                """)
    }

    @Test("In a narrow terminal, the widest flexible columns are shortened first, and fixed columns stay whole")
    func narrow() {
        var table = Table(.fixed("NAME"), .flexible("TYPE"), .flexible("DEFAULT"))
        table.add("checkout.retries", "0123456789", String(repeating: "x", count: 40))
        #expect(
            table.text(width: 42) == """
                NAME              TYPE        DEFAULT
                checkout.retries  0123456789  xxxxxxxxxxx…
                """)
        #expect(
            table.text(width: 10) == """
                NAME              TYPE      DEFAULT
                checkout.retries  0123456…  xxxxxxx…
                """)
        #expect(table.text(width: 70).hasSuffix("xxx"))
        #expect(table.text(width: 69).hasSuffix("xx…"))
    }

    @Test("Wide characters count as two columns, and combining ones as none")
    func wideCharacters() {
        var table = Table(.fixed("NAME"), .fixed("END"))
        for name in ["漢字", "e\u{301}té", "👩‍👩‍👧", "über"] { table.add(name, "|") }
        #expect(
            table.text(width: nil) == """
                NAME  END
                漢字  |
                e\u{301}té   |
                👩‍👩‍👧    |
                über  |
                """)
        #expect("漢字漢字".truncated(to: 6) == "漢字…")
        #expect("漢字漢字".truncated(to: 8) == "漢字漢字")
    }

    @Test(
        "Characters that control a terminal are escaped",
        arguments: [
            ("\u{1B}[31m", #"\u001b[31m"#), ("a\nb", #"a\u000ab"#), ("\u{7F}", #"\u007f"#), ("\u{9B}2J", #"\u009b2J"#),
            ("\u{202E}abc", #"\u202eabc"#), ("\u{2028}", #"\u2028"#), ("é 漢 👩‍👩‍👧", "é 漢 👩‍👩‍👧"), (#"\u001b"#, #"\u001b"#),
        ])
    func printable(text: String, printed: String) {
        #expect(text.printable() == printed)
        var table = Table(.fixed(""))
        table.add(text)
        #expect(table.text(width: nil) == "\n\(printed)")
    }

    @Test(
        "Filters of the same feature are combined, and filters in the service's syntax stay unchanged",
        arguments: [
            ([], "*"), ([""], ""), (["*"], "*"), (["tenant=acme"], "tenant:(acme)"), (["tenant=*"], "tenant:*"),
            (["tenant=a", "user=u", "tenant=b"], "tenant:(a,b),user:(u)"), (["tenant=a", "tenant=*"], "tenant:*"),
            (["tenant:(a,b),user:*"], "tenant:(a,b),user:*"), (["tenant:(a)", "user=u"], "user:(u),tenant:(a)"),
        ] as [([String], String)])
    func filters(filters: [String], text: String) throws {
        #expect(try ContextFilterText(filters).text == text)
    }
}
