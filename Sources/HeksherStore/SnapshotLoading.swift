import HeksherDomain
import Postgres

/// Reads snapshots from the tables.
struct SnapshotLoader<Entry: AnyObject & Sendable>: Sendable {
    /// How many settings are read at a time.
    private static var partSize: Int { 500 }

    let pool: PostgresPool
    let makeEntry: @Sendable (QueriedSetting, ContextFeatureOrder) -> Entry?

    /// Whether the database tells of every change by the triggers by which it did so at a revision.
    func hasTriggers(of revision: Revision, _ ask: CoalescedStatement<Snapshot<Entry>?>.Ask) throws -> Bool {
        try triggers(ask(RevisionStatements.triggers())) == revision.triggers
    }

    private func triggers(_ rows: Rows) throws -> String? {
        guard let row = rows.first, !row.isNull(0) else { return nil }
        return try row.string(0)
    }

    /// What has changed since a snapshot, put into it, by one statement.
    ///
    /// - Returns: `nil` if that cannot be told.
    func update(
        _ former: Snapshot<Entry>, _ ask: CoalescedStatement<Snapshot<Entry>?>.Ask
    ) throws -> Snapshot<Entry>? {
        var reader = QueriedSettingsReader()
        var (changed, slots, features): ([String], [Revision.Slot], [(name: String, index: Int)]) = ([], [], [])
        var (sum, triggers): (String?, String?)
        for row in try ask(former.revision.changes) where try !reader.take(row) {
            switch try row.string(0) {
            case "changed": changed.append(try row.string(1))
            case "slot": slots.append(try Revision.Slot(row, from: 1))
            case "feature": features.append((try row.string(1), try row.int(2)))
            case "sum" where !row.isNull(1): sum = try row.string(1)
            case "triggers" where !row.isNull(1): triggers = try row.string(1)
            case "gap": return nil
            default: break
            }
        }
        // Triggers that were altered since may have been silent for a while; slots may have come or gone by somebody's hand; and the
        // empty name stands for everything.
        let revision = former.revision.moved(slots)
        guard triggers == revision.triggers, sum == revision.sum, changed.count <= RevisionStatements.maximumChanges,
            !changed.contains("")
        else { return nil }
        // Conditions are written in the order of the features: that of those there were is to be as it was.
        let order = ContextFeatureOrder(features.sorted { ($0.index, $0.name) < ($1.index, $1.name) }.map(\.name))
        guard order.names.starts(with: former.features.names) else { return nil }
        var next = Snapshot(revision, order, from: former)
        var gone = Set(changed)
        forEach(in: reader, order) { key, entry in
            gone.remove(key.name)
            next.set(key, entry)
        }
        for name in gone { next.remove(name) }
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
            let slots = try rows[2].map { try Revision.Slot($0, from: 0) }
            guard let triggers = try triggers(rows[3]), !slots.isEmpty else {
                try await connection.run(ReadingStatements.end())
                return nil
            }
            let features = try rows[4].featureOrder()
            var settings: [(key: SnapshotKey, entry: Entry?)] = []
            for (first, last) in try rows[5].map({ (try $0.string(0), try $0.string(1)) }) {
                var reader = QueriedSettingsReader()
                for row in try await connection.run(QueriedSettingsStatements.ofRange(first, last)) {
                    _ = try reader.take(row)
                }
                forEach(in: reader, features) { settings.append(($0, $1)) }
            }
            try await connection.run(ReadingStatements.end())
            return Snapshot(Revision(slots, triggers: triggers), features, settings)
        } catch {
            if !connection.isBroken { _ = try? await connection.run(ReadingStatements.end()) }
            throw error
        }
    }

    private func forEach(
        in reader: QueriedSettingsReader, _ features: ContextFeatureOrder, _ body: (SnapshotKey, Entry?) -> Void
    ) {
        reader.forEach(features) { key, setting in
            body(key, (try? setting.get()).flatMap { makeEntry($0, features) })
        }
    }
}
