import ContractJSON
import ContractYAML
import Testing

@Suite struct YAMLWriterTests {
    @Test(
        "YAML has the same values as JSON for parsers of both versions",
        arguments: [
            (#"{"a":1,"b":[true,null],"c":{}}"#, "a: 1\nb:\n- true\n- null\nc: {}"),
            (#"[{"a":1,"b":2},[],"x"]"#, "- a: 1\n  b: 2\n- []\n- x"), ("[[1,2],[3]]", "- - 1\n  - 2\n- - 3"),
            (
                #"["yes","No","1.0","a: b","","~","-","a b","é","x y "]"#,
                "- \"yes\"\n- \"No\"\n- \"1.0\"\n- \"a: b\"\n- \"\"\n- \"~\"\n- \"-\"\n- a b\n- \"é\"\n- \"x y \""
            ),
            (
                #"{"true":"line\nfeed","1":"\u0085\u2028\"\\"}"#,
                #""true": "line\nfeed""# + "\n" + #""1": "\N\L\"\\""#
            ),
            (
                "[1e3,1.5E-7,-2e+1,123456789012345678901234567890]",
                "- 1.0e+3\n- 1.5e-7\n- -2.0e+1\n- 123456789012345678901234567890"
            ),
            (
                #"["Enum[\"a\"]","it's \"x\"","\\d+"," \""]"#,
                #"""
                - 'Enum["a"]'
                - 'it''s "x"'
                - '\d+'
                - " \""
                """#
            ), ("{}", "{}"), ("\"x\"", "x"),
        ])
    func yaml(json: String, yaml: String) throws {
        #expect(YAMLWriter.text(try JSONValue(parsing: json)) == yaml)
    }

    @Test("The parser reads every text that was written, with its value")
    func roundTrip() throws {
        var texts = [
            "", " ", "a\n b\n", "\t", "- a", "a #b", "#", "@", "%", "\u{FEFF}", "\u{0}", "0o7", "0x1F", ".inf", "<<",
            "=", "e\u{301}",
        ]
        for scalar in UInt32(0)..<0x3000 { if let scalar = Unicode.Scalar(scalar) { texts.append("x\(scalar)y") } }
        texts.append(String(repeating: "long ", count: 1000))
        let document = YAMLWriter.text(JSONValue(array: texts.map { JSONValue($0) }))
        guard case .sequence(let elements) = try YAMLNode(parsing: Array(document.utf8)).content else {
            Issue.record("no sequence")
            return
        }
        for (text, element) in zip(texts, elements) {
            guard case .scalar(.string(let found)) = element.content else {
                Issue.record("no string for \(text.debugDescription): \(element.content)")
                continue
            }
            #expect(found.utf8.elementsEqual(text.utf8))
        }
    }
}
