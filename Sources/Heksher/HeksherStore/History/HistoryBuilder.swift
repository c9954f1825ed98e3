import HeksherDomain

/// Finds the settings, rules and context features that changes have changed, before and after each change: it goes back from the present
/// rows, row by row.
struct HistoryBuilder {
    /// The rows of the changes, by change, in order.
    private let own: [Int: [RowChange]]
    private let renamings: [RowChange]
    /// The names of all settings that the changes concern, including those that they have been given since.
    let settings: [String]
    /// The IDs of all rules that the changes concern.
    let rules: [Int]
    /// The rows of these settings and rules, and of the context features, since the first of the changes.
    var later: [RowChange] = []
    /// The present rows.
    var rows = TableRows()

    /// - Parameters:
    ///   - own: the rows of the changes.
    ///   - renamings: all renamings since the first of the changes.
    init(_ own: [RowChange], renamings: [RowChange]) {
        self.own = Dictionary(grouping: own, by: \.change)
        self.renamings = renamings
        var names = Set(own.filter { $0.rule == nil }.compactMap(\.setting))
        for row in own where row.kind == .renaming { if let name = row.part { names.insert(name) } }
        for row in renamings.sorted(by: Self.isEarlier) {
            if let name = row.setting, names.contains(name), let next = row.part { names.insert(next) }
        }
        settings = names.sorted()
        rules = Set(own.compactMap(\.rule)).sorted()
    }

    static func isEarlier(_ row: RowChange, _ other: RowChange) -> Bool { row.number < other.number }

    /// The items of the changes, by change.
    mutating func items() -> [Int: [HistoryChange.Item]] {
        let all = Dictionary((own.values.joined() + renamings + later).map { ($0.number, $0) }) { first, _ in first }
        let changes = Dictionary(grouping: all.values, by: \.change)
        var items: [Int: [HistoryChange.Item]] = [:]
        for change in changes.keys.sorted(by: >) {
            let undone = changes[change, default: []].sorted { Self.isEarlier($1, $0) }
            guard let listed = own[change] else {
                for row in undone { rows.undo(row) }
                continue
            }
            let subjects = ChangeSubjects(listed)
            let (after, order) = (rows, rows.featureOrder)
            for row in undone { rows.undo(row) }
            items[change] = subjects.items(before: rows, rows.featureOrder, after: after, order)
        }
        return items
    }
}

/// The settings and rules that one change has changed.
struct ChangeSubjects {
    /// The names of settings before and after the change. A setting that was added or deleted has the same name twice.
    private(set) var names: [(before: String, after: String)] = []
    /// The IDs of rules.
    let rules: [Int]
    /// Whether it has changed the list of context features.
    let hasFeatures: Bool

    init(_ rows: [RowChange]) {
        rules = Set(rows.filter { $0.kind != .movedRule }.compactMap(\.rule)).sorted()
        hasFeatures = rows.contains { $0.kind == .contextFeature }
        // The names before the change, by those after it.
        var former: [String: String] = [:]
        for row in rows where row.rule == nil && row.kind != .renamed {
            guard let name = row.setting else { continue }
            if row.kind == .renaming, let next = row.part {
                former[next] = former.removeValue(forKey: name) ?? name
            } else if former[name] == nil {
                former[name] = name
            }
        }
        names = former.map { (before: $0.value, after: $0.key) }.sorted { $0.after < $1.after }
    }

    func items(
        before: TableRows, _ formerOrder: [String], after: TableRows, _ order: [String]
    ) -> [HistoryChange.Item] {
        var items: [HistoryChange.Item] = []
        for name in names {
            let old = before.state(ofSetting: name.before, formerOrder)
            let new = after.state(ofSetting: name.after, order)
            if old.isAbsent, new.isAbsent { continue }
            items.append(.setting(name: new.isAbsent ? name.before : name.after, before: old, after: new))
        }
        for id in rules {
            let (old, new) = (before.state(ofRule: id, formerOrder), after.state(ofRule: id, order))
            guard let setting = after.rules[id]?.setting ?? before.rules[id]?.setting else { continue }
            items.append(.rule(id: id, setting: setting, before: old, after: new))
        }
        if hasFeatures {
            items.append(
                .contextFeatures(before: before.features(formerOrder), after: after.features(order)))
        }
        return items
    }
}

extension TableRows {
    func state(ofSetting name: String, _ order: [String]) -> HistoryChange.State<Setting> {
        if settings[name] == nil { return .absent }
        return setting(name, order: order).map { .present($0) } ?? .unreadable
    }

    fileprivate func state(ofRule id: Int, _ order: [String]) -> HistoryChange.State<Rule> {
        if rules[id] == nil { return .absent }
        return rule(id, order: order).map { .present($0) } ?? .unreadable
    }

    fileprivate func features(_ order: [String]) -> [HistoryChange.Feature] {
        order.map { HistoryChange.Feature(name: $0, values: features[$0]?.values) }
    }
}
