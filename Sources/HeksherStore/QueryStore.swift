import HeksherDomain
import Postgres

// Queries.
extension Store {
    public enum Selection: Sendable {
        /// In the order asked, or sorted by name if all are.
        case found([QueriedSetting])
        /// These are the names of no setting, in the order asked.
        case unknownSettings([String])
    }

    /// Settings with their rules, all as they were at one moment.
    ///
    /// - Parameter names: names or aliases; `nil` asks for all settings. Who is asked for repeatedly comes once.
    public func query(_ names: [String]?) async throws -> Selection {
        let questions =
            if let names {
                [QueriedSettingsStatements.behindNames(names), SettingStatements.canonicalNames(names)]
            } else {
                [QueriedSettingsStatements.all()]
            }
        let rows = try await pool.run(
            [ReadingStatements.begin(), ReadingStatements.lockTables(), FeatureStatements.list()] + questions
                + [ReadingStatements.end()])
        let asked = names == nil ? nil : rows[4]
        let unknown = try asked?.filter { $0.isNull(0) }.map { try $0.string(1) } ?? []
        guard unknown.isEmpty else { return .unknownSettings(unknown) }
        var reader = QueriedSettingsReader()
        for row in rows[3] { _ = try reader.take(row) }
        var settings: [String: QueriedSetting] = [:]
        try reader.forEach(try rows[2].featureOrder()) { settings[$0.name] = try $1.get() }
        guard let asked else {
            return .found(settings.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
        }
        // Whoever was asked for before is not there any more.
        return .found(try asked.compactMap { settings.removeValue(forKey: try $0.string(0)) })
    }
}
