public import HeksherDomain
import LibPQ

// Queries.
extension Store {
    /// The outcome of a query.
    public enum Selection: Sendable {
        /// In the order of the request, or sorted by name if the request is for all; and the context features with their lists of values.
        case found([QueriedSetting], ContextFeatureOrder, AllowedValues)
        /// The names that no setting has, in the order of the request.
        case unknownSettings([String])
        /// One of the requested settings is unreadable.
        case unreadableSetting(UnreadableSetting)
    }

    /// Settings with their rules, all from one moment.
    ///
    /// - Parameter names: names or aliases; `nil` for all settings, including those that the caller may not see. A setting with several of
    ///   the names appears once.
    public func query(_ names: [String]?) async throws -> Selection {
        let statements =
            if let names {
                [QueriedSettingsStatements.behindNames(names), SettingStatements.canonicalNames(names)]
            } else {
                [QueriedSettingsStatements.all()]
            }
        let rows = try await pool.run(
            [ReadingTransaction.begin(), ReadingTransaction.lockTables(), FeatureValuesStatements.all()] + statements
                + [ReadingTransaction.end()])
        let asked = names == nil ? nil : rows[4]
        let unknown = try asked?.filter { try $0.isNull(0) || !admits($0.string(0)) }.map { try $0.string(1) } ?? []
        guard unknown.isEmpty else { return .unknownSettings(unknown) }
        return try await computing(with: rows) {
            var reader = QueriedSettingsReader()
            for row in rows[3] { _ = try reader.take(row) }
            var settings: [String: QueriedSetting] = [:]
            var unreadable: [String: UnreadableSetting] = [:]
            let features = rows[2].featureOrder()
            reader.forEach(features) { key, setting in
                switch setting {
                case .success(let setting): settings[key.name] = setting
                case .failure(let error): unreadable[key.name] = error
                }
            }
            guard let asked else {
                self.unreadable.replace(.query, Array(unreadable.values) + reader.nameless)
                return .found(
                    settings.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }, features,
                    rows[2].allowedValues())
            }
            for setting in unreadable.values { self.unreadable.add(.query, setting) }
            var found: [QueriedSetting] = []
            for row in asked {
                let name = try row.string(0)
                if let setting = unreadable[name] { return .unreadableSetting(setting) }
                // If several names lead to the same setting, the first one takes it.
                if let setting = settings.removeValue(forKey: name) {
                    self.unreadable.remove(.query, name)
                    found.append(setting)
                }
            }
            return .found(found, features, rows[2].allowedValues())
        }
    }
}
