import ContractJSON
import HeksherDomain
import Testing

@testable import heksher

/// Arguments of the command line, apart from a service.
@Suite struct ArgumentTests {
    @Test(
        "An address without a scheme is completed: http for this machine, otherwise https",
        arguments: [
            ("localhost:8080", "http://localhost:8080"), ("127.0.0.1", "http://127.0.0.1"),
            ("[::1]:81/x", "http://[::1]:81/x"), ("heksher.example.com", "https://heksher.example.com"),
            ("heksher:8080", "https://heksher:8080"), ("localhost", "http://localhost"),
            ("http://heksher", "http://heksher"), ("nonsense", nil), ("", nil), ("ftp://h", nil), ("a b.c", nil),
            ("localhost:99999", nil), ("user:word@h.example", nil),
            ("localhost.example.com", "https://localhost.example.com"),
        ] as [(String, String?)])
    func addresses(text: String, address: String?) {
        #expect((try? ServiceAddress(parsing: text))?.text == address)
    }

    @Test(
        "Conditions are joined by commas; a value with a comma can be bare if nothing in it looks like a condition",
        arguments: [
            ("tenant=acme", [["tenant", "acme"]]), ("tenant=acme,user=ann", [["tenant", "acme"], ["user", "ann"]]),
            (#"tenant="Smith, Jones & Co",user=ann"#, [["tenant", "Smith, Jones & Co"], ["user", "ann"]]),
            ("tenant=Smith, Jones & Co", [["tenant", "Smith, Jones & Co"]]), ("tenant=*", [["tenant", "*"]]),
            (#"size=3""#, [["size", #"3""#]]), (#"tenant="a,b=c""#, [["tenant", "a,b=c"]]),
            ("mail=a=b", [["mail", "a=b"]]),
            ("tenant=(a), user=b", []), ("tenant=a,tenant=b", []),
            ("tenant=a user=b", []), ("tenant=a && user=b", []), ("tenant==a", []),
            (#"tenant="a user=b""#, [["tenant", "a user=b"]]), ("tenant", []), ("=a", []), ("tenant=", []),
            ("", []),
        ])
    func conditions(text: String, conditions: [[String]]) {
        #expect(ConditionArgument(argument: text).conditions.map { [$0.feature, $0.value] } == conditions)
    }

    @Test(
        "Patterns match names",
        arguments: [
            ("checkout.*", "checkout.retries", true), ("checkout.*", "checkout", false), ("*", "a", true),
            ("*.size", "shop.page.size", true), ("a?c", "abc", true), ("a?c", "ac", false), ("a*b*c", "axbyc", true),
            ("a*b*c", "axbycd", false), ("a*", "b", false), ("**", "", true), ("?", "", false),
            ("a*a*a*a*a*a*a*a*b", String(repeating: "a", count: 300), false),
        ])
    func patterns(pattern: String, name: String, matches: Bool) throws {
        let argument = try #require(NameArgument(argument: pattern))
        #expect(argument.isPattern && argument.matches(name) == matches)
    }

    @Test(
        "A bare word is a string where the type has strings, and JSON that fits has precedence",
        arguments: [
            ("str", "dark", #""dark""#), ("str", #""dark""#, #""dark""#), ("str", "5", #""5""#), ("str", "", #""""#),
            ("str", "{}", #""{}""#), ("str", "a \"b\"", #""a \"b\"""#), ("str", #""dark"#, nil),
            (#"Enum["dark",5]"#, "dark", #""dark""#), (#"Enum["dark",5]"#, "5", "5"), (#"Enum["5"]"#, "5", #""5""#),
            (#"Enum["dark"]"#, "light", nil), ("int", "5", "5"), ("int", "five", nil), ("bool", "true", "true"),
            ("Sequence<str>", "a", nil), ("Sequence<str>", #"["a"]"#, #"["a"]"#), ("float", "1.50", "1.50"),
        ] as [(String, String, String?)])
    func values(type: String, text: String, json: String?) throws {
        let value = try? ValueArgument(argument: text).value(for: try SettingType(parsing: type))
        #expect(value?.text == json)
    }

    @Test(
        "The next version raises one number, of any length",
        arguments: [
            ("1.0", false, "1.1"), ("1.9", false, "1.10"), ("1.9", true, "2.0"), ("9.99", true, "10.0"),
            ("1.99999999999999999999", false, "1.100000000000000000000"), ("0.0", false, "0.1"),
        ])
    func versions(version: String, major: Bool, next: String) {
        #expect(Version(validated: version).raised(major: major).description == next)
    }

    @Test("The file of profiles is read as it is written, and a mistake is reported with its line")
    func profiles() throws {
        var profiles = Profiles()
        profiles.set(Profile(name: "a", url: "http://localhost:1", token: "x=y"))
        profiles.set(Profile(name: "b", url: "https://h.example", cacert: "/etc/ca.pem"))
        #expect(try Profiles(parsing: profiles.text, of: "f") == profiles)
        #expect(try profiles.profile(nil)?.name == "b" && profiles.profile("a")?.token == "x=y")
        #expect(throws: (any Error).self) { try profiles.profile("c") }
        #expect(profiles.remove("b") && !profiles.remove("b"))
        #expect(try profiles.profile(nil) == nil)
        for (text, line) in [("nonsense", 1), ("[a]\nurl = x\ncolour = red", 3), ("url = x", 1), ("[a b]", 1)] {
            let error = #expect(throws: (any Error).self) { try Profiles(parsing: text, of: "f") }
            #expect("\(try #require(error))".hasPrefix("f:\(line): "))
        }
        #expect(try Profiles(parsing: "# nothing\n\n", of: "f") == Profiles())
    }
}
