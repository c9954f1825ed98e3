public import HeksherDomain

/// The state of a setting or rule that a client requires for its change. The store compares the stored state within the change's transaction,
/// after it has locked the setting.
public struct Precondition: Sendable {
    private let admitsSetting: @Sendable (Setting) -> Bool
    private let admitsRule: @Sendable (Rule) -> Bool

    /// - Parameters:
    ///   - admitsSetting: whether the stored setting is the one that the client expects.
    ///   - admitsRule: whether the stored rule is the one that the client expects.
    public init(
        admitsSetting: @escaping @Sendable (Setting) -> Bool, admitsRule: @escaping @Sendable (Rule) -> Bool
    ) {
        self.admitsSetting = admitsSetting
        self.admitsRule = admitsRule
    }

    /// - Throws: ``PreconditionFailed``.
    func check(_ setting: Setting) throws(PreconditionFailed) {
        if !admitsSetting(setting) { throw .setting(setting.name) }
    }

    /// - Throws: ``PreconditionFailed``.
    func check(_ id: Int, _ rule: Rule) throws(PreconditionFailed) {
        if !admitsRule(rule) { throw .rule(id) }
    }
}

/// The stored setting or rule is not the one that the client expects, and nothing has changed.
public enum PreconditionFailed: Error {
    /// The setting with this name has changed, or does not exist.
    case setting(String)
    /// The rule with this ID has changed.
    case rule(Int)
}
