/// A node of a YAML document, with aliases replaced by what they stand for.
public struct YAMLNode: Sendable {
    public enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        /// In the document's order; no key comes twice.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    public var content: Content
    /// Where the node begins.
    public var position: SourcePosition

    public init(content: Content, position: SourcePosition) {
        self.content = content
        self.position = position
    }
}

/// A scalar, resolved by the core schema of YAML 1.2 (§10.3.2): of plain scalars `null`, `~` and nothing are null, `true` and
/// `false` booleans, decimal, `0o` and `0x` numbers integers; `no`, `on` and `1:30` are strings, as is whatever is quoted.
public enum YAMLScalar: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A number by its text; `.inf` and `.nan` are floats as well.
    case int(String)
    case float(String)
    case string(String)
}

extension YAMLNode {
    /// The text of a string.
    public var string: String? {
        if case .scalar(.string(let text)) = content { text } else { nil }
    }

    public var mapping: [(key: YAMLNode, value: YAMLNode)]? {
        if case .mapping(let members) = content { members } else { nil }
    }

    public var sequence: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// What the node is, for messages: `a mapping`.
    public var kind: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a sequence"
        case .scalar(.null): "null"
        case .scalar(.bool): "a boolean"
        case .scalar(.int), .scalar(.float): "a number"
        case .scalar(.string): "a string"
        }
    }
}
