public import HeksherDomain
import LibPQ

/// The changes that a transaction makes, before it is committed.
public struct ChangeReview: Sendable {
    /// A context in which a setting gets another value.
    public struct Winner: Sendable {
        /// The name of the setting after the change, or before it if the change deletes the setting.
        public var setting: String
        /// The context and the values.
        public var difference: WinnerComparison.Difference
    }

    /// The maximum number of rows that a transaction of several operations may change.
    static let maximumRowCount = 200_000
    /// The maximum number of rules that are compared, and of contexts that are examined.
    fileprivate static let budget = (rules: 100_000, contexts: 100_000)
    /// The maximum number of winners that are listed.
    private static let maximumWinnerCount = 100

    /// The ID of the change; `nil` if the transaction changes nothing.
    public internal(set) var change: Int?
    /// All items: those of settings by name, those of rules by ID, and the context features.
    public internal(set) var items: [HistoryChange.Item] = []
    /// The first contexts in which the values of settings change, by the names of the settings.
    public internal(set) var winners: [Winner] = []
    /// The number of further such contexts.
    public internal(set) var furtherWinnerCount = 0
    /// The settings for which not all contexts were examined, because they have too many rules.
    public internal(set) var unexaminedSettings: [String] = []
}

/// A transaction would change more rows than the service can review.
public struct ChangeTooLarge: Error, CustomStringConvertible {
    /// A sentence for the client.
    public var description: String {
        "the change would concern more than \(ChangeReview.maximumRowCount) rows: divide it into several changes"
    }
}

extension Store {
    /// Reviews the changes that a transaction has made so far. After this, it must make no further ones.
    ///
    /// - Throws: ``ChangeTooLarge``; `PostgresError`.
    func review(_ transaction: Transaction) async throws -> ChangeReview {
        let recorded = try await transaction.run([HistoryStatements.recordNow(), HistoryStatements.presentChange()])
        guard let change = try recorded[1].first?.int(0) else { return ChangeReview() }
        let limit = ChangeReview.maximumRowCount
        let found = try await transaction.run([HistoryStatements.rows([change], limit + 1)])[0]
        guard found.count <= limit else { throw ChangeTooLarge() }
        let own = try found.rowChanges().sorted(by: HistoryBuilder.isEarlier)
        var names = own.settingNames
        if try await hasReordered(own, transaction) {
            // A new order of the features can change the winners of all settings.
            let all = try await transaction.run([SettingStatements.names()])[0]
            names.formUnion(all.compactMap { try? $0.string(0) })
        }
        let sorted = names.sorted()
        let related = try await transaction.run([
            HistoryStatements.rulesOfSettings(sorted, ChangeReview.budget.rules + 1)
        ])[0]
        let isComplete = related.count <= ChangeReview.budget.rules
        var rules = Set(own.compactMap(\.rule))
        if isComplete { for row in related { rules.insert(try row.int(0)) } }
        let rows = try await transaction.run(HistoryStatements.presentRows(sorted, rules.sorted()))
        return try await computing(with: rows) {
            ChangeReview(change, own, names, after: try TableRows(rows[...]), isComplete: isComplete)
        }
    }

    /// Whether rows of a transaction change the order of the context features that it has neither added nor deleted.
    private func hasReordered(_ own: [RowChange], _ transaction: Transaction) async throws -> Bool {
        guard own.contains(where: { $0.kind == .contextFeature }) else { return false }
        let after = try TableRows(try await transaction.run(HistoryStatements.presentRows([], []))[...])
        var before = after
        for row in own.reversed() where row.kind == .contextFeature { before.undo(row) }
        return before.featureOrder.filter { after.features[$0] != nil }
            != after.featureOrder.filter { before.features[$0] != nil }
    }
}

extension ChangeReview {
    /// - Parameters:
    ///   - own: the rows of the change, in order.
    ///   - names: the settings whose winners can change.
    ///   - after: these settings with all their rules, if `isComplete`, and everything that the change concerns.
    fileprivate init(_ change: Int, _ own: [RowChange], _ names: Set<String>, after: TableRows, isComplete: Bool) {
        self.change = change
        var before = after
        for row in own.reversed() { before.undo(row) }
        let subjects = ChangeSubjects(own)
        items = subjects.items(before: before, before.featureOrder, after: after, after.featureOrder)
        let others = names.subtracting(subjects.names.flatMap { [$0.before, $0.after] })
        let settings = (subjects.names + others.map { (before: $0, after: $0) }).sorted { $0.after < $1.after }
        if isComplete {
            compare(settings, before, after)
        } else {
            unexaminedSettings = settings.map(\.after)
        }
    }

    /// Finds the contexts in which the values of settings change.
    private mutating func compare(
        _ settings: [(before: String, after: String)], _ before: TableRows, _ after: TableRows
    ) {
        var budget = Self.budget.contexts
        let (former, present) = (before.winnerStates(), after.winnerStates())
        for names in settings {
            let (old, new) = (former(names.before), present(names.after))
            guard old != nil || new != nil else {
                // One that cannot be read has no values to compare.
                if before.settings[names.before] != nil || after.settings[names.after] != nil {
                    unexaminedSettings.append(names.after)
                }
                continue
            }
            let comparison = WinnerComparison(before: old, after: new, budget: &budget)
            if !comparison.isComplete { unexaminedSettings.append(names.after) }
            let room = Self.maximumWinnerCount - winners.count
            winners += comparison.differences.prefix(room).map { Winner(setting: names.after, difference: $0) }
            furtherWinnerCount += max(0, comparison.differences.count - room)
        }
    }
}

extension [RowChange] {
    /// All names of settings in the rows.
    var settingNames: Set<String> {
        var names: Set<String> = []
        for row in self {
            if let name = row.setting { names.insert(name) }
            switch row.kind {
            case .renaming, .renamed, .rule, .movedRule: if let name = row.part { names.insert(name) }
            default: break
            }
        }
        return names
    }
}

extension TableRows {
    /// A function that returns a setting with its rules; `nil` if the setting does not exist or cannot be read.
    fileprivate func winnerStates() -> (String) -> WinnerComparison.State? {
        let order = featureOrder
        let features = ContextFeatureOrder(order)
        let rules = Dictionary(grouping: rules.keys.sorted()) { self.rules[$0]?.setting ?? "" }
        return { name in
            guard let setting = setting(name, order: order) else { return nil }
            let found = (rules[name] ?? []).map { rule($0, order: order) }
            let readable = found.compactMap(\.self)
            guard readable.count == found.count else { return nil }
            return WinnerComparison.State(defaultValue: setting.defaultValue, rules: readable, order: features)
        }
    }
}
