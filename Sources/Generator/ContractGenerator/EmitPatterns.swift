import ContractJSON
import ContractPattern

// The regular expressions, validators and default values that decoders refer to.

extension Plan {
    /// `Patterns.swift`: a regular expression for a character class becomes a loop over bytes, and all others use the
    /// engine. Validators and default values follow.
    func patternTable() -> String {
        file("Patterns") { swift in
            swift.block("enum Patterns") { swift in
                for (number, source) in patterns.enumerated() { swift.pattern(number, source) }
            }
            if !validators.isEmpty {
                swift.line()
                swift.validators(validators, validatedComponents)
            }
            if !defaults.isEmpty {
                swift.line()
                swift.defaults(defaults)
            }
        }
    }
}

extension SwiftWriter {
    fileprivate mutating func validators(_ schemas: [JSONValue], _ components: [(name: String, schema: JSONValue)]) {
        documentation("What the types do not say, as schemas that JSON values are held against.")
        block("enum Validators") { swift in
            let arguments = components.isEmpty ? "" : ", resolve: component"
            for (number, schema) in schemas.enumerated() {
                swift.line(
                    "static let schema\(number) = ContractRuntime.JSONSchema(checked: \(schema.text.rawLiteral)\(arguments))"
                )
            }
            guard !components.isEmpty else { return }
            swift.line()
            swift.line("private static let components: [String: ContractRuntime.JSONSchema] = [")
            for (name, schema) in components {
                let reference = JSONValue.componentPrefix + name.replacing("~", with: "~0").replacing("/", with: "~1")
                swift.line(
                    "    \(reference.literal): ContractRuntime.JSONSchema(checked: \(schema.text.rawLiteral), resolve: component),"
                )
            }
            swift.line("]")
            swift.line()
            swift.block("@Sendable private static func component(_ reference: String) -> ContractRuntime.JSONSchema?") {
                swift in
                swift.line("components[reference]")
            }
        }
    }

    fileprivate mutating func defaults(_ defaults: [(shape: Shape, value: JSONValue)]) {
        documentation("The values of absent members that are no literals.")
        block("enum Defaults") { swift in
            for (number, item) in defaults.enumerated() {
                swift.block(
                    "static let value\(number): \(item.shape.swiftType) = ContractRuntime.decodeDefault(\(item.value.text.rawLiteral))"
                ) { swift in
                    swift.line("json, problems throws(ContractRuntime.JSONError) in")
                    swift.line("try \(item.shape.jsonDecoding)")
                }
            }
        }
    }
}

extension SwiftWriter {
    fileprivate mutating func pattern(_ number: Int, _ source: String) {
        let name = "static let pattern\(number)"
        documentation("`\(source)`")
        if let repetition = (try? ECMAPattern(source))?.characterClassRepetition {
            block("\(name) = ContractRuntime.Pattern(\(source.literal))") { swift in swift.byteLoop(repetition) }
        } else {
            line("\(name) = ContractRuntime.Pattern(checked: \(source.literal))")
        }
        line()
    }

    fileprivate mutating func byteLoop(_ repetition: CharacterClassRepetition) {
        line("string in")
        let ranges = repetition.ranges.map { range in
            range.count == 1 ? range.lowerBound.hex : "\(range.lowerBound.hex)...\(range.upperBound.hex)"
        }
        var bounds: [String] = []
        if repetition.minimum == 1 {
            bounds.append("!string.isEmpty")
        } else if repetition.minimum > 1 {
            bounds.append("string.utf8.count >= \(repetition.minimum)")
        }
        if let maximum = repetition.maximum { bounds.append("string.utf8.count <= \(maximum)") }
        if !bounds.isEmpty { line("guard \(bounds.joined(separator: ", ")) else { return false }") }
        block("for byte in string.utf8") { swift in
            swift.line("switch byte {")
            swift.line("case \(ranges.joined(separator: ", ")): continue")
            swift.line("default: return false")
            swift.line("}")
        }
        line("return true")
    }
}

extension UInt8 {
    fileprivate var hex: String { "0x" + (self < 16 ? "0" : "") + String(self, radix: 16, uppercase: true) }
}
