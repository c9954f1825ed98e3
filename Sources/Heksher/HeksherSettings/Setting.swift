public import ContractJSON
public import HeksherAPI
import HeksherDomain
import Synchronization

/// A setting that this program reads. It is declared in code, and can be read anywhere at any time.
///
/// ```swift
/// enum Limits {
///     static let cacheSize = Setting("cache_size", configurableBy: ["tenant", "user"], default: 10)
/// }
///
/// let size = Limits.cacheSize.value(for: ["tenant": "acme", "user": "ann"])
/// ```
///
/// Reading takes no lock, never fails and never waits. The value comes from the last known rules, which a ``SettingsReader`` keeps up to
/// date. If no rule applies, it is the service's default. Until the service has responded for the first time, it is the default in code.
public final class Setting<Value: SettingValue>: SettingProtocol {
    /// The setting's name in the service.
    public let name: String
    /// The context features that rules of the setting may have conditions on.
    public let configurableFeatures: [String]
    /// The value until the service has responded, and the default that is declared to the service.
    public let defaultValue: Value
    /// The declaration that the service compares with the stored setting.
    public let declaration: Schemas.SettingDeclaration

    @usableFromInline let ruleset: Published<Ruleset<Value>>
    let observers = Mutex(ChangeObservers<Value>())

    /// Creates a setting. A ``SettingsReader`` declares it later.
    ///
    /// - Parameters:
    ///   - name: letters, digits, `_`, `.` and `-`.
    ///   - configurableFeatures: at least one context feature; the service must know all of them.
    ///   - version: such as `1.0`. A changed declaration needs a higher one: a higher major number for changes that can break other
    ///     readers, such as a wider type.
    ///   - alias: the setting's previous name, if the declaration renames it.
    ///   - metadata: information for people; the service does not interpret it.
    public init(
        _ name: String, configurableBy configurableFeatures: [String], default defaultValue: Value,
        version: String = "1.0", alias: String? = nil, metadata: KeyValuePairs<String, JSONValue> = [:]
    ) {
        self.name = name
        self.configurableFeatures = configurableFeatures
        self.defaultValue = defaultValue
        declaration = Schemas.SettingDeclaration(
            name: name, configurableFeatures: configurableFeatures, type: Value.settingType,
            defaultValue: defaultValue.settingJSON,
            metadata: .init(metadata.map { ($0.key, $0.value) }) { _, last in last }, alias: alias, version: version)
        ruleset = Published(Ruleset(defaultValue))
    }

    /// The value in a context: that of the winning rule among those whose conditions all match, otherwise the default.
    @inlinable public func value(for context: SettingContext) -> Value {
        if Stubs.areInUse, let stub = Stubs.ruleset(of: self) { return stub.value(for: context) }
        return ruleset.read { $0.value(for: context) }
    }

    /// The value in the context of the task, ``SettingContext/current``.
    @inlinable public var value: Value { value(for: .current) }

    /// Replaces the rules and the default by those of the service's response, and then calls the observers.
    ///
    /// - Parameter features: the context features, the most general first.
    /// - Throws: ``UnreadableValue`` if a value does not fit `Value`. Then nothing changes.
    public func update(_ answer: Schemas.QueriedSetting, features: [String]) throws(UnreadableValue) {
        let new = try Ruleset(answer, of: self, features: features)
        let (old, observers) = observers.withLock { observers in
            let old = ruleset.read { $0 }
            ruleset.publish(new)
            return (old, observers.all)
        }
        for observer in observers { observer.tell(old, new) }
    }
}

extension Ruleset {
    fileprivate convenience init(
        _ answer: Schemas.QueriedSetting, of setting: Setting<Value>, features: [String]
    ) throws(UnreadableValue) {
        func read(_ json: JSONValue, _ whose: String) throws(UnreadableValue) -> Value {
            guard let value = Value(settingJSON: json) else {
                throw UnreadableValue(
                    description: "the \(whose) of \(setting.name) is not of the type \(Value.settingType)")
            }
            return value
        }
        let defaultValue = try read(answer.defaultValue, "default value")
        var rules: [Rule] = []
        for rule in answer.rules {
            let conditions = rule.contextFeatures.compactMap { pair in
                pair.count == 2 ? Condition(feature: pair[0], value: pair[1]) : nil
            }
            rules.append(Rule(conditions: conditions, value: try read(rule.value, "value of rule \(rule.ruleId)")))
        }
        self.init(defaultValue, rules, features: features)
    }
}
