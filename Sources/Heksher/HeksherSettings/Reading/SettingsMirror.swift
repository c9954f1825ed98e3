package import ContractJSON
import ContractRuntime
import HeksherAPI
import HeksherDomain
import Synchronization

/// All settings of a service, as the last refresh found them, for programs that read settings without declaring them.
package final class SettingsMirror: Sendable {
    private struct State {
        var content = MirroredSettings()
        var observers: [Int: @Sendable (MirroredSettings) -> Void] = [:]
        var lastID = 0
    }

    private let state = Mutex(State())

    /// A mirror without settings.
    package init() {}

    /// The settings that the last refresh found.
    package var content: MirroredSettings { state.withLock { $0.content } }

    /// Calls a function with the settings of the moment, and then after each change.
    ///
    /// - Returns: the argument for ``endObserving(_:)``.
    package func observe(_ observer: @escaping @Sendable (MirroredSettings) -> Void) -> Int {
        state.withLock { state in
            // Inside the lock, so that no change comes between the first call and the next ones.
            observer(state.content)
            state.lastID += 1
            state.observers[state.lastID] = observer
            return state.lastID
        }
    }

    /// Ends the calls of an observer.
    package func endObserving(_ id: Int) { state.withLock { $0.observers[id] = nil } }

    /// Only one refresh at a time may call it.
    func replace(_ content: MirroredSettings) {
        let observers = state.withLock { state in
            state.content = content
            return state.observers
        }
        for (_, observer) in observers.sorted(by: { $0.key < $1.key }) { observer(content) }
    }
}

/// The content of a ``SettingsMirror``.
package struct MirroredSettings: Sendable {
    private struct Setting {
        var source: Schemas.QueriedSetting
        var resolver: Resolver

        init(_ source: Schemas.QueriedSetting, _ features: [String]) {
            self.source = source
            let conditions = source.rules.map { rule in
                rule.contextFeatures.compactMap { pair in
                    pair.count == 2 ? Condition(feature: pair[0], value: pair[1]) : nil
                }
            }
            resolver = Resolver(conditions, ContextFeatureOrder(features))
        }
    }

    private var settings: [String: Setting] = [:]
    /// The current names by the aliases.
    private(set) var aliases: [String: String] = [:]
    /// The context features, the most general first.
    private(set) var features: [String] = []
    /// The values that the features may have.
    private(set) var allowedValues = AllowedValues()

    init() {}

    /// - Parameter former: settings that have not changed are taken from there.
    init(
        _ settings: OrderedDictionary<String, Schemas.QueriedSetting>, aliases: [String: String], features: [String],
        _ allowedValues: AllowedValues, former: MirroredSettings
    ) {
        let isSameOrder = features == former.features
        for (name, source) in settings {
            let known = isSameOrder ? former.settings[name] : nil
            self.settings[name] = known?.source == source ? known : Setting(source, features)
        }
        self.aliases = aliases
        self.features = features
        self.allowedValues = allowedValues
    }

    /// Whether these are the names of the settings.
    func hasNames(_ names: some Collection<String>) -> Bool {
        names.count == settings.count && names.allSatisfy { settings[$0] != nil }
    }

    /// The value of a setting in a context; `nil` if no setting has the name or alias.
    package func value(of name: String, in context: SettingContext) -> JSONValue? {
        guard let setting = settings[aliases[name] ?? name] else { return nil }
        let winner = setting.resolver.winner(in: context.context)
        return winner.map { setting.source.rules[$0].value } ?? setting.source.defaultValue
    }
}

extension MirroredSettings {
    /// - Throws: ``SettingContextError`` if the context has a value that is not in the list of its feature's values.
    package func check(_ context: SettingContext) throws(SettingContextError) {
        if let refused = allowedValues.refused(in: context.context).first { throw SettingContextError(refused) }
    }
}
