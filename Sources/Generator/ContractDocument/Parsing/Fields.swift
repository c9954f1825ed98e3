import ContractYAML
import Diagnostics

/// The members of an object in the document.
struct Fields {
    let node: YAMLNode
    /// All members except extensions (`x-…`).
    let members: [(name: String, key: YAMLNode, value: YAMLNode)]

    subscript(_ name: String) -> YAMLNode? { members.first { $0.name == name }?.value }
}

extension DocumentParser {
    /// The members of an object. It warns about members that the specification does not define.
    ///
    /// - Parameters:
    ///   - what: the kind of the object with an article, for messages: `a parameter`.
    ///   - known: the names that the specification defines; `nil` for objects whose names the author chooses.
    mutating func fields(_ node: YAMLNode, _ what: String, known: Set<String>?) -> Fields? {
        guard let mapping = node.mapping else {
            error("\(what) is an object, not \(node.kind)", at: node.position)
            return nil
        }
        var members: [(name: String, key: YAMLNode, value: YAMLNode)] = []
        for (key, value) in mapping {
            guard let name = key.name else {
                error("the name of a member is a string, not \(key.kind)", at: key.position)
                continue
            }
            if known != nil, name.hasPrefix("x-") { continue }
            if value.isNull, !Self.nullableMembers.contains(name) || known == nil {
                warn("'\(name)' has no value", .empty, at: key.position)
                // If the author chose the name, it counts even without a value. A keyword without a value counts as
                // absent.
                if known == nil { members.append((name, key, YAMLNode(content: .mapping([]), position: key.position))) }
                continue
            }
            if let known, !known.contains(name) {
                var warning = Diagnostic(
                    .warning, "\(what) has no '\(name)' in OpenAPI", kind: .keyword, at: key.position)
                if let near = NearMiss.nearest(to: name, among: known.sorted()) {
                    warning = warning.noting("there is '\(near)'")
                }
                say(warning)
            }
            members.append((name, key, value))
        }
        return Fields(node: node, members: members)
    }

    /// The members that can be `null`, or for which `null` is the name of a type.
    private static let nullableMembers: Set<String> = ["default", "const", "example", "value", "type", "externalValue"]

    mutating func required(_ name: String, of fields: Fields, _ what: String) -> YAMLNode? {
        if let node = fields[name] { return node }
        error("\(what) lacks '\(name)'", at: fields.node.position)
        return nil
    }

    mutating func string(_ node: YAMLNode?) -> String? {
        guard let node else { return nil }
        if let text = node.string { return text }
        guard let text = node.name else {
            error("expecting a string, not \(node.kind)", at: node.position)
            return nil
        }
        warn("expecting a string, not \(node.kind), which counts as the text '\(text)'", .text, at: node.position)
        return text
    }

    mutating func bool(_ node: YAMLNode?) -> Bool? {
        guard let node else { return nil }
        if case .scalar(.bool(let value)) = node.content { return value }
        guard let text = node.string, let value = Bool(text) else {
            error("expecting true or false, not \(node.kind)", at: node.position)
            return nil
        }
        warn("expecting true or false, not a string, which counts as \(value)", .text, at: node.position)
        return value
    }

    mutating func sequence(_ node: YAMLNode?) -> [YAMLNode]? {
        guard let node else { return nil }
        guard let elements = node.sequence else {
            error("expecting a list, not \(node.kind)", at: node.position)
            return nil
        }
        return elements
    }

    mutating func strings(_ node: YAMLNode?) -> [String] {
        (sequence(node) ?? []).compactMap { string($0) }
    }
}

extension YAMLNode {
    var isNull: Bool {
        if case .scalar(.null) = content { true } else { false }
    }
}
