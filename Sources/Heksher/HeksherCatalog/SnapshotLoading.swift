import HeksherDomain
import HeksherStore
import LibPQ

/// Reads snapshots from the tables.
struct SnapshotLoader<Entry: CatalogEntry>: Sendable {
    /// The number of settings that are read at a time.
    private static var partSize: Int { 500 }

    let pool: PostgresPool
    let unreadable: UnreadableSettings

    /// A snapshot with the changes since another one. One statement reads them if only rules have changed, otherwise two.
    ///
    /// - Returns: `nil` if the changes are unknown.
    func update(
        _ former: Snapshot<Entry>, _ ask: CoalescedStatement<Snapshot<Entry>?>.Ask
    ) throws -> Snapshot<Entry>? {
        if let next = try updateRules(former, ask(former.revision.changedRules)) { return next }
        let changes = try ChangedSettings(ask(former.revision.changedSettings))
        return changes.areUnknown ? nil : updateSettings(former, changes)
    }

    /// - Returns: `nil` if more than rules has changed.
    private func updateRules(_ former: Snapshot<Entry>, _ rows: Rows) -> Snapshot<Entry>? {
        // The reader of whole settings handles unreadable rows.
        guard let changes = try? ChangedRules(rows), let revision = changes.revision(since: former.revision),
            let rules = try? changes.reader.rules(former.features)
        else { return nil }
        var next = Snapshot(revision, former.features, from: former)
        var changesOfSettings: [String: [RuleChange]] = [:]
        // Another setting may own the rule by now.
        for changed in changes.changed
        where rules[changed.rule]?.setting != changed.setting && next.contains(changed.setting) {
            changesOfSettings[changed.setting, default: []].append(RuleChange(id: changed.rule, rule: nil))
        }
        for (id, rule) in rules { changesOfSettings[rule.setting, default: []].append(RuleChange(id: id, rule: rule)) }
        for (name, changes) in changesOfSettings {
            let changes = changes.sorted { $0.id < $1.id }
            guard next.change(name, { $0.with(changes, former.features) }) else { return nil }
        }
        return next
    }

    private func updateSettings(_ former: Snapshot<Entry>, _ changes: ChangedSettings) -> Snapshot<Entry>? {
        guard let revision = changes.revision(since: former.revision) else { return nil }
        // Entries contain conditions in the order of the features, so the order of the previous features must not change.
        let features = changes.features.sorted { $0.place < $1.place }
        let order = ContextFeatureOrder(features.map(\.name))
        guard order.names.starts(with: former.features.names) else { return nil }
        var next = Snapshot(revision, order, changes.allowedValues, from: former)
        var gone = Set(changes.changed)
        var settings: [SnapshotSetting<Entry>] = []
        forEach(in: changes.reader, order) { setting in
            gone.remove(setting.key.name)
            settings.append(setting)
        }
        next.apply(settings, removing: gone)
        for name in gone { unreadable.forget(name) }
        for setting in settings where setting.unreadable == nil && setting.unreadableFacts == nil {
            unreadable.forget(setting.key.name)
        }
        let news = settings.compactMap { $0.unreadable ?? $0.unreadableFacts } + changes.reader.nameless
        for setting in news { unreadable.add(.catalog, setting) }
        return next
    }

    /// The current snapshot.
    ///
    /// - Parameter onProgress: called at most once a second while the settings are read.
    /// - Throws: ``UntoldChanges`` if no revision can report every change; `PostgresError`.
    func everything(onProgress: (LoadingProgress) -> Void) async throws -> Snapshot<Entry> {
        try await pool.withConnection { try await everything($0, onProgress) }
    }

    private func everything(
        _ connection: PostgresConnection, _ onProgress: (LoadingProgress) -> Void
    ) async throws -> Snapshot<Entry> {
        let rows = try await connection.run([
            ReadingTransaction.begin(), ReadingTransaction.lockTables(), RevisionStatements.slots(),
            Definitions.statement(), FeatureValuesStatements.all(), SettingStatements.parts(Self.partSize),
        ])
        do {
            let slots = try rows[2].map { try Revision.Slot($0, from: 0) }
            let definitions: String
            switch try Definitions.state(rows[3]) {
            case .whole(let text): definitions = text
            case .broken(let reason): throw UntoldChanges(reason: reason)
            case .outdatedSession:
                pool.renew()
                throw OutdatedSession()
            }
            guard !slots.isEmpty else { throw UntoldChanges(reason: "heksher_revisions has no rows") }
            let features = rows[4].featureOrder()
            var settings: [SnapshotSetting<Entry>] = []
            var nameless: [UnreadableSetting] = []
            var ranges = Self.ranges(rows[5])[...]
            let partCount = ranges.count
            var nextReport = ContinuousClock.now + .seconds(1)
            var part = try await run(ranges.popFirst(), connection)
            while let rows = part {
                // PostgreSQL reads the next part while this one is processed.
                let range = ranges.popFirst()
                async let next = run(range, connection)
                var reader = QueriedSettingsReader()
                for row in rows { _ = try reader.take(row) }
                forEach(in: reader, features) { settings.append($0) }
                nameless += reader.nameless
                if nextReport <= .now {
                    nextReport = .now + .seconds(1)
                    let left = ranges.count + (range == nil ? 0 : 1)
                    onProgress(LoadingProgress(share: partCount - left, of: partCount, settings: settings.count))
                }
                part = try await next
            }
            try await connection.run(ReadingTransaction.end())
            unreadable.replace(.catalog, settings.compactMap { $0.unreadable ?? $0.unreadableFacts } + nameless)
            return Snapshot(
                Revision(slots, definitions: definitions), features, settings, allowedValues: rows[4].allowedValues())
        } catch {
            if !connection.isBroken { _ = try? await connection.run(ReadingTransaction.end()) }
            throw error
        }
    }

    private func run(_ query: Query?, _ connection: PostgresConnection) async throws -> Rows? {
        guard let query else { return nil }
        return try await connection.run(query)
    }

    /// The statements that read all parts.
    ///
    /// - Parameter parts: the rows of ``SettingStatements/parts``.
    private static func ranges(_ parts: Rows) -> [Query] {
        var ranges: [(first: String, last: String?)] = []
        for part in parts {
            // A name that is not UTF-8 cannot be the boundary of a range, so the range extends from the name before it to the name after
            // it.
            let (first, last) = (try? part.string(0), try? part.string(1))
            if let previous = ranges.last, previous.last == nil || first == nil {
                ranges[ranges.endIndex - 1].last = last
            } else {
                ranges.append((first ?? "", last))
            }
        }
        return ranges.map { first, last in
            last.map { QueriedSettingsStatements.ofRange(first, $0) } ?? QueriedSettingsStatements.fromName(first)
        }
    }

    private func forEach(
        in reader: QueriedSettingsReader, _ features: ContextFeatureOrder, _ body: (SnapshotSetting<Entry>) -> Void
    ) {
        reader.forEach(features) { key, setting in
            switch setting {
            case .success(let setting):
                var unreadableFacts: UnreadableSetting?
                if case .failure(let error) = setting.facts { unreadableFacts = error }
                body(
                    SnapshotSetting(
                        key: key, entry: Entry(setting, features), unreadableFacts: unreadableFacts))
            case .failure(let error): body(SnapshotSetting(key: key, entry: nil, unreadable: error))
            }
        }
    }
}

/// The database cannot report every change of the tables.
struct UntoldChanges: Error {
    /// The reason, for an operator.
    var reason: String
}

/// The session is older than the `search_path` of its role or its database, so that its names mean other tables. A new one reads the right
/// tables.
private struct OutdatedSession: Error {}
