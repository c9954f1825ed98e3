/// One way in which a value breaks a schema.
public struct SchemaViolation: Sendable, Hashable {
    /// A step from the value to the offending member.
    public enum Step: Sendable, Hashable {
        case name(String)
        /// Counted from zero.
        case index(Int)
    }

    /// The way from the value to what is wrong.
    public var location: [Step]
    /// The keyword that is broken.
    public var keyword: String
    /// For `type`: the type asked for, if it is one.
    public var type: String?
    /// A sentence for people.
    public var message: String
}
