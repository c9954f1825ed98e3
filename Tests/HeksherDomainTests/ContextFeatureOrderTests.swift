import HeksherDomain
import Testing

@Suite struct ContextFeatureOrderTests {
    private static let order = ContextFeatureOrder(["a", "b", "c", "d"])

    @Test func `An index is a place in the list`() {
        #expect(Self.order.names.map(Self.order.index(of:)) == [0, 1, 2, 3])
        #expect(Self.order.index(of: "e") == nil)
        #expect(ContextFeatureOrder(["a", "b", "a"]).names == ["a", "b"])
    }

    @Test func `Names are sorted by the order, unknown ones last`() {
        #expect(Self.order.sorted(["d", "z", "a", "y", "c"]) == ["a", "c", "d", "z", "y"])
        #expect(Self.order.unknown(in: ["z", "a", "y"]) == ["z", "y"])
    }

    @Test(arguments: [
        ("a", ContextFeatureOrder.Destination.after("c"), "bcad"), ("a", .after("d"), "bcda"),
        ("d", .after("a"), "adbc"),
        ("b", .after("a"), "abcd"), ("c", .after("a"), "acbd"), ("a", .before("d"), "bcad"),
        ("d", .before("a"), "dabc"),
        ("a", .before("b"), "abcd"), ("b", .before("a"), "bacd"), ("c", .before("b"), "acbd"),
        ("b", .before("d"), "acbd"),
        ("b", .after("b"), "abcd"), ("b", .before("b"), "abcd"),
    ])
    func `A feature moves directly after or before another`(
        name: String, destination: ContextFeatureOrder.Destination, expected: String
    ) {
        #expect(Self.order.moving(name, to: destination)?.names.joined() == expected)
    }

    @Test(arguments: [
        ("z", ContextFeatureOrder.Destination.after("a")), ("a", .before("z")), ("z", .after("z")),
    ])
    func `Unknown features do not move`(name: String, destination: ContextFeatureOrder.Destination) {
        #expect(Self.order.moving(name, to: destination) == nil)
    }
}

@Suite struct StartupContextFeaturesTests {
    @Test(arguments: [
        ("user;trust;theme", ["user", "trust", "theme"]), ("user", ["user"]), ("", []),
        ("A_1;_", ["A_1", "_"]), ("environment; tenant; user", ["environment", "tenant", "user"]),
        (" \t user\r\n;\u{B}theme\u{C} ", ["user", "theme"]), (" \n", []),
    ])
    func `Names are separated by semicolons, and white space around them is ignored`(
        text: String, names: [String]
    ) throws {
        #expect(try StartupContextFeatures(parsing: text).names == names)
    }

    @Test(arguments: [
        ("user;;theme", ""), (";", ""), ("user;", ""), ("user; ;theme", ""), ("user;the me", "the me"),
        ("user,theme", "user,theme"), ("é", "é"),
    ])
    func `Malformed names are refused`(text: String, name: String) {
        #expect(throws: StartupContextFeaturesError.malformedName(name)) {
            try StartupContextFeatures(parsing: text)
        }
    }

    @Test func `A repeated name is refused`() {
        #expect(throws: StartupContextFeaturesError.repeatedName("a")) {
            try StartupContextFeatures(parsing: "a;b;a")
        }
    }

    @Test(arguments: ["", "a", "d", "bd", "acd", "abcd"])
    func `A stored list that is a subsequence grows to the one wanted`(stored: String) throws {
        let wanted = try StartupContextFeatures(parsing: "a;b;c;d")
        let merged = try wanted.merged(withStored: ContextFeatureOrder(stored.map(String.init)))
        #expect(merged.names == ["a", "b", "c", "d"])
    }

    @Test(arguments: ["ba", "x", "abx", "abcde", "dcba", "xa"])
    func `Any other stored list is refused and both are told`(stored: String) throws {
        let wanted = try StartupContextFeatures(parsing: "a;b;c;d")
        let names = stored.map(String.init)
        let error = #expect(
            throws: StartupContextFeaturesError.conflict(stored: names, wanted: ["a", "b", "c", "d"])
        ) {
            try wanted.merged(withStored: ContextFeatureOrder(names))
        }
        #expect(error?.description.contains(names.listText) == true)
        #expect(error?.description.contains("['a', 'b', 'c', 'd']") == true)
    }

    @Test func `However long the lists are, an operator sees them whole`() throws {
        let wanted = try StartupContextFeatures(parsing: (0..<300).map { "wanted\($0)" }.joined(separator: ";"))
        let stored = (0..<300).map { "stored\($0)" }
        let error = #expect(throws: StartupContextFeaturesError.self) {
            try wanted.merged(withStored: ContextFeatureOrder(stored))
        }
        for name in stored + wanted.names { #expect(error?.description.contains("'\(name)'") == true) }
    }
}
