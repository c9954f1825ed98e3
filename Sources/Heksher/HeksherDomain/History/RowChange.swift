/// A row of the tables that a committed transaction has added, changed or removed, as it was before. `migrations/0006_history.sql` lists
/// the kinds.
public struct RowChange: Sendable, Hashable {
    /// The kind of a row, and of its change.
    public enum Kind: String, Sendable {
        /// A setting that was added or changed.
        case setting = "s"
        /// A setting that was deleted.
        case deletedSetting = "x"
        /// A setting that was renamed, under its old name. ``RowChange/part`` is the new one.
        case renaming = "n"
        /// A setting that was renamed, under its new name. ``RowChange/part`` is the old one.
        case renamed = "N"
        /// A configurable feature of a setting.
        case configurable = "c"
        /// A metadata key of a setting.
        case settingMetadata = "m"
        /// An alias.
        case alias = "a"
        /// A rule that was added or changed. ``RowChange/part`` is its former setting, if it has another one now.
        case rule = "r"
        /// The former setting of a rule that was moved to another setting.
        case movedRule = "R"
        /// A rule that was deleted.
        case deletedRule = "e"
        /// A condition of a rule.
        case condition = "d"
        /// A metadata key of a rule.
        case ruleMetadata = "t"
        /// A context feature.
        case contextFeature = "f"
        /// A table that was emptied. Its rows are recorded, too.
        case emptied = "z"
    }

    /// The ID of the change.
    public var change: Int
    /// The place in the sequence of all rows.
    public var number: Int
    /// The kind.
    public var kind: Kind
    /// The setting that the row belongs to.
    public var setting: String?
    /// The rule that the row belongs to.
    public var rule: Int?
    /// The key of the row within the setting or the rule; for a setting, its former version and type, joined by U+001F.
    public var part: String?
    /// The text of the row before the change, which can be empty; `nil` if the row was not there.
    public var before: String?
    /// The JSON of the row before the change, as text; `nil` if it has none, or one that is too large to be read.
    public var value: String?

    /// Creates a record of a row.
    public init(
        change: Int, number: Int, kind: Kind, setting: String? = nil, rule: Int? = nil, part: String? = nil,
        before: String? = nil, value: String? = nil
    ) {
        self.change = change
        self.number = number
        self.kind = kind
        self.setting = setting
        self.rule = rule
        self.part = part
        self.before = before
        self.value = value
    }
}
