/// The violations of a schema in a value.
public struct SchemaReport: Sendable, Hashable {
    /// The maximum number of violations that are kept.
    public static let maximumCount = 100

    /// The first violations.
    public internal(set) var violations: [SchemaViolation] = []
    /// The number of violations, including those that are not in ``violations``.
    public internal(set) var count = 0
}

/// One violation of a schema in a value.
public struct SchemaViolation: Sendable, Hashable {
    /// A step of a location.
    public enum Step: Sendable, Hashable {
        /// The name of a member.
        case name(String)
        /// An index, from 0.
        case index(Int)
    }

    /// The path from the value to the violation.
    public var location: [Step]
    /// The keyword that the value violates.
    public var keyword: String
    /// For the keyword `type`, the required type if there is only one.
    public var type: String?
    /// A sentence for people.
    public var message: String
}
