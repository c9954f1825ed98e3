import OpenAPIGenerator
import Testing

/// Documents that are made to take long, or much room: what becomes of them is one thing or the other, soon.
@Suite struct BoundsTests {
    private static func check(_ schemas: [String]) -> [String] {
        let lines = schemas.enumerated().map { "    A\($0.offset): \($0.element)\n" }.joined()
        let text = "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n" + lines
        return Generator.check(Array(text.utf8), file: "test.yaml").map(\.description)
    }

    private static func reference(_ number: Int) -> String { "{$ref: '#/components/schemas/A\(number)'}" }

    @Test("Schemas may refer to each other in a long chain")
    func chain() {
        let schemas = (1...2000).map { "{type: object, properties: {next: \(Self.reference($0))}}" }
        #expect(Self.check(schemas + ["{type: string}"]) == [])
    }

    @Test("A chain has an end")
    func endlessChain() {
        let schemas = (1...10_001).map { "{type: array, items: \(Self.reference($0))}" }
        let messages = Self.check(schemas + ["{type: string}"])
        #expect(messages.first?.hasSuffix("error: more than 10000 schemas refer to each other in a chain") == true)
    }

    @Test("Alternatives may refer to alternatives", arguments: ["oneOf", "anyOf"])
    func alternatives(keyword: String) {
        let schemas = (1...500).map { "{\(keyword): [\(Self.reference($0)), {type: boolean}]}" }
        // Whether they can be told apart is another question.
        _ = Self.check(schemas + ["{type: string}"])
    }

    @Test("What is merged twice at each of many levels is merged once", arguments: ["allOf", "oneOf", "anyOf"])
    func doubling(keyword: String) {
        let schemas = (1...60).map { "{\(keyword): [\(Self.reference($0)), \(Self.reference($0))]}" }
        let messages = Self.check(schemas + ["{type: object, properties: {a: {type: string}}}"])
        #expect(keyword != "allOf" || messages == [])
        // In a circle too.
        _ = Self.check(schemas + [Self.reference(0)])
        _ = Self.check(schemas + ["{\(keyword): [\(Self.reference(0)), {type: string}]}"])
    }

    @Test("What merging gives has a bound")
    func merging() {
        let schemas = (1...1100).map {
            "{allOf: [\(Self.reference($0)), {type: object, properties: {p\($0): {type: string}}}]}"
        }
        let messages = Self.check(schemas + ["{type: object}"])
        #expect(messages.contains { $0.contains("merging 'allOf' gives more than 500000 members") })
    }

    @Test("An enumeration may have many values, and an object many properties")
    func wide() {
        let names = (0..<3000).map { "v\($0)" }
        #expect(Self.check(["{type: string, enum: [\(names.joined(separator: ", "))]}"]) == [])
        let properties = names.map { "\($0): {type: string}" }.joined(separator: ", ")
        #expect(Self.check(["{type: object, properties: {\(properties)}}"]) == [])
    }
}
