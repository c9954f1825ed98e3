import HeksherDomain
import Postgres

/// Reads snapshots from the tables.
struct SnapshotLoader<Entry: Sendable>: Sendable {
    /// How many settings are read at a time.
    private static var partSize: Int { 500 }

    let pool: PostgresPool
    let makeEntry: @Sendable (Setting, [Rule], ContextFeatureOrder) -> Entry
    /// What stands for a setting that the domain cannot read.
    let unreadable: Entry

    /// The triggers by which the database tells of every change, as ``Revision/triggers``; `nil` if it does not.
    func triggers() async throws -> String? {
        try triggers(await pool.run(RevisionStatements.triggers()))
    }

    private func triggers(_ rows: Rows) throws -> String? {
        guard let row = rows.first, !row.isNull(0) else { return nil }
        return try row.string(0)
    }

    /// What has changed since a snapshot, put into it, in one round trip.
    ///
    /// - Returns: `nil` if that cannot be told.
    func update(_ former: Snapshot<Entry>) async throws -> Snapshot<Entry>? {
        let since = former.revision
        let rows = try await pool.run([
            ReadingStatements.begin(), ReadingStatements.planOnce(), ReadingStatements.lockTables(),
            RevisionStatements.slots(), RevisionStatements.triggers(), FeatureStatements.list(),
            since.parameters(RevisionStatements.continues), since.parameters(RevisionStatements.changes),
            since.parameters(RevisionStatements.changedSettings),
            since.parameters(RevisionStatements.changedRules), ReadingStatements.end(),
        ])
        // Triggers that were altered since may have been silent for a while.
        guard try triggers(rows[4]) == since.triggers, try rows[6].first?.bool(0) == true else { return nil }
        // Conditions are written in the order of the features: that of those there were is to be as it was.
        let features = try rows[5].featureOrder()
        guard features.names.starts(with: former.features.names) else { return nil }
        let changed = try rows[7].map { try $0.string(0) }
        // The empty name stands for everything.
        if changed.contains("") { return nil }
        var next = Snapshot(try Revision(rows[3], triggers: since.triggers), features, from: former)
        let kept = Set(try rows[8].map { try $0.string(0) })
        for name in changed where !kept.contains(name) { next.remove(name) }
        try forEach(in: rows[8], rows[9], features) { next.set($0, $1) }
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
            ReadingStatements.begin(), ReadingStatements.lockTables(), RevisionStatements.slots(),
            RevisionStatements.triggers(), FeatureStatements.list(), SettingStatements.parts(Self.partSize),
        ])
        do {
            guard let triggers = try triggers(rows[3]) else {
                try await connection.run(ReadingStatements.end())
                return nil
            }
            let features = try rows[4].featureOrder()
            var settings: [(key: SnapshotKey, entry: Entry)] = []
            for (first, last) in try rows[5].map({ (try $0.string(0), try $0.string(1)) }) {
                let part = try await connection.run([
                    SettingStatements.ofRange(first, last), RuleStatements.ofRange(first, last),
                ])
                try forEach(in: part[0], part[1], features) { settings.append(($0, $1)) }
            }
            try await connection.run(ReadingStatements.end())
            return Snapshot(try Revision(rows[2], triggers: triggers), features, settings)
        } catch {
            if !connection.isBroken { _ = try? await connection.run(ReadingStatements.end()) }
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
