public import HeksherDomain
import Postgres

// Queries.
extension Store {
    public enum Selection: Sendable {
        /// Settings in the order asked, or sorted by name if all are; each with its rules by id.
        case found([(setting: Setting, rules: [Rule])])
        /// These are the names of no setting, in the order asked.
        case unknownSettings([String])
    }

    /// Settings with their rules, all as they were at one moment.
    ///
    /// - Parameter names: names or aliases; `nil` asks for all settings. Who is asked for repeatedly comes once.
    public func query(_ names: [String]?) async throws -> Selection {
        let questions =
            if let names {
                [SettingStatements.findSeveral(names), RuleStatements.ofSettings(names)]
            } else {
                [SettingStatements.all(), RuleStatements.all()]
            }
        let rows = try await pool.run(
            [ReadingStatements.begin(), ReadingStatements.lockTables()] + questions + [ReadingStatements.end()])
        let unknown = try rows[2].filter { $0.isNull(0) }.map { try $0.string(7) }
        guard unknown.isEmpty else { return .unknownSettings(unknown) }
        let rules = Dictionary(grouping: try rows[3].map { try $0.rule() }, by: \.setting)
        var seen: Set<String> = []
        return .found(
            try rows[2].map { try $0.setting() }.filter { seen.insert($0.name).inserted }
                .map { ($0, rules[$0.name] ?? []) })
    }
}
