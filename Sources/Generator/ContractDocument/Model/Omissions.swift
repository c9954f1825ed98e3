/// The parts of a document to leave out. The parser does not report faults in them.
public struct Omissions: Sendable {
    /// Whether an operation is left out.
    public var omitsOperation: @Sendable (OperationLabel) -> Bool = { _ in false }
    /// The component schemas to leave out. A reference to one of them is an error.
    public var schemas: Set<String> = []
    /// The component schemas to read as empty schemas, which accept any value.
    public var openSchemas: Set<String> = []

    /// Omissions that leave out nothing.
    public init() {}
}

/// The properties by which a configuration selects an operation.
public struct OperationLabel: Sendable, Hashable {
    /// `operationId`
    public var id: String?
    /// The names of the operation's tags.
    public var tags: [String]
    /// The template of the operation's path.
    public var template: String
}
