import ContractDocument
import ContractJSON
import ContractYAML
// Any text is a YAML document, or is refused with a position. Writing a document as JSON and reading that as YAML gives
// the same JSON.
import Fuzzing

extension YAMLNode {
    /// Whether libyaml, which implements YAML 1.1, can read the node's JSON: it refuses keys of a thousand characters,
    /// treats three more characters as line breaks, and needs escapes for others.
    var isPlainJSON: Bool {
        switch content {
        case .scalar(let scalar): scalar.isPlainJSON
        case .sequence(let elements): elements.allSatisfy(\.isPlainJSON)
        case .mapping(let members):
            members.allSatisfy { key, value in
                (key.string?.utf8.count ?? .max) <= 160 && key.isPlainJSON && value.isPlainJSON
            }
        }
    }
}

extension YAMLScalar {
    var isPlainJSON: Bool {
        guard case .string(let text) = self else { return true }
        return text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x85, 0x2028, 0x2029, 0xFEFF: false
            case 0x7F...0x9F, 0xFFFE, 0xFFFF: false
            default: true
            }
        }
    }
}

fuzz { text in
    let node: YAMLNode
    do throws(YAMLError) {
        node = try YAMLNode(parsing: text)
    } catch {
        // Counts also the line breaks that only libyaml recognizes.
        let lines = text.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") || $0 >= 0x80 } + 2
        expect((1...lines).contains(error.position.line) && error.position.column > 0, "\(error)")
        expect(!error.message.isEmpty)
        return
    }
    guard node.isPlainJSON else { return }
    let json = node.jsonValue
    do {
        _ = try JSONValue(parsing: Array(json.bytes), maximumDepth: .max)
        let again = try YAMLNode(parsing: Array(json.bytes)).jsonValue
        expect(again.bytes == json.bytes, "\(json) became \(again)")
    } catch {
        fatalError("\(json): \(error)")
    }
}
