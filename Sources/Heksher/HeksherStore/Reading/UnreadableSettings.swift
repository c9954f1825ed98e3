import Synchronization

/// Remembers unreadable settings, so that each is reported once: when it is first found, and again if it was repaired or changed meanwhile
/// and is unreadable again.
public final class UnreadableSettings: Sendable {
    /// Operations read different parts of a setting, and each kind knows only its own parts.
    package enum Reader: CaseIterable {
        /// Loading settings and rules into memory.
        case catalog
        /// Queries that are answered from the tables.
        case query
        /// Operations on settings: everything but rules.
        case settings
    }

    private struct State {
        /// By the setting's name.
        var known: [Reader: [String: UnreadableSetting]] = [:]
    }

    /// The number of settings that are remembered for each reader. Others are not reported.
    private static let maximumCount = 1000

    private let state = Mutex(State())
    private let isEmpty = Atomic(true)
    private let onFinding: @Sendable (UnreadableSetting) -> Void

    /// - Parameter onFinding: called for each setting that must be reported.
    public init(onFinding: @escaping @Sendable (UnreadableSetting) -> Void = { _ in }) {
        self.onFinding = onFinding
    }

    /// Records everything that a reader found among all settings.
    package func replace(_ reader: Reader, _ found: [UnreadableSetting]) {
        if found.isEmpty, isEmpty.load(ordering: .relaxed) { return }
        let news = state.withLock { state in
            let news = found.prefix(Self.maximumCount).filter { !isKnown($0, &state) }
            state.known[reader] = Dictionary(
                found.prefix(Self.maximumCount).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            updateEmptiness(&state)
            return news
        }
        for setting in news { onFinding(setting) }
    }

    /// Records that a reader cannot read a setting.
    package func add(_ reader: Reader, _ setting: UnreadableSetting) {
        let isNew = state.withLock { state in
            let isNew = !isKnown(setting, &state)
            var known = state.known[reader] ?? [:]
            state.known[reader] = nil
            defer { state.known[reader] = known }
            guard known.count < Self.maximumCount || known[setting.name] != nil else { return false }
            known[setting.name] = setting
            isEmpty.store(false, ordering: .relaxed)
            return isNew
        }
        if isNew { onFinding(setting) }
    }

    /// Records that a reader can read a setting, or that the setting no longer exists.
    func remove(_ reader: Reader, _ name: String) {
        if isEmpty.load(ordering: .relaxed) { return }
        state.withLock { state in
            state.known[reader]?[name] = nil
            updateEmptiness(&state)
        }
    }

    /// Records that a setting has changed and can be read, so that it is reported again if it is damaged again.
    package func forget(_ name: String) {
        if isEmpty.load(ordering: .relaxed) { return }
        state.withLock { state in
            for reader in Reader.allCases { state.known[reader]?[name] = nil }
            updateEmptiness(&state)
        }
    }

    private func updateEmptiness(_ state: inout State) {
        isEmpty.store(state.known.values.allSatisfy(\.isEmpty), ordering: .relaxed)
    }

    private func isKnown(_ setting: UnreadableSetting, _ state: inout State) -> Bool {
        state.known.values.contains { $0[setting.name] == setting }
    }
}
