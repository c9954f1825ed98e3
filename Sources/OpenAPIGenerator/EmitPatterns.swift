import ECMAPattern

// The regular expressions of the contract.

extension Plan {
    /// `Patterns.swift`: character classes as loops over bytes, all else through an engine.
    func patternTable() -> String {
        SwiftWriter.file(of: title) { swift in
            swift.block("enum Patterns") { swift in
                for (number, source) in patterns.enumerated() { swift.pattern(number, source) }
            }
        }
    }
}

extension SwiftWriter {
    fileprivate mutating func pattern(_ number: Int, _ source: String) {
        let name = "static let pattern\(number)"
        documentation("`\(source)`")
        if let repetition = (try? ECMAPattern(source))?.characterClassRepetition {
            block("\(name) = Pattern(\(source.literal))") { swift in swift.byteLoop(repetition) }
        } else {
            line("\(name) = Pattern(checked: \(source.literal))")
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
