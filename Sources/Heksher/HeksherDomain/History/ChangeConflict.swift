/// A reason why a change cannot be undone, or why a document cannot be applied.
public struct ChangeConflict: Sendable, Hashable {
    /// The ID of the later change that conflicts; `nil` if no later change is to blame.
    public var change: Int?
    /// The setting; `nil` for context features.
    public var setting: String?
    /// The rule; `nil` if it is not about one rule.
    public var rule: Int?
    /// The reason, as a sentence.
    public var message: String

    /// Creates a conflict.
    public init(change: Int? = nil, setting: String?, rule: Int? = nil, message: String) {
        self.change = change
        self.setting = setting
        self.rule = rule
        self.message = message
    }
}
