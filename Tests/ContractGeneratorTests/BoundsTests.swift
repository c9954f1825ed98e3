import ContractGenerator
import Testing

/// Documents that are made to take a lot of time or memory: the generator accepts or refuses each of them quickly.
@Suite struct BoundsTests {
    private static func check(_ schemas: [String]) -> [String] {
        let lines = schemas.enumerated().map { "    A\($0.offset): \($0.element)\n" }.joined()
        let text = "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n" + lines
        return Generator.check(Array(text.utf8), file: "test.yaml").map(\.description)
    }

    private static func reference(_ number: Int) -> String { "{$ref: '#/components/schemas/A\(number)'}" }

    @Test("A chain of 2,000 schemas that refer to each other is accepted")
    func chain() {
        let schemas = (1...2000).map { "{type: object, properties: {next: \(Self.reference($0))}}" }
        #expect(Self.check(schemas + ["{type: string}"]) == [])
    }

    @Test("A chain of more than 10,000 schemas that refer to each other is refused")
    func endlessChain() {
        let schemas = (1...10_001).map { "{type: array, items: \(Self.reference($0))}" }
        let messages = Self.check(schemas + ["{type: string}"])
        #expect(messages.first?.hasSuffix("error: more than 10000 schemas refer to each other in a chain") == true)
    }

    @Test("A chain of 500 nested alternatives ends without a crash", arguments: ["oneOf", "anyOf"])
    func alternatives(keyword: String) {
        let schemas = (1...500).map { "{\(keyword): [\(Self.reference($0)), {type: boolean}]}" }
        // The diagnostics are not compared: whether the alternatives can be distinguished does not matter here.
        _ = Self.check(schemas + ["{type: string}"])
    }

    @Test("Merging twice at each of 60 levels is not exponential", arguments: ["allOf", "oneOf", "anyOf"])
    func doubling(keyword: String) {
        let schemas = (1...60).map { "{\(keyword): [\(Self.reference($0)), \(Self.reference($0))]}" }
        let messages = Self.check(schemas + ["{type: object, properties: {a: {type: string}}}"])
        #expect(keyword != "allOf" || messages == [])
        // The same in a reference cycle.
        _ = Self.check(schemas + [Self.reference(0)])
        _ = Self.check(schemas + ["{\(keyword): [\(Self.reference(0)), {type: string}]}"])
    }

    @Test("Merging 'allOf' to more than 500,000 members is refused")
    func merging() {
        let schemas = (1...1100).map {
            "{allOf: [\(Self.reference($0)), {type: object, properties: {p\($0): {type: string}}}]}"
        }
        let messages = Self.check(schemas + ["{type: object}"])
        #expect(messages.contains { $0.contains("merging 'allOf' gives more than 500000 members") })
    }

    @Test("Merging schemas whose members merge the same schemas again terminates", arguments: [2, 3, 6])
    func recursiveMerging(count: Int) {
        let all = (0..<count).map(Self.reference).joined(separator: ", ")
        let member = "{type: object, properties: {x: {allOf: [\(all)]}, y: {allOf: [\(all), {minProperties: 1}]}}}"
        #expect(Self.check(Array(repeating: member, count: count)) == [])
    }

    @Test("Merging random schemas terminates, either with files or with errors that have positions")
    func randomMerging() {
        var dice = Dice(state: 4711)
        for _ in 0..<300 {
            let count = Int.random(in: 2...6, using: &dice)
            let schemas = (0..<count).map { _ in Self.schema(of: count, depth: 3, &dice) }
            let lines = schemas.enumerated().map { "    A\($0.offset): \($0.element)\n" }.joined()
            let text = "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n" + lines
            let result = Generator.generate(Array(text.utf8), file: "test.yaml")
            let errors = result.diagnostics.filter { $0.severity == .error }
            #expect((result.files == nil) == !errors.isEmpty)
            #expect(errors.allSatisfy { $0.position != nil }, "\(errors)")
        }
    }

    /// A schema that refers to other schemas in random ways.
    private static func schema(of count: Int, depth: Int, _ dice: inout Dice) -> String {
        func part() -> String { schema(of: count, depth: depth - 1, &dice) }
        let choice = depth == 0 ? Int.random(in: 0...3, using: &dice) : Int.random(in: 0...9, using: &dice)
        switch choice {
        case 0...2: return reference(Int.random(in: 0..<count, using: &dice))
        case 3: return "{type: object, required: [x], properties: {x: {type: string}}}"
        case 4: return "{type: array, items: \(part())}"
        case 5: return "{type: object, properties: {x: \(part()), y: \(part())}}"
        case 6: return "{type: object, additionalProperties: \(part())}"
        case 7: return "{oneOf: [\(part()), \(part())]}"
        case 8: return "{anyOf: [\(part()), {type: boolean}]}"
        default: return "{allOf: [\(part()), \(part())]}"
        }
    }

    /// Random numbers that are the same in each run: xorshift64 (G. Marsaglia, "Xorshift RNGs", 2003).
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    @Test("Enumerations of 3,000 values and objects of 3,000 properties are accepted")
    func wide() {
        let names = (0..<3000).map { "v\($0)" }
        #expect(Self.check(["{type: string, enum: [\(names.joined(separator: ", "))]}"]) == [])
        let properties = names.map { "\($0): {type: string}" }.joined(separator: ", ")
        #expect(Self.check(["{type: object, properties: {\(properties)}}"]) == [])
    }
}
