import JSON
import JSONSchema
import OpenAPIDocument
import YAML

// Numbers, strings and enumerations.

extension SchemaPlanner {
    mutating func integer(_ content: Schema.Content, _ checked: inout Set<String>) -> Shape {
        checked.formUnion(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"])
        var constraints = IntegerConstraints()
        func raise(_ bound: Int?) { if let bound { constraints.minimum = max(constraints.minimum ?? bound, bound) } }
        func lower(_ bound: Int?) { if let bound { constraints.maximum = min(constraints.maximum ?? bound, bound) } }
        raise(content.minimum?.int)
        lower(content.maximum?.int)
        // Bounds that are no integers of 64 bits are left to the validator.
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

    /// The formats of integers that bound them.
    static let integerFormats: [String: ClosedRange<Int>] = [
        "int8": -0x80...0x7F, "int16": -0x8000...0x7FFF, "int32": -0x8000_0000...0x7FFF_FFFF, "int64": .min ... .max,
        "uint8": 0...0xFF, "uint16": 0...0xFFFF, "uint32": 0...0xFFFF_FFFF, "uint64": 0 ... .max,
    ]

    /// The formats of numbers that are checked: all JSON numbers read are doubles.
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
                type: format.flatMap { Configuration.Format(rawValue: $0.rawValue) }
                    .flatMap { formats.contains($0) ? $0.type : nil }))
    }

    /// Formats of OpenAPI that constrain nothing.
    private static let freeFormats: Set<String> = ["password", "binary"]

    private mutating func warnOfUnknownFormat(_ content: Schema.Content) {
        guard let format = content.format, !Self.freeFormats.contains(format) else { return }
        warn(content.position(of: "format"), "the format '\(format)' is not checked")
    }

    // MARK: Enumerations

    /// `enum` and `const`.
    mutating func enumeration(
        _ content: Schema.Content, _ name: String, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape {
        var content = content
        // What other keywords exclude is not offered.
        let others = Self.schema(content, except: content.constant == nil ? ["format", "enum"] : ["format"])
        let values = (content.constant.map { [$0] } ?? content.enumeration ?? []).filter { others?.admits($0) ?? true }
        if values.isEmpty {
            return refuse(content.position(of: content.constant == nil ? "enum" : "const"), "no value is valid here")
        }
        let scalars: Set<String> = [
            "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
            "exclusiveMaximum", "multipleOf",
        ]
        let texts = values.compactMap(\.stringValue)
        if texts.count == values.count {
            checked.formUnion(scalars)
            if content.constant != nil { return .constant(texts[0]) }
            return declare(name, content, isComponent: isComponent) { _, _ in
                .enumeration(cases: SwiftName.cases(texts))
            }
        }
        let numbers = values.compactMap(\.intValue)
        if content.constant == nil, numbers.count == values.count {
            checked.formUnion(scalars)
            let names = SwiftName.cases(numbers.map { $0 < 0 ? "minus\($0.magnitude)" : "\($0)" })
            let cases = zip(names, numbers).map { ($0.name, $1) }
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

    /// A schema as what it says of JSON values; `nil` if it says something that is refused elsewhere.
    private static func schema(_ content: Schema.Content, except names: Set<String>) -> JSONSchema? {
        try? JSONSchema(content.json { !names.contains($0) })
    }
}
