import HeksherDomain
import Postgres

private let beginning: Statement = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
private let end: Statement = "COMMIT"

/// Reads snapshots from the tables.
struct SnapshotLoader<Entry: Sendable>: Sendable {
    /// How many settings are read at a time.
    private static var partSize: Int { 500 }

    let pool: PostgresPool
    let makeEntry: @Sendable (Setting, [Rule], ContextFeatureOrder) -> Entry
    /// What stands for a setting that the domain cannot read.
    let unreadable: Entry

    /// Whether the database tells of every change.
    func hasTriggers() async throws -> Bool {
        try await pool.run(RevisionStatements.hasTriggers()).first?.bool(0) == true
    }

    /// What has changed since a snapshot, put into it, in one round trip.
    ///
    /// - Returns: `nil` if that cannot be told.
    func update(_ former: Snapshot<Entry>) async throws -> Snapshot<Entry>? {
        let since = former.revision
        let rows = try await pool.run([
            beginning(), RevisionStatements.slots(), RevisionStatements.hasTriggers(), FeatureStatements.list(),
            since.parameters(RevisionStatements.continues), since.parameters(RevisionStatements.changes),
            since.parameters(RevisionStatements.changedSettings), since.parameters(RevisionStatements.changedRules),
            end(),
        ])
        guard try rows[2].first?.bool(0) == true, try rows[4].first?.bool(0) == true else { return nil }
        // Conditions are written in the order of the features: that of those there were is to be as it was.
        let features = try rows[3].featureOrder()
        guard features.names.starts(with: former.features.names) else { return nil }
        let changed = try rows[5].map { try $0.string(0) }
        // The empty name stands for everything.
        if changed.contains("") { return nil }
        var next = Snapshot(try Revision(rows[1]), features, from: former)
        let kept = Set(try rows[6].map { try $0.string(0) })
        for name in changed where !kept.contains(name) { next.remove(name) }
        try forEach(in: rows[6], rows[7], features) { next.set($0, $1) }
        return next
    }

    /// The snapshot of now.
    ///
    /// - Returns: `nil` if triggers are missing, so that no revision could tell of changes.
    func everything() async throws -> Snapshot<Entry>? {
        try await pool.withConnection { try await everything($0) }
    }

    private func everything(_ connection: PostgresConnection) async throws -> Snapshot<Entry>? {
        let rows = try await connection.run([
            beginning(), RevisionStatements.slots(), RevisionStatements.hasTriggers(), FeatureStatements.list(),
            SettingStatements.parts(Self.partSize),
        ])
        do {
            guard try rows[2].first?.bool(0) == true else {
                try await connection.run(end())
                return nil
            }
            let features = try rows[3].featureOrder()
            var settings: [(key: SnapshotKey, entry: Entry)] = []
            var last = ""
            for name in try rows[4].map({ try $0.string(0) }) {
                let part = try await connection.run([
                    SettingStatements.ofRange(last, name), RuleStatements.ofRange(last, name),
                ])
                try forEach(in: part[0], part[1], features) { settings.append(($0, $1)) }
                last = name
            }
            try await connection.run(end())
            return Snapshot(try Revision(rows[1]), features, settings)
        } catch {
            if !connection.isBroken { _ = try? await connection.run(end()) }
            throw error
        }
    }

    /// Makes entries of rows.
    private func forEach(
        in settings: Rows, _ rules: Rows, _ features: ContextFeatureOrder, _ body: (SnapshotKey, Entry) -> Void
    ) throws {
        var unreadableNames: Set<String> = []
        var rulesOfSettings: [String: [Rule]] = [:]
        for row in rules {
            do {
                let rule = try row.rule()
                rulesOfSettings[rule.setting, default: []].append(rule)
            } catch {
                unreadableNames.insert(try row.string(1))
            }
        }
        for row in settings {
            let key = SnapshotKey(name: try row.string(0), aliases: try row.strings(6))
            if !unreadableNames.contains(key.name), let setting = try? row.setting() {
                body(key, makeEntry(setting, rulesOfSettings[key.name] ?? [], features))
            } else {
                body(key, unreadable)
            }
        }
    }
}
