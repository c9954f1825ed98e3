package import YAML

/// The members of an object of the document.
struct Fields {
    let node: YAMLNode
    /// All members but extensions (`x-…`).
    let members: [(name: String, key: YAMLNode, value: YAMLNode)]

    subscript(_ name: String) -> YAMLNode? { members.first { $0.name == name }?.value }
}

extension DocumentParser {
    /// Reads an object, warning of members that the specification does not know.
    ///
    /// - Parameters:
    ///   - what: what the object is, for messages: `a parameter`.
    ///   - known: the names that the specification knows; `nil` where names are data.
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
            if let known, !known.contains(name) {
                var warning = Diagnostic(.warning, "\(what) has no '\(name)' in OpenAPI", at: key.position)
                if let near = NearMiss.nearest(to: name, among: known.sorted()) {
                    warning = warning.noting("there is '\(near)'")
                }
                say(warning)
            }
            members.append((name, key, value))
        }
        return Fields(node: node, members: members)
    }

    mutating func required(_ name: String, of fields: Fields, _ what: String) -> YAMLNode? {
        if let node = fields[name] { return node }
        error("\(what) lacks '\(name)'", at: fields.node.position)
        return nil
    }

    mutating func string(_ node: YAMLNode?) -> String? {
        guard let node else { return nil }
        guard let text = node.string else {
            error("expecting a string, not \(node.kind); quote it if it is meant to be one", at: node.position)
            return nil
        }
        return text
    }

    mutating func bool(_ node: YAMLNode?) -> Bool? {
        guard let node else { return nil }
        guard case .scalar(.bool(let value)) = node.content else {
            error("expecting true or false, not \(node.kind)", at: node.position)
            return nil
        }
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
    /// The text of a key: status codes and the like are often written as numbers.
    package var name: String? {
        switch content {
        case .scalar(.string(let text)), .scalar(.int(let text)), .scalar(.float(let text)): text
        case .scalar(.bool(let value)): "\(value)"
        default: nil
        }
    }
}
