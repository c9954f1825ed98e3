import ContractYAML
import Diagnostics
import Testing

@Suite struct YAMLTests {
    private func parse(_ text: String) throws -> YAMLNode { try YAMLNode(parsing: Array(text.utf8)) }

    @Test(
        "Plain scalars are resolved by the core schema of YAML 1.2",
        arguments: [
            ("", YAMLScalar.null), ("~", .null), ("null", .null), ("Null", .null), ("nULL", .string("nULL")),
            ("true", .bool(true)), ("False", .bool(false)), ("yes", .string("yes")), ("no", .string("no")),
            ("on", .string("on")), ("off", .string("off")), ("y", .string("y")), ("1:30", .string("1:30")),
            ("0", .int("0")), ("-12", .int("-12")), ("+7", .int("+7")), ("0o17", .int("0o17")), ("0xfF", .int("0xfF")),
            ("017", .int("017")), ("0b1", .string("0b1")), ("1_000", .string("1_000")), ("0o8", .string("0o8")),
            ("0x", .string("0x")), ("--1", .string("--1")),
            ("123456789012345678901234567890", .int("123456789012345678901234567890")),
            ("1.5", .float("1.5")), ("1.", .float("1.")), (".5", .float(".5")), ("-1e3", .float("-1e3")),
            ("1e", .string("1e")), (".", .string(".")), ("1.2.3", .string("1.2.3")), (".inf", .float(".inf")),
            ("-.INF", .float("-.INF")), (".NaN", .float(".NaN")), ("-.nan", .string("-.nan")),
            ("2001-12-14", .string("2001-12-14")), ("<<", .string("<<")), ("\"1\"", .string("1")),
            ("'true'", .string("true")),
            ("!!str 1", .string("1")), ("! 1", .string("1")), ("!!int 1", .int("1")), ("!!float 1", .float("1")),
        ])
    func scalars(text: String, scalar: YAMLScalar) throws {
        let node = try #require(parse("key: \(text)").mapping?.first?.value)
        guard case .scalar(let found) = node.content else { return #expect(Bool(false), "\(node)") }
        #expect(found == scalar)
    }

    @Test("Every node has the position at which it begins")
    func positions() throws {
        let root = try parse("# a comment\nkey:\n  - é: 'x'\n    other: {a: 1}\n")
        let sequence = try #require(root.mapping?.first?.value)
        let entry = try #require(sequence.sequence?.first)
        let members = try #require(entry.mapping)
        #expect(root.position == SourcePosition(line: 2, column: 1))
        #expect(sequence.position == SourcePosition(line: 3, column: 3))
        #expect(members[0].value.position == SourcePosition(line: 3, column: 8))
        #expect(members[1].value.mapping?.first?.value.position == SourcePosition(line: 4, column: 16))
    }

    @Test("An alias has the content of its anchor")
    func aliases() throws {
        let root = try parse("a: &x [1, 2]\nb: *x\n")
        #expect(root.mapping?.last?.value.sequence?.count == 2)
    }

    @Test("JSON is read as YAML")
    func json() throws {
        let root = try parse("{\"a\": [null, true, \"\\u00e9\"]}")
        #expect(root.mapping?.first?.value.sequence?.last?.string == "é")
    }

    @Test("Surrogate pairs in JSON escapes become one character, also beside other escapes")
    func surrogates() throws {
        let root = try parse(#" {"a\\ud83d": "\"\ud83d\uDE00\\", "b": 1}"#)
        #expect(root.mapping?.first?.key.string == #"a\ud83d"#)
        #expect(root.mapping?.first?.value.string == "\"😀\\")
        #expect(throws: YAMLError.self) { try parse(#"{"a": "\ud83d"}"#) }
        // In YAML's single quotes, that is ordinary text.
        #expect(try parse(#"{a: '\ud83d\ude00'}"#).mapping?.first?.value.string == #"\ud83d\ude00"#)
    }

    @Test("JSON's strings contain characters that YAML does not admit, or that are line breaks in YAML")
    func characters() throws {
        for text in [
            "\u{7F}", "\u{80}", "\u{85}", "\u{9F}", "\u{2028}", "\u{2029}", "\u{FFFE}", "\u{FFFF}", "é\u{9F}\\n日",
        ] {
            let root = try parse("{\"a\": \"x\(text)y\", \"b\": \"\(text)\"}")
            #expect(
                root.mapping?.first?.value.string == "x\(text.replacing("\\n", with: "\n"))y",
                "\(text.debugDescription)")
        }
        #expect(try parse("{\"a\": \"\u{A0}\u{E000}\"}").mapping?.first?.value.string == "\u{A0}\u{E000}")
    }

    @Test("JSON may have tabs, any line ends and a byte order mark")
    func indentedJSON() throws {
        let root = try parse("\u{FEFF}{\r\n\t\"a\": [\r\n\t\t1,\r\n\t\t{\"b\":2}\r\n\t]\r\n}\r\n")
        let elements = root.mapping?.first?.value.sequence
        #expect(elements?.last?.mapping?.first?.key.string == "b")
        #expect(elements?.last?.position.line == 4)
    }

    @Test("A mapping's own keys win over merged keys, and earlier merges win over later ones")
    func merges() throws {
        let text = """
            one: &one {a: 1, b: 1}
            two: &two {b: 2, c: 2, <<: *one}
            own: {<<: *one, b: 3}
            several: {<<: [*two, *one], d: 4}
            quoted: {'<<': 5}
            """
        let root = try parse(text)
        let members = { (name: String) in
            root.mapping?.first { $0.key.string == name }?.value.mapping?.map { member in
                guard case .scalar(.int(let text)) = member.value.content else { return "?" }
                return "\(member.key.string ?? "?")\(text)"
            }
        }
        #expect(members("two") == ["b2", "c2", "a1"])
        #expect(members("own") == ["b3", "a1"])
        #expect(members("several") == ["d4", "b2", "c2", "a1"])
        #expect(members("quoted") == ["<<5"])
    }

    @Test(
        "Invalid and unsupported YAML is refused with a position",
        arguments: [
            ("", 1, 1, "empty"),
            ("a: 1\n---\nb: 2\n", 2, 1, "second document"),
            ("a: 1\nb: 2\na: 3\n", 3, 1, "line 1"),
            ("a: 1\n'a': 3\n", 2, 1, "line 1"),
            ("a: [1\nb: 2", 2, 2, "flow sequence"),
            ("a: &x [*x]", 1, 8, "inside what it is an alias of"),
            ("a: *nothing", 1, 4, "not defined"),
            ("a: {<<: 1}", 1, 9, "'<<' takes a mapping"),
            ("a: {<<: [{}, []]}", 1, 14, "'<<' takes a mapping"),
            ("a: &x {b: 1, <<: *x}", 1, 18, "inside what it is an alias of"),
            ("a: !!binary aGk=", 1, 4, "tag"),
            ("a: !!int x", 1, 4, "tag"),
            ("a: !<tag:example.com,2000:x> {}", 1, 4, "tag"),
            ("a: \"\\q\"", 1, 5, "escape"),
            ("\tkey: 1", 1, 1, "token"),
            ("a: b: c", 1, 5, "mapping values"),
        ])
    func refused(text: String, line: Int, column: Int, message: String) {
        let error = #expect(throws: YAMLError.self) { try parse(text) }
        #expect(error?.position == SourcePosition(line: line, column: column), "\(error as Any)")
        #expect(error?.message.contains(message) == true, "\(error as Any)")
    }

    @Test("Bytes that are not UTF-8 are refused")
    func encoding() {
        #expect(throws: YAMLError.self) { try YAMLNode(parsing: [0x61, 0x3A, 0x20, 0xFF]) }
        #expect(throws: YAMLError.self) { try YAMLNode(parsing: [0x61, 0x3A, 0x20, 0x00]) }
    }

    @Test("Aliases that expand to billions of nodes are refused quickly")
    func bomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        let error = #expect(throws: YAMLError.self) { try parse(text) }
        #expect(error?.message.contains("nodes") == true)
    }

    @Test("Aliases that add too many levels are refused")
    func deepAliases() {
        var text = "a0: &a0 [[[[[[[[[[x]]]]]]]]]]\n"
        for level in 1...40 { text += "a\(level): &a\(level) [[[[[*a\(level - 1)]]]]]\n" }
        let error = #expect(throws: YAMLError.self) { try parse(text) }
        #expect(error?.message.contains("levels") == true, "\(error as Any)")
    }

    @Test("A text of 1 MiB is read, and one of more than 64 MiB is refused")
    func size() throws {
        let scalar = String(repeating: "x", count: 1 << 20)
        #expect(try parse("a: '\(scalar)'").mapping?.first?.value.string?.utf8.count == 1 << 20)
        let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: (64 << 20) + 1)
        let error = #expect(throws: YAMLError.self) { try YAMLNode(parsing: bytes) }
        #expect(error?.message.contains("64 MiB") == true)
    }

    @Test("Nesting of 5,000 levels is refused", arguments: ["[", "{a: ", "- "])
    func depth(opening: String) {
        let error = #expect(throws: YAMLError.self) { try parse(String(repeating: opening, count: 5000)) }
        #expect(error?.message.contains("levels") == true, "\(error as Any)")
    }
}
