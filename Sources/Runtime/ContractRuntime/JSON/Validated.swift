public import ContractJSON
public import ContractSchema

// Generated code checks constraints on the JSON value if Swift's types do not express them.

/// Decodes a value with `value`, and validates the JSON against a schema.
public func decodeValidated<Value>(
    from json: inout JSONReader, problems: inout ValidationProblems, _ schema: JSONSchema, value: DecodeJSON<Value>
) throws(JSONError) -> Value? {
    var ahead = json
    let text = try ahead.readValue()
    let mark = problems.mark
    let decoded = try value(&json, &problems)
    problems.add(schema.report(on: text), since: mark)
    return problems.foundNone(since: mark) ? decoded : nil
}

/// Decodes a value from a text with `value`, and validates it against a schema.
public func decodeValidated<Value: JSONEncodable>(
    text: String, problems: inout ValidationProblems, _ schema: JSONSchema, value: DecodeText<Value>
) -> Value? {
    let mark = problems.mark
    guard let decoded = value(text, &problems) else { return nil }
    problems.add(schema.report(on: JSONValue { decoded.encode(to: &$0) }), since: mark)
    return problems.foundNone(since: mark) ? decoded : nil
}

/// The value of a default, which the generator has checked.
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
    /// Adds the violations of a schema, except at locations that already have a problem.
    mutating func add(_ report: SchemaReport, since mark: Int) {
        for violation in report.violations {
            let problem = ValidationProblem(violation)
            if !listed(since: mark).contains(where: { $0.location == problem.location }) { add(problem) }
        }
        add(further: report.count - report.violations.count)
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
