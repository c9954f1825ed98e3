public import JSON
public import JSONSchema

// What generated code checks on the JSON value, since Swift's types do not say it.

/// Reads a value with `value`, and holds the JSON against a schema besides.
public func decodeValidated<Value>(
    from json: inout JSONReader, problems: inout ValidationProblems, _ schema: JSONSchema, value: DecodeJSON<Value>
) throws(JSONError) -> Value? {
    var ahead = json
    let text = try ahead.readValue()
    let mark = problems.mark
    let decoded = try value(&json, &problems)
    problems.add(schema.violations(of: text), since: mark)
    return problems.foundNone(since: mark) ? decoded : nil
}

/// Makes a value of a text with `value`, and holds it against a schema besides.
public func decodeValidated<Value: JSONEncodable>(
    text: String, problems: inout ValidationProblems, _ schema: JSONSchema, value: DecodeText<Value>
) -> Value? {
    let mark = problems.mark
    guard let decoded = value(text, &problems) else { return nil }
    problems.add(schema.violations(of: JSONValue { decoded.encode(to: &$0) }), since: mark)
    return problems.foundNone(since: mark) ? decoded : nil
}

/// The value of a default that the generator has checked already.
public func decodeDefault<Value>(_ text: String, value: DecodeJSON<Value>) -> Value {
    var json = JSONReader(Array(text.utf8))
    var problems = ValidationProblems()
    do {
        if let value = try value(&json, &problems) { return value }
    } catch {
        preconditionFailure("the generator admitted the default \(text): \(error)")
    }
    preconditionFailure("the generator admitted the default \(text): \(problems)")
}

extension ValidationProblems {
    /// Adds what a schema does not admit, but for places that something has been found wrong at already.
    mutating func add(_ violations: [SchemaViolation], since mark: Int) {
        for violation in violations {
            let problem = ValidationProblem(violation)
            if !list[mark...].contains(where: { $0.location == problem.location }) { add(problem) }
        }
    }
}

extension ValidationProblem {
    init(_ violation: SchemaViolation) {
        let location = violation.location.map { step -> Step in
            switch step {
            case .name(let name): .name(name)
            case .index(let index): .index(index)
            }
        }
        self.init(Kind(violation), violation.message, at: location)
    }
}

extension ValidationProblem.Kind {
    fileprivate init(_ violation: SchemaViolation) {
        self =
            switch violation.keyword {
            case "required": .missing
            case "pattern": .pattern
            case "minItems": .minItems
            case "uniqueItems": .uniqueItems
            case "type":
                switch violation.type {
                case "integer": .notAnInteger
                case "number": .notANumber
                case "string": .notAString
                case "boolean": .notABoolean
                case "array": .notAnArray
                case "object": .notAnObject
                default: .other
                }
            default: .other
            }
    }
}
