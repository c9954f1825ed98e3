import HeksherDomain
import Postgres

/// Reads snapshots from the tables.
struct SnapshotLoader<Entry: CatalogEntry>: Sendable {
    /// How many settings are read at a time.
    private static var partSize: Int { 500 }

    let pool: PostgresPool

    /// Whether the database tells of every change by the triggers by which it did so at a revision.
    func hasTriggers(of revision: Revision, _ ask: CoalescedStatement<Snapshot<Entry>?>.Ask) throws -> Bool {
        try triggers(ask(RevisionStatements.triggers())) == revision.triggers
    }

    private func triggers(_ rows: Rows) throws -> String? {
        guard let row = rows.first, !row.isNull(0) else { return nil }
        return try row.string(0)
    }

    /// What has changed since a snapshot, put into it: by one statement if it is rules alone, else by two.
    ///
    /// - Returns: `nil` if that cannot be told.
    func update(
        _ former: Snapshot<Entry>, _ ask: CoalescedStatement<Snapshot<Entry>?>.Ask
    ) throws -> Snapshot<Entry>? {
        if let next = try updateRules(former, ask(former.revision.changedRules)) { return next }
        let changes = try Changes(ask(former.revision.changedSettings))
        return changes.areUnknown ? nil : updateSettings(former, changes)
    }

    /// - Returns: `nil` if there is more to be read.
    private func updateRules(_ former: Snapshot<Entry>, _ rows: Rows) -> Snapshot<Entry>? {
        // What cannot be read is for the whole setting to find.
        guard let changes = try? RuleChanges(rows), let revision = changes.revision(since: former.revision),
            let rules = try? changes.reader.rules(former.features)
        else { return nil }
        var next = Snapshot(revision, former.features, from: former)
        // It may be another setting's by now.
        for changed in changes.changed
        where rules[changed.rule]?.setting != changed.setting && next.contains(changed.setting) {
            guard next.change(changed.setting, { $0.with(nil, asRule: changed.rule, former.features) }) else {
                return nil
            }
        }
        for (id, rule) in rules {
            guard next.change(rule.setting, { $0.with(rule, asRule: id, former.features) }) else { return nil }
        }
        return next
    }

    private func updateSettings(_ former: Snapshot<Entry>, _ changes: Changes) -> Snapshot<Entry>? {
        // Triggers that were altered since may have been silent for a while.
        guard let revision = changes.revision(since: former.revision), changes.triggers == revision.triggers else {
            return nil
        }
        // Conditions are written in the order of the features: that of those there were is to be as it was.
        let features = changes.features.sorted { ($0.index, $0.name) < ($1.index, $1.name) }
        let order = ContextFeatureOrder(features.map(\.name))
        guard order.names.starts(with: former.features.names) else { return nil }
        var next = Snapshot(revision, order, from: former)
        var gone = Set(changes.changed)
        forEach(in: changes.reader, order) { key, entry in
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
            var ranges = try rows[5].map { QueriedSettingsStatements.ofRange(try $0.string(0), try $0.string(1)) }[...]
            var part = try await run(ranges.popFirst(), connection)
            while let rows = part {
                // PostgreSQL reads the next part while this one is put together.
                let range = ranges.popFirst()
                async let next = run(range, connection)
                var reader = QueriedSettingsReader()
                for row in rows { _ = try reader.take(row) }
                forEach(in: reader, features) { settings.append(($0, $1)) }
                part = try await next
            }
            try await connection.run(ReadingStatements.end())
            return Snapshot(Revision(slots, triggers: triggers), features, settings)
        } catch {
            if !connection.isBroken { _ = try? await connection.run(ReadingStatements.end()) }
            throw error
        }
    }

    private func run(_ query: Query?, _ connection: PostgresConnection) async throws -> Rows? {
        guard let query else { return nil }
        return try await connection.run(query)
    }

    private func forEach(
        in reader: QueriedSettingsReader, _ features: ContextFeatureOrder, _ body: (SnapshotKey, Entry?) -> Void
    ) {
        reader.forEach(features) { key, setting in
            body(key, (try? setting.get()).flatMap { Entry($0, features) })
        }
    }
}

/// What ``RevisionStatements/changedRules`` tells of.
private struct RuleChanges {
    struct Changed: Hashable {
        var setting: String
        var rule: Int
    }

    /// Where a transaction has noted that a rule has changed.
    private struct Note: Equatable {
        var slot: Int
        var number: Int
        var setting: String
    }

    var reader = QueriedSettingsReader()
    var changed: Set<Changed> = []
    /// The note of several behind which a rule's parts are taken in.
    private var notes: [Int: Note] = [:]
    private var slots: [Int: Revision.Slot] = [:]
    private var sum = ""

    /// - Returns: `nil` if it does not tell of all that has changed.
    init?(_ rows: Rows) throws {
        guard rows.count <= RevisionStatements.maximumRuleRows else { return nil }
        var knownSlots: Set<Int> = []
        for row in rows {
            let slot = try row.int(4)
            if slots[slot] == nil { slots[slot] = try Revision.Slot(row, from: 4) }
            if sum.isEmpty { sum = try row.string(11) }
            guard !row.isNull(7) else { return nil }
            if try row.bool(8) {
                knownSlots.insert(slot)
                continue
            }
            // A whole setting, or a transaction of the known number and another token: the slot has another history.
            guard !row.isNull(10) else { return nil }
            let rule = try row.int(10)
            let note = Note(slot: slot, number: try row.int(7), setting: try row.string(9))
            changed.insert(Changed(setting: note.setting, rule: rule))
            guard !row.isNull(0), notes[rule, default: note] == note else { continue }
            notes[rule] = note
            _ = try reader.take(row)
        }
        guard knownSlots.count == slots.count else { return nil }
    }

    /// The revision to which these lead; `nil` where slots have come or gone by somebody's hand.
    func revision(since former: Revision) -> Revision? { former.moved(slots.values, sum: sum) }
}

/// What ``RevisionStatements/changedSettings`` tells of.
private struct Changes {
    var reader = QueriedSettingsReader()
    /// Settings.
    var changed: [String] = []
    var features: [(name: String, index: Int)] = []
    var triggers: String?
    /// Whether there is more than is told of.
    var areUnknown = false
    private var slots: [Revision.Slot] = []
    private var sum: String?

    init(_ rows: Rows) throws {
        for row in rows where try !reader.take(row) {
            switch try row.string(0) {
            case "changed": changed.append(try row.string(1))
            case "slot": slots.append(try Revision.Slot(row, from: 1))
            case "feature": features.append((try row.string(1), try row.int(2)))
            case "sum" where !row.isNull(1): sum = try row.string(1)
            case "triggers" where !row.isNull(1): triggers = try row.string(1)
            case "gap": areUnknown = true
            default: break
            }
        }
        // The empty name stands for everything.
        if changed.contains(where: \.isEmpty) { areUnknown = true }
    }

    /// The revision to which these lead; `nil` where slots have come or gone by somebody's hand.
    func revision(since former: Revision) -> Revision? { sum.flatMap { former.moved(slots, sum: $0) } }
}
