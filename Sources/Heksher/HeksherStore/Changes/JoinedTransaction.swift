import HeksherDomain
import LibPQ
import Synchronization

/// A locked setting and its rules, as a transaction knows them. Only the transaction itself can change them.
struct LockedSetting {
    let setting: Setting
    /// The IDs of the rules, by their conditions.
    var rules: [Set<Condition>: Int]
    /// The sizes of the rules' values, by ID.
    var sizes: [Int: Int]
}

/// A transaction that several operations of a store belong to, one after the other.
final class JoinedTransaction: Sendable {
    private struct State {
        var growth = StorageUsage()
        var changes: [CommittedChange] = []
        /// By name.
        var settings: [String: LockedSetting] = [:]
        /// The names of the settings, by the names and aliases that operations have used.
        var names: [String: String] = [:]
        /// The names of the settings, by the IDs of their rules.
        var owners: [Int: String] = [:]
        /// The lists of values of context features, which no other transaction can change; `nil` for any value.
        var lists: [String: FeatureValueList?] = [:]
    }

    let transaction: Transaction
    private let state = Mutex(State())

    init(_ transaction: Transaction) {
        self.transaction = transaction
    }

    /// Counts data that the ``StorageMeter`` has counted already, so that it can forget them if the transaction is rolled back.
    func add(_ growth: StorageUsage) {
        state.withLock { $0.growth = $0.growth + growth }
    }

    /// Keeps a change, to be reported after the commit.
    func add(_ change: CommittedChange) {
        state.withLock { $0.changes.append(change) }
    }

    /// Forgets what is known about settings, because an operation may change more than one rule.
    func forget() {
        state.withLock { state in
            (state.settings, state.names, state.owners, state.lists) = ([:], [:], [:], [:])
        }
    }

    // The dictionaries stay in the state, because a copy of one would be copied again with the next change.

    /// The locked setting with a name or alias, if an operation has used it before, with the number of its rules.
    func setting(_ name: String) -> (setting: Setting, ruleCount: Int)? {
        state.withLock { state in
            state.names[name].flatMap { state.settings[$0] }.map { ($0.setting, $0.sizes.count) }
        }
    }

    /// The ID of the rule of a locked setting with exactly these conditions.
    func rule(of setting: Setting, _ conditions: [Condition]) -> Int? {
        state.withLock { $0.settings[setting.name]?.rules[Set(conditions)] }
    }

    /// The locked setting of a rule, if an operation has used it before, and the size of the rule's value.
    func setting(ofRule id: Int) -> (setting: Setting, size: Int)? {
        state.withLock { state in
            guard let locked = state.owners[id].flatMap({ state.settings[$0] }), let size = locked.sizes[id] else {
                return nil
            }
            return (locked.setting, size)
        }
    }

    /// Keeps a setting that the transaction has locked.
    func keep(_ locked: LockedSetting, for name: String) {
        state.withLock { state in
            state.settings[locked.setting.name] = locked
            state.names[name] = locked.setting.name
            for id in locked.sizes.keys { state.owners[id] = locked.setting.name }
        }
    }

    /// Keeps the size of a rule's value, and the conditions of a new rule.
    func keep(rule id: Int, of setting: String, size: Int, conditions: [Condition]? = nil) {
        state.withLock { state in
            if let conditions { state.settings[setting]?.rules[Set(conditions)] = id }
            state.settings[setting]?.sizes[id] = size
            state.owners[id] = setting
        }
    }

    /// Forgets a rule that the transaction has deleted.
    func remove(rule id: Int) {
        state.withLock { state in
            guard let name = state.owners.removeValue(forKey: id), var locked = state.settings[name] else { return }
            locked.sizes[id] = nil
            locked.rules = locked.rules.filter { $0.value != id }
            state.settings[name] = locked
        }
    }

    /// The lists of features, if they are known.
    func lists(_ features: [String]) -> AllowedValues? {
        state.withLock { state in
            guard features.allSatisfy({ state.lists[$0] != nil }) else { return nil }
            return AllowedValues(
                Dictionary(features.compactMap { name in (state.lists[name] ?? nil).map { (name, $0) } }) { first, _ in
                    first
                })
        }
    }

    /// Keeps the lists of features.
    func keep(lists: [String: FeatureValueList?]) {
        state.withLock { $0.lists.merge(lists) { $1 } }
    }

    /// The growth of the stored data.
    var growth: StorageUsage { state.withLock(\.growth) }

    /// The changes.
    var changes: [CommittedChange] { state.withLock(\.changes) }
}
