import ECMAPattern

// The regular expressions of the contract.

extension Plan {
    /// `Patterns.swift`: character classes as loops over bytes, all else through an engine.
    func patternTable() -> String {
        var swift = SwiftWriter()
        swift.line("// Generated from the OpenAPI document of \(title.replacing("\n", with: " ")). Changes belong there.")
        swift.line()
        swift.line("import OpenAPIRuntime")
        swift.line()
        swift.block("enum Patterns") { swift in
            for (number, source) in patterns.enumerated() {
                let name = "static let pattern\(number)"
                swift.documentation("`\(source)`")
                if let repetition = (try? ECMAPattern(source))?.characterClassRepetition {
                    swift.block("\(name) = Pattern(\(source.literal))") { swift in swift.byteLoop(repetition) }
                } else {
                    swift.line("\(name) = Pattern(checked: \(source.literal))")
                }
                swift.line()
            }
        }
        return swift.text
    }
}

extension SwiftWriter {
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
