import HeksherDomain
import LibPQ

extension Rows {
    /// Rows of the history. Names that are not UTF-8 are left out, because no client can name them.
    func rowChanges() throws -> [RowChange] {
        try compactMap { row in
            func text(_ column: Int) -> String? { row.isNull(column) ? nil : try? row.string(column) }
            guard let kind = RowChange.Kind(rawValue: try row.string(2)) else { return nil }
            return RowChange(
                change: try row.int(0), number: try row.int(1), kind: kind, setting: text(3),
                rule: row.isNull(4) ? nil : try row.int(4), part: text(5), before: row.isNull(6) ? nil : text(6) ?? "",
                value: text(7))
        }
    }
}

extension TableRows {
    /// Reads the results of ``HistoryStatements/presentRows(_:_:)``.
    init(_ rows: ArraySlice<Rows>) throws {
        self.init()
        var parts = rows.makeIterator()
        func next() throws -> Rows {
            guard let part = parts.next() else { throw PostgresError.unexpectedResult("rows are missing") }
            return part
        }
        for row in try next() {
            guard let name = try? row.string(0) else { continue }
            // A text that cannot be read makes the setting unreadable.
            self.settings[name] = SettingColumns(
                type: (try? row.string(1)) ?? "", defaultValue: (try? row.string(2)) ?? "",
                version: (try? row.string(3)) ?? "")
        }
        for (_, name, part) in try next().named() { self.configurable[name, default: []].insert(part) }
        for (row, name, part) in try next().named() {
            self.settingMetadata[name, default: [:]][part] = try? row.string(2)
        }
        for (_, name, part) in try next().named() { self.aliases[name, default: []].insert(part) }
        for row in try next() {
            guard let setting = try? row.string(1) else { continue }
            self.rules[try row.int(0)] = RuleColumns(
                setting: setting, value: (try? row.string(2)) ?? "", expiry: row.isNull(3) ? nil : try? row.string(3))
        }
        for row in try next() {
            guard let feature = try? row.string(1) else { continue }
            self.conditions[try row.int(0), default: [:]][feature] = try? row.string(2)
        }
        for row in try next() {
            guard let key = try? row.string(1) else { continue }
            self.ruleMetadata[try row.int(0), default: [:]][key] = try? row.string(2)
        }
        for row in try next() {
            guard let name = try? row.string(0) else { continue }
            let values = row.isNull(2) ? nil : (try? row.strings(2, "a list of values"))
            self.features[name] = FeatureColumns(index: row.isNull(1) ? nil : try row.int(1), values: values)
        }
    }
}

extension Rows {
    /// The rows whose first two columns are texts, with these.
    fileprivate func named() -> [(row: Row, name: String, part: String)] {
        compactMap { row in
            guard let name = try? row.string(0), let part = try? row.string(1) else { return nil }
            return (row, name, part)
        }
    }
}
