public import ContractJSON
import ContractPattern

extension JSONSchema {
    /// Whether a value is valid.
    public func admits(_ value: JSONValue) -> Bool { report(on: value).count == 0 }

    /// The violations of the schema in a value, at most ``SchemaReport/maximumCount``; empty if the value is valid.
    public func violations(of value: JSONValue) -> [SchemaViolation] { report(on: value).violations }

    /// The first violations of the schema in a value, and the number of all.
    public func report(on value: JSONValue) -> SchemaReport {
        var validation = Validation()
        _ = validation.evaluate(self, Instance(value))
        return validation.report
    }
}

/// The names and indices that a schema has evaluated. `unevaluatedProperties` and `unevaluatedItems` apply to all
/// others.
struct Evaluated {
    var names: Set<String> = []
    var indices: Set<Int> = []

    mutating func merge(_ other: Evaluated) {
        names.formUnion(other.names)
        indices.formUnion(other.indices)
    }
}

/// The validation of one value.
struct Validation {
    /// The limit on nested schemas. Without it, schemas that refer to each other without end would overflow the stack.
    private static let maximumDepth = 512

    private(set) var report = SchemaReport()
    private var location: [SchemaViolation.Step] = []
    private var depth = 0
    /// The number of violations found, including those that are not in the report.
    private var faultCount = 0
    private let answers: FollowedReferences
    /// Whether only the validity matters, and not the violations.
    private let isAttempt: Bool

    init() {
        answers = FollowedReferences()
        isAttempt = false
    }

    private init(attemptIn other: Validation) {
        answers = other.answers
        depth = other.depth
        isAttempt = true
    }

    private mutating func add(_ keyword: String, _ message: @autoclosure () -> String, type: String? = nil) {
        faultCount += 1
        report.count += 1
        guard !isAttempt, report.count <= SchemaReport.maximumCount else { return }
        report.violations.append(
            SchemaViolation(location: location, keyword: keyword, type: type, message: message()))
    }

    /// Validates an instance, and adds the violations to ``report``.
    mutating func evaluate(_ schema: JSONSchema, _ instance: Instance) -> Evaluated {
        var evaluated = Evaluated()
        if let truth = schema.truth {
            if !truth { add("false", "no value is permitted here") }
            return evaluated
        }
        guard depth < Self.maximumDepth else {
            add("$ref", "the schema refers to itself too deeply")
            return evaluated
        }
        depth += 1
        defer { depth -= 1 }
        if let reference = schema.reference {
            if let target = schema.resolve(reference) {
                evaluated.merge(follow(target, instance))
            } else {
                add("$ref", "the schema '\(reference)' does not exist")
            }
        }
        checkAnyType(schema, instance)
        switch instance.content {
        case .null, .bool: break
        case .number(let number): check(schema, number)
        case .string(let text): check(schema, text)
        case .array(let elements): check(schema, elements, &evaluated)
        case .object(let members): check(schema, members, &evaluated)
        }
        combine(schema, instance, &evaluated)
        switch instance.content {
        case .array(let elements): checkUnevaluated(schema, elements, &evaluated)
        case .object(let members): checkUnevaluated(schema, members, &evaluated)
        default: break
        }
        return evaluated
    }

    private mutating func evaluate(
        _ schema: JSONSchema, _ instance: Instance, at step: SchemaViolation.Step
    ) {
        location.append(step)
        _ = evaluate(schema, instance)
        location.removeLast()
    }

    /// The result for an instance if it is valid, otherwise `nil`. It adds nothing to ``report``.
    private func attempt(_ schema: JSONSchema, _ instance: Instance) -> Evaluated? {
        var attempt = Validation(attemptIn: self)
        let evaluated = attempt.evaluate(schema, instance)
        return attempt.faultCount == 0 ? evaluated : nil
    }

    /// Validates an instance against the target of a reference, unless the result is known.
    private mutating func follow(_ schema: JSONSchema, _ instance: Instance) -> Evaluated {
        switch answers[schema, instance] {
        case .pending:
            add("$ref", "the schema refers to itself without end")
            return Evaluated()
        case .known(let evaluated, let isValid, let isTold) where isValid || isTold || isAttempt:
            if !isValid { faultCount += 1 }
            return evaluated
        case .known, nil: break
        }
        answers[schema, instance] = .pending
        let before = faultCount
        let evaluated = evaluate(schema, instance)
        answers[schema, instance] = .known(evaluated, isValid: faultCount == before, isTold: !isAttempt)
        return evaluated
    }

    // MARK: Values of one type

    private mutating func checkAnyType(_ schema: JSONSchema, _ instance: Instance) {
        if let types = schema.types, !types.contains(where: { instance.isOf(type: $0) }) {
            let only = types.count == 1 ? types[0] : nil
            add("type", "value is not of the type \(types.joined(separator: " or "))", type: only)
        }
        if let values = schema.enumeration, !values.contains(instance.value) {
            add("enum", "value is not one of \(values.map(\.text).joined(separator: ", "))")
        }
        if let constant = schema.constant, constant != instance.value { add("const", "value is not \(constant.text)") }
    }

    private mutating func check(_ schema: JSONSchema, _ number: JSONNumber) {
        if let divisor = schema.multipleOf, !number.isMultiple(of: divisor) {
            add("multipleOf", "ensure this value is a multiple of \(divisor)")
        }
        if let bound = schema.minimum, number < bound {
            add("minimum", "ensure this value is greater than or equal to \(bound)")
        }
        if let bound = schema.maximum, number > bound {
            add("maximum", "ensure this value is less than or equal to \(bound)")
        }
        if let bound = schema.exclusiveMinimum, number <= bound {
            add("exclusiveMinimum", "ensure this value is greater than \(bound)")
        }
        if let bound = schema.exclusiveMaximum, number >= bound {
            add("exclusiveMaximum", "ensure this value is less than \(bound)")
        }
    }

    private mutating func check(_ schema: JSONSchema, _ text: String) {
        if schema.minLength != nil || schema.maxLength != nil {
            let length = text.unicodeScalars.count
            if let bound = schema.minLength, length < bound {
                add("minLength", "ensure this value has at least \(bound) characters")
            }
            if let bound = schema.maxLength, length > bound {
                add("maxLength", "ensure this value has at most \(bound) characters")
            }
        }
        if let pattern = schema.pattern, !pattern.expression.matches(text) {
            add("pattern", "string does not match regex \"\(pattern.source)\"")
        }
        if let format = schema.format, !format.admits(text) { add("format", "value is not \(format.description)") }
    }

    private mutating func check(_ schema: JSONSchema, _ elements: [Instance], _ evaluated: inout Evaluated) {
        for (index, element) in elements.enumerated() {
            guard let item = index < schema.prefixItems.count ? schema.prefixItems[index] : schema.items else {
                continue
            }
            evaluate(item, element, at: .index(index))
            evaluated.indices.insert(index)
        }
        if let contained = schema.contains {
            let matches = elements.indices.filter { attempt(contained, elements[$0]) != nil }
            evaluated.indices.formUnion(matches)
            let least = schema.minContains ?? 1
            if matches.count < least {
                add("contains", "ensure this value has at least \(least) items of the kind asked for")
            }
            if let most = schema.maxContains, matches.count > most {
                add("maxContains", "ensure this value has at most \(most) items of the kind that is limited")
            }
        }
        if let bound = schema.minItems, elements.count < bound {
            add("minItems", "ensure this value has at least \(bound) items")
        }
        if let bound = schema.maxItems, elements.count > bound {
            add("maxItems", "ensure this value has at most \(bound) items")
        }
        if schema.uniqueItems, Set(elements.map(\.value)).count < elements.count {
            add("uniqueItems", "the list has duplicated items")
        }
    }

    private mutating func check(
        _ schema: JSONSchema, _ members: [(name: String, value: Instance)], _ evaluated: inout Evaluated
    ) {
        for (name, value) in members {
            var isKnown = false
            if let property = schema.properties[name] {
                evaluate(property, value, at: .name(name))
                isKnown = true
            }
            for (pattern, property) in schema.patternProperties where pattern.expression.matches(name) {
                evaluate(property, value, at: .name(name))
                isKnown = true
            }
            if !isKnown, let additional = schema.additionalProperties {
                evaluate(additional, of: "additionalProperties", value, name)
                isKnown = true
            }
            if isKnown { evaluated.names.insert(name) }
            if let names = schema.propertyNames { checkName(name, names) }
        }
        let names = Set(members.map(\.name))
        require(schema.required, among: names)
        for (name, required) in schema.dependentRequired where names.contains(name) { require(required, among: names) }
        if let bound = schema.minProperties, names.count < bound {
            add("minProperties", "ensure this value has at least \(bound) members")
        }
        if let bound = schema.maxProperties, names.count > bound {
            add("maxProperties", "ensure this value has at most \(bound) members")
        }
    }

    private mutating func checkName(_ name: String, _ schema: JSONSchema) {
        // A name is not part of the value, so there are no known results for it.
        var validation = Validation()
        validation.depth = depth
        validation.location = location + [.name(name)]
        _ = validation.evaluate(schema, Instance(JSONValue(name)))
        let room = max(SchemaReport.maximumCount - report.violations.count, 0)
        report.violations += validation.report.violations.prefix(room)
        report.count += validation.report.count
        faultCount += validation.faultCount
    }

    private mutating func require(_ required: [String], among names: Set<String>) {
        for name in required where !names.contains(name) {
            location.append(.name(name))
            add("required", "field required")
            location.removeLast()
        }
    }

    // MARK: Schemas of schemas

    private mutating func combine(_ schema: JSONSchema, _ instance: Instance, _ evaluated: inout Evaluated) {
        for part in schema.allOf { evaluated.merge(evaluate(part, instance)) }
        if !schema.anyOf.isEmpty {
            let seen = schema.anyOf.compactMap { attempt($0, instance) }
            if seen.isEmpty { add("anyOf", "value fits none of the alternatives") }
            seen.forEach { evaluated.merge($0) }
        }
        if !schema.oneOf.isEmpty {
            let seen = schema.oneOf.compactMap { attempt($0, instance) }
            if seen.isEmpty { add("oneOf", "value fits none of the alternatives") }
            if seen.count > 1 { add("oneOf", "value fits more than one of the alternatives") }
            seen.forEach { evaluated.merge($0) }
        }
        if let excluded = schema.not, attempt(excluded, instance) != nil {
            add("not", "value is of a kind that is excluded")
        }
        if let condition = schema.condition {
            if let seen = attempt(condition, instance) {
                evaluated.merge(seen)
                if let consequence = schema.consequence { evaluated.merge(evaluate(consequence, instance)) }
            } else if let alternative = schema.alternative {
                evaluated.merge(evaluate(alternative, instance))
            }
        }
        if case .object(let members) = instance.content {
            for (name, dependent) in schema.dependentSchemas where members.contains(where: { $0.name == name }) {
                evaluated.merge(evaluate(dependent, instance))
            }
        }
    }

    private mutating func checkUnevaluated(
        _ schema: JSONSchema, _ elements: [Instance], _ evaluated: inout Evaluated
    ) {
        guard let rest = schema.unevaluatedItems else { return }
        for (index, element) in elements.enumerated() where !evaluated.indices.contains(index) {
            evaluate(rest, element, at: .index(index))
            evaluated.indices.insert(index)
        }
    }

    private mutating func checkUnevaluated(
        _ schema: JSONSchema, _ members: [(name: String, value: Instance)], _ evaluated: inout Evaluated
    ) {
        guard let rest = schema.unevaluatedProperties else { return }
        for (name, value) in members where !evaluated.names.contains(name) {
            evaluate(rest, of: "unevaluatedProperties", value, name)
            evaluated.names.insert(name)
        }
    }

    /// Evaluates a member for which the schema has no property.
    private mutating func evaluate(_ schema: JSONSchema, of keyword: String, _ value: Instance, _ name: String) {
        guard schema.truth == false else { return evaluate(schema, value, at: .name(name)) }
        location.append(.name(name))
        add(keyword, "extra fields not permitted")
        location.removeLast()
    }
}
