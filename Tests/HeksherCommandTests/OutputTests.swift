import ContractJSON
import Testing

@testable import heksher

/// The forms of output, apart from a service.
@Suite struct OutputTests {
    @Test("CSV has a line of names, quotes fields that need it, and keeps characters as they are")
    func csv() {
        var table = Table([.fixed("NAME"), .flexible("VALUE"), .further("METADATA")])
        table.add("a", #""x,y""#, "k=1")
        table.add("b", "", "line\nfeed")
        #expect(
            table.csv == """
                name,value
                a,\"""x,y""\"
                b,
                """)
        var chosen = Table([.fixed("NAME"), .flexible("VALUE"), .further("METADATA")], showing: [2, 0])
        chosen.add("b", "", "line\nfeed")
        #expect(chosen.csv == "metadata,name\n\"line\nfeed\",b")
        #expect(chosen.text(width: nil) == "METADATA        NAME\nline\\u000afeed  b")
    }

    @Test("On a terminal, titles are bold, and styles do not change the widths of columns")
    func styles() {
        var table = Table(.fixed("NAME"), .fixed("VALUE"))
        table.add("a", "1", style: .green)
        let styled = table.text(width: nil, isStyled: true)
        #expect(styled == "\u{1B}[1mNAME  VALUE\u{1B}[0m\n\u{1B}[32ma     1\u{1B}[0m")
        #expect(styled.unstyled == table.text(width: nil))
        #expect(Style.message("heksher: no").hasPrefix("\u{1B}[31mheksher:\u{1B}[0m no"))
    }

    @Test("The number of lines counts wrapped ones")
    func lines() {
        #expect(Pager.lineCount("a\nb\n", width: 10) == 2)
        #expect(Pager.lineCount("\(String(repeating: "x", count: 11))\n\n", width: 10) == 3)
        #expect(Pager.lineCount("\("0123456789".styled(.bold))\n", width: 10) == 1)
    }

    @Test(
        "Lists of the service become lists for people",
        arguments: [
            ("the settings ['a'] do not exist", "the setting a does not exist"),
            ("the settings ['a', 'b'] do not exist", "the settings a and b do not exist"),
            ("the context features ['a', 'b', 'c'] do not exist", "the context features a, b and c do not exist"),
            ("the settings ['a', 'b'] and 7 more do not exist", "the settings a, b and 7 more do not exist"),
            (
                "configurable features ['theme'] are still in use by rules [1]",
                "configurable feature theme is still in use by rule 1"
            ),
            (
                "configurable features ['x', 'y'] are still in use by rules [1, 2, 3]",
                "configurable features x and y are still in use by rules 1, 2 and 3"
            ),
            (
                "setting type incompatible with values for rules: [1, 2]",
                "setting type incompatible with values for rules 1 and 2"
            ),
            ("the setting a is not configurable by ['user']", "the setting a is not configurable by user"),
            ("the value does not fit the type Enum[1,2]", "the value does not fit the type Enum[1,2]"),
            (#"the value does not fit the type Flags["a"]"#, #"the value does not fit the type Flags["a"]"#),
        ])
    func lists(sentence: String, rewritten: String) {
        #expect(ListSentence.rewritten(sentence) == rewritten)
    }

    @Test(
        "A text that breaks a pattern is described by its first wrong character",
        arguments: [
            (
                ["context_feature"], "^[a-zA-Z_0-9]+$", "acme-corp",
                #""acme-corp" has a "-"; the name of a context feature has only letters, digits and "_""#
            ),
            (
                ["name"], "^[a-zA-Z_0-9.-]+$", "a b",
                #""a b" has a space; the name of a setting has only letters, digits, "_", "." and "-""#
            ),
            (
                ["metadata", "k=v"], "^[a-zA-Z0-9_-]+$", nil,
                #""k=v" has a "="; a metadata key has only letters, digits, "_" and "-""#
            ),
            (["version"], #"^[0-9]+\.[0-9]+$"#, "1", #""1" is not a version; a version is two numbers, as in 1.0"#),
            (["name"], "^[a-zA-Z_0-9.-]+$", "", "the name of a setting is not empty"),
        ] as [([String], String, String?, String)])
    func patterns(steps: [String], pattern: String, value: String?, sentence: String) {
        let message = "string does not match regex \"\(pattern)\""
        #expect(ProblemSentence(steps, message, value: value).description == sentence)
    }

    @Test("Other problems name their member, unless the sentence has a subject")
    func problems() {
        #expect(ProblemSentence(["a", "0"], "field required", value: nil).description == "a.0: field required")
        #expect(ProblemSentence(["a"], "the value is bad", value: nil).description == "the value is bad")
    }
}
