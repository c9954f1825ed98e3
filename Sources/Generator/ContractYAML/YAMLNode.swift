public import Diagnostics

/// A node of a YAML document. Each alias has been replaced by the node of its anchor.
public struct YAMLNode: Sendable {
    /// The value of a node.
    public enum Content: Sendable {
        /// A value without parts.
        case scalar(YAMLScalar)
        /// A list of nodes.
        case sequence([YAMLNode])
        /// In the document's order, without repeated keys.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    /// The value of the node.
    public var content: Content
    /// The position of the node's first character.
    public var position: SourcePosition

    /// Creates a node.
    public init(content: Content, position: SourcePosition) {
        self.content = content
        self.position = position
    }
}

/// A scalar with its type by the core schema of YAML 1.2 (§10.3.2). Quoted scalars are strings. Of plain scalars,
/// `null`, `~` and the empty text are null; `true` and `false` are booleans; decimal, `0o` and `0x` numbers are
/// integers. `no`, `on` and `1:30` are strings.
public enum YAMLScalar: Sendable, Hashable {
    /// `null`, `~`, or an empty text.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number as its text. `.inf` and `.nan` are floats, too.
    case int(String)
    /// A number with a fraction or an exponent, as its text.
    case float(String)
    /// A quoted text, or any text that is nothing else.
    case string(String)
}

extension YAMLNode {
    /// The text of a string; `nil` for all other nodes.
    public var string: String? {
        if case .scalar(.string(let text)) = content { text } else { nil }
    }

    /// The members of a mapping; `nil` for all other nodes.
    public var mapping: [(key: YAMLNode, value: YAMLNode)]? {
        if case .mapping(let members) = content { members } else { nil }
    }

    /// The elements of a sequence; `nil` for all other nodes.
    public var sequence: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// The kind of the node with an article, for messages: `a mapping`.
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
