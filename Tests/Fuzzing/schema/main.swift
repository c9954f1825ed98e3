import ContractJSON
import ContractSchema
// The first line of the input is a schema and the rest is a value. Validation ends quickly, and equivalent and opposite
// schemas give the expected result. If the schema is a string, it is a pattern, and both ways of matching it agree.
import Fuzzing
import Synchronization

@testable import ContractPattern

/// The targets of `#subject` and `#`: the schema that is tried, and the same schema if it may refer to itself.
let referents = Mutex<[String: JSONSchema]>([:])

func makeSchema(_ value: JSONValue) -> JSONSchema? {
    try? JSONSchema(value) { reference in referents.withLock { $0[reference] } }
}

let same: [JSONSchema?] = [
    makeSchema(["allOf": [["$ref": "#subject"], ["$ref": "#subject"]]]),
    makeSchema(["anyOf": [["$ref": "#subject"], false]]),
    makeSchema(["oneOf": [["$ref": "#subject"], false]]),
    makeSchema(["not": ["not": ["$ref": "#subject"]]]),
    makeSchema(["if": ["$ref": "#subject"], "else": false]),
]
let opposite = makeSchema(["not": ["$ref": "#subject"]])

func check(_ schema: JSONSchema, _ value: JSONValue) {
    let isValid = schema.admits(value)
    expect(schema.admits(value.compacted()) == isValid, "white space counts")
    referents.withLock { $0 = ["#subject": schema] }
    for other in same { expect(other?.admits(value) == isValid, "it is valid and not") }
    expect(opposite?.admits(value) == !isValid, "it is valid and not")

    referents.withLock { $0["#"] = schema }
    let violations = schema.violations(of: value)
    expect(schema.violations(of: value) == violations, "other violations the second time")
    referents.withLock { $0 = [:] }
}

func check(_ source: String, _ text: String) {
    guard let pattern = try? ECMAPattern(source) else { return }
    expect(
        pattern.optimized().matches(text) == pattern.matchesBySimulation(text),
        "'\(source)' matches '\(text)' and does not")
}

fuzz { text in
    let parts = text.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let first = try? JSONValue(parsing: Array(parts[0])),
        let value = try? JSONValue(parsing: Array(parts[1]))
    else { return }
    if case .string(let source) = first.content, case .string(let text) = value.content {
        check(source, text)
    } else if let schema = makeSchema(first) {
        check(schema, value)
    }
}
