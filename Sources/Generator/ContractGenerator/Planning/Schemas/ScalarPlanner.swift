import ContractDocument
import ContractJSON
import ContractSchema
import Diagnostics

// Numbers, strings and enumerations.

extension SchemaPlanner {
    mutating func integer(_ content: Schema.Content, _ checked: inout Set<String>) -> Shape {
        checked.formUnion(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"])
        if isUnsigned(content) { return unsigned(content, &checked) }
        var constraints = IntegerConstraints()
        func raise(_ bound: Int?) { if let bound { constraints.minimum = max(constraints.minimum ?? bound, bound) } }
        func lower(_ bound: Int?) { if let bound { constraints.maximum = min(constraints.maximum ?? bound, bound) } }
        raise(content.minimum?.int)
        lower(content.maximum?.int)
        // The validator checks bounds that are not 64-bit integers.
        for (keyword, bound) in [("minimum", content.minimum), ("maximum", content.maximum)]
        where bound != nil && bound?.int == nil { checked.remove(keyword) }
        if let bound = content.exclusiveMinimum {
            if let int = bound.int, int < .max { raise(int + 1) } else { checked.remove("exclusiveMinimum") }
        }
        if let bound = content.exclusiveMaximum {
            if let int = bound.int, int > .min { lower(int - 1) } else { checked.remove("exclusiveMaximum") }
        }
        if let divisor = divisor(content)?.int {
            constraints.multipleOf = divisor
            checked.insert("multipleOf")
        }
        if let format = content.format {
            if let bits = Self.integerFormats[format] {
                raise(bits.lowerBound == .min ? nil : bits.lowerBound)
                lower(bits.upperBound == .max ? nil : bits.upperBound)
            } else {
                warnOfUnknownFormat(content)
            }
        }
        return .integer(constraints)
    }

    /// Whether no value is negative, and some values can be greater than `Int.max`.
    private func isUnsigned(_ content: Schema.Content) -> Bool {
        let zero = JSONNumber(0)
        let greatest = JSONNumber(Int.max)
        if let bound = content.maximum ?? content.exclusiveMaximum, bound <= greatest { return false }
        if content.format == "uint64" { return true }
        guard content.format == nil, let maximum = content.maximum ?? content.exclusiveMaximum, maximum > greatest
        else { return false }
        return (content.minimum ?? content.exclusiveMinimum).map { zero <= $0 } ?? false
    }

    private mutating func unsigned(_ content: Schema.Content, _ checked: inout Set<String>) -> Shape {
        // The validator checks bounds that are not unsigned 64-bit integers, except for negative minimums.
        var constraints = UnsignedConstraints(minimum: content.minimum?.uint64, maximum: content.maximum?.uint64)
        if let bound = content.minimum, constraints.minimum == nil, JSONNumber(0) < bound { checked.remove("minimum") }
        if content.maximum != nil, constraints.maximum == nil { checked.remove("maximum") }
        if content.exclusiveMinimum != nil { checked.remove("exclusiveMinimum") }
        if content.exclusiveMaximum != nil { checked.remove("exclusiveMaximum") }
        if let divisor = divisor(content)?.uint64 {
            constraints.multipleOf = divisor
            checked.insert("multipleOf")
        }
        return .unsigned(constraints)
    }

    /// The formats of integers, with their ranges. `uint64` is here as far as `Int` can represent it.
    static let integerFormats: [String: ClosedRange<Int>] = [
        "int8": -0x80...0x7F, "int16": -0x8000...0x7FFF, "int32": -0x8000_0000...0x7FFF_FFFF, "int64": .min ... .max,
        "uint8": 0...0xFF, "uint16": 0...0xFFFF, "uint32": 0...0xFFFF_FFFF, "uint64": 0 ... .max,
    ]

    /// Formats of numbers that need no check, because every number is decoded as a `Double`.
    static let numberFormats: Set<String> = ["float", "double"]

    mutating func number(_ content: Schema.Content, _ checked: inout Set<String>) -> Shape {
        checked.formUnion(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"])
        _ = divisor(content)
        var constraints = NumberConstraints(
            minimum: content.minimum?.text, maximum: content.maximum?.text,
            exclusiveMinimum: content.exclusiveMinimum?.text, exclusiveMaximum: content.exclusiveMaximum?.text)
        if content.format == "float" {
            let greatest = "\(Float.greatestFiniteMagnitude)"
            if constraints.minimum == nil { constraints.minimum = "-\(greatest)" }
            if constraints.maximum == nil { constraints.maximum = greatest }
        } else if content.format != nil, content.format != "double" {
            warnOfUnknownFormat(content)
        }
        return .number(constraints)
    }

    private mutating func divisor(_ content: Schema.Content) -> JSONNumber? {
        guard let divisor = content.multipleOf else { return nil }
        if divisor <= JSONNumber(0) || divisor.significantDigits > JSONNumber.maximumDivisorDigits {
            refuse(
                content.position(of: "multipleOf"),
                "'multipleOf' is a positive number of \(JSONNumber.maximumDivisorDigits) digits at most, not \(divisor.text)"
            )
            return nil
        }
        return divisor
    }

    mutating func string(_ content: Schema.Content, _ checked: inout Set<String>) -> Shape {
        checked.formUnion(["pattern", "minLength", "maxLength", "format"])
        let format = content.format.flatMap(StringFormat.init(rawValue:))
        if format == nil { warnOfUnknownFormat(content) }
        return .string(
            StringConstraints(
                pattern: pattern(content.pattern, at: content.position(of: "pattern")),
                minLength: content.minLength ?? 0, maxLength: content.maxLength, format: format,
                parsedFormat: format.flatMap { Configuration.Format(rawValue: $0.rawValue) }
                    .flatMap { formats.contains($0) ? $0 : nil }))
    }

    /// OpenAPI's formats without constraints.
    static let freeFormats: Set<String> = ["password", "binary"]

    private mutating func warnOfUnknownFormat(_ content: Schema.Content) {
        guard let format = content.format, !Self.freeFormats.contains(format) else { return }
        warn(content.position(of: "format"), .format, "the format '\(format)' is not checked")
    }

    // MARK: Enumerations

    /// `enum` and `const`.
    mutating func enumeration(
        _ content: Schema.Content, _ name: TypeNaming, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape {
        var content = content
        // Leave out values that other keywords exclude.
        let others = Self.schema(content, except: content.constant == nil ? ["format", "enum"] : ["format"])
        var values = (content.constant.map { [$0] } ?? content.enumeration ?? []).filter { others?.admits($0) ?? true }
        values = unique(values, at: content.position(of: "enum"))
        if values.isEmpty {
            let keyword = content.constant == nil ? "enum" : "const"
            warn(
                content.position(of: keyword), .unsatisfiable,
                "no value is valid here; the other keywords are not checked")
            values = unique(
                content.constant.map { [$0] } ?? content.enumeration ?? [], at: content.position(of: keyword))
            checked.formUnion(content.assertions)
            content.types = []
            if values.isEmpty { return .any }
        }
        let scalars: Set<String> = [
            "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
            "exclusiveMaximum", "multipleOf",
        ]
        let texts = values.compactMap(\.stringValue)
        if texts.count == values.count {
            checked.formUnion(scalars)
            if content.constant != nil { return .constant(texts[0]) }
            return declare(name, content, isComponent: isComponent) { planner, _ in
                .enumeration(cases: planner.cases(texts, at: content.position(of: "enum")))
            }
        }
        let numbers = values.compactMap(\.intValue)
        if content.constant == nil, numbers.count == values.count {
            checked.formUnion(scalars)
            // Different integers get different names, so there are no collisions.
            let cases = numbers.map { (SwiftName.lowerCamelCase($0 < 0 ? "minus\($0.magnitude)" : "\($0)"), $0) }
            return declare(name, content, isComponent: isComponent) { _, _ in .integerEnumeration(cases: cases) }
        }
        let types = Set(values.map(\.type))
        content.constant = nil
        content.enumeration = nil
        guard let type = types == [.integer, .number] ? .number : types.count == 1 ? types.first : nil else {
            return .any
        }
        return shape(of: content, type: type, name, isComponent, &checked)
    }

    /// The values without repeats. It adds a warning for each repeat.
    private mutating func unique(_ values: [JSONValue], at position: SourcePosition) -> [JSONValue] {
        var seen: Set<String> = []
        return values.filter { value in
            let isNew = seen.insert(value.text).inserted
            if !isNew { warn(position, .duplicate, "the value \(value.text) stands here twice") }
            return isNew
        }
    }

    /// The cases of an enumeration of strings.
    private mutating func cases(_ values: [String], at position: SourcePosition) -> [(name: String, value: String)] {
        var scope = NameScope()
        let names = scope.claim(values.map { .lower($0, at: position) })
        add(scope.notes)
        return zip(names, values).map { (SwiftName.escaped($0), $1) }
    }

    /// The schema without some keywords; `nil` if it contains something that is refused elsewhere.
    private static func schema(_ content: Schema.Content, except names: Set<String>) -> JSONSchema? {
        try? JSONSchema(content.json { !names.contains($0) })
    }
}
