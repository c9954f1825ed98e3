import HeksherDomain
import LibPQ

/// The statements that turn some rows of the tables into others.
struct TableEdits {
    /// In the order in which foreign keys need them.
    private(set) var queries: [Query] = []
    /// The growth of the stored data.
    private(set) var growth = StorageUsage()

    /// - Parameters:
    ///   - present: the present rows. The transaction must have locked their settings and rules.
    ///   - wanted: the rows to store. Their context features are in the order of their indices.
    ///   - renamings: settings to be renamed first, in this order. The names of `present` are the old ones.
    init(from present: TableRows, to wanted: TableRows, renamings: [(name: String, newName: String)] = []) {
        var present = present
        for (name, newName) in renamings {
            present.rename(name, to: newName)
            queries.append(Self.rename(name, newName))
        }
        growth = StorageUsage(
            settings: wanted.settings.count - present.settings.count, bytes: wanted.size - present.size)
        let kept = present.settings.keys.filter { wanted.settings[$0] != nil }
        addDeletions(from: present, to: wanted)
        addFeatures(from: present, to: wanted)
        let changed = kept.filter { present.settings[$0] != wanted.settings[$0] }
        for (statement, names) in [
            (Self.updateSettings, changed),
            (Self.insertSettings, wanted.settings.keys.filter { present.settings[$0] == nil }),
        ] where !names.isEmpty {
            let names = names.sorted()
            let columns = names.map { wanted.settings[$0] }
            queries.append(
                statement(
                    names, columns.map { $0?.type ?? "" }, columns.map { $0?.defaultValue ?? "" },
                    columns.map { $0?.version ?? "" }))
        }
        let changedRules = present.rules.keys.filter {
            wanted.rules[$0] != nil && present.rules[$0] != wanted.rules[$0]
        }
        for (statement, ids) in [
            (Self.updateRules, changedRules), (Self.insertRules, wanted.rules.keys.filter { present.rules[$0] == nil }),
        ] where !ids.isEmpty {
            let ids = ids.sorted()
            let columns = ids.map { wanted.rules[$0] }
            queries.append(
                statement(
                    ids, columns.map { $0?.setting ?? "" }, columns.map { $0?.value ?? "" },
                    columns.map { $0?.expiry ?? "" }))
        }
        addParts(from: present, to: wanted)
        // At the end, because rules of these settings may have moved to others.
        add(Self.deleteSettings, present.settings.keys.filter { wanted.settings[$0] == nil })
    }

    private mutating func add(_ statement: Statement, _ names: some Sequence<String>) {
        let names = names.sorted()
        if !names.isEmpty { queries.append(statement(names)) }
    }

    // MARK: Parts of settings and rules

    private mutating func addDeletions(from present: TableRows, to wanted: TableRows) {
        let rules = present.rules.filter { wanted.rules[$0.key] == nil && wanted.settings[$0.value.setting] != nil }
        if !rules.isEmpty { queries.append(Self.deleteRules(rules.keys.sorted())) }
        let settings = present.settings.keys.sorted()
        addPairs(Self.deleteConfigurable, settings) {
            (present.configurable[$0] ?? []).subtracting(wanted.configurable[$0] ?? [])
        }
        addPairs(Self.deleteAliases, settings) { (present.aliases[$0] ?? []).subtracting(wanted.aliases[$0] ?? []) }
        addPairs(Self.deleteMetadata, settings) {
            Set((present.settingMetadata[$0] ?? [:]).keys).subtracting((wanted.settingMetadata[$0] ?? [:]).keys)
        }
        let kept = present.rules.keys.filter { wanted.rules[$0] != nil }.sorted()
        addPairs(Self.deleteConditions, kept) {
            Set((present.conditions[$0] ?? [:]).keys).subtracting((wanted.conditions[$0] ?? [:]).keys)
        }
        addPairs(Self.deleteRuleMetadata, kept) {
            Set((present.ruleMetadata[$0] ?? [:]).keys).subtracting((wanted.ruleMetadata[$0] ?? [:]).keys)
        }
    }

    private mutating func addParts(from present: TableRows, to wanted: TableRows) {
        let settings = wanted.settings.keys.sorted()
        addPairs(Self.addConfigurable, settings) {
            (wanted.configurable[$0] ?? []).subtracting(present.configurable[$0] ?? [])
        }
        addPairs(Self.addAliases, settings) { (wanted.aliases[$0] ?? []).subtracting(present.aliases[$0] ?? []) }
        addTexts(Self.setMetadata, settings) { name in
            (wanted.settingMetadata[name] ?? [:]).filter { present.settingMetadata[name]?[$0.key] != $0.value }
        }
        let rules = wanted.rules.keys.sorted()
        addTexts(Self.setConditions, rules) { id in
            (wanted.conditions[id] ?? [:]).filter { present.conditions[id]?[$0.key] != $0.value }
        }
        addTexts(Self.setRuleMetadata, rules) { id in
            (wanted.ruleMetadata[id] ?? [:]).filter { present.ruleMetadata[id]?[$0.key] != $0.value }
        }
    }

    private mutating func addPairs<Key: PostgresValue>(
        _ statement: Statement, _ keys: [Key], _ parts: (Key) -> Set<String>
    ) {
        addTexts(statement, keys, hasTexts: false) { key in
            Dictionary(parts(key).map { ($0, "") }) { first, _ in first }
        }
    }

    private mutating func addTexts<Key: PostgresValue>(
        _ statement: Statement, _ keys: [Key], hasTexts: Bool = true, _ parts: (Key) -> [String: String]
    ) {
        var (first, second, texts): ([Key], [String], [String]) = ([], [], [])
        for key in keys {
            for (part, text) in parts(key).sorted(by: { $0.key < $1.key }) {
                first.append(key)
                second.append(part)
                texts.append(text)
            }
        }
        guard !first.isEmpty else { return }
        queries.append(hasTexts ? statement(first, second, texts) : statement(first, second))
    }

    // MARK: Context features

    private mutating func addFeatures(from present: TableRows, to wanted: TableRows) {
        guard present.features != wanted.features else { return }
        for name in present.features.keys.sorted() where wanted.features[name] == nil {
            queries.append(FeatureStatements.delete(name))
        }
        let order = wanted.featureOrder
        if order != present.featureOrder { queries += FeatureStatements.store(ContextFeatureOrder(order)) }
        for name in order where wanted.features[name]?.values != present.features[name]?.values {
            queries.append(FeatureValuesStatements.set(name, wanted.features[name]?.values))
        }
    }

    // MARK: Statements

    private static let rename: Statement = "UPDATE settings SET name = $2::text WHERE name = $1::text"
    private static let deleteSettings: Statement = "DELETE FROM settings WHERE name = ANY ($1::text[])"
    private static let updateSettings: Statement = """
        UPDATE settings s SET type = wanted.type, default_value = wanted.value, version = wanted.version
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS wanted(name, type, value, version) WHERE s.name = wanted.name
        """
    private static let insertSettings: Statement = """
        INSERT INTO settings (name, type, default_value, version)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
        """
    private static let deleteRules: Statement = "DELETE FROM rules WHERE id = ANY ($1::int[])"
    private static let updateRules: Statement = """
        UPDATE rules r SET setting = wanted.setting, value = wanted.value, expires_at = nullif(wanted.expiry, '')::timestamptz
        FROM unnest($1::int[], $2::text[], $3::text[], $4::text[]) AS wanted(id, setting, value, expiry) WHERE r.id = wanted.id
        """
    private static let insertRules: Statement = """
        INSERT INTO rules (id, setting, value, expires_at)
        SELECT wanted.id, wanted.setting, wanted.value, nullif(wanted.expiry, '')::timestamptz
        FROM unnest($1::int[], $2::text[], $3::text[], $4::text[]) AS wanted(id, setting, value, expiry)
        """
    private static let deleteConfigurable: Statement = """
        DELETE FROM configurable USING unnest($1::text[], $2::text[]) AS gone(setting, part)
        WHERE configurable.setting = gone.setting AND context_feature = gone.part
        """
    private static let addConfigurable: Statement = """
        INSERT INTO configurable (setting, context_feature) SELECT * FROM unnest($1::text[], $2::text[])
        """
    private static let deleteAliases: Statement = """
        DELETE FROM setting_aliases USING unnest($1::text[], $2::text[]) AS gone(setting, part)
        WHERE setting_aliases.setting = gone.setting AND alias = gone.part
        """
    private static let addAliases: Statement = """
        INSERT INTO setting_aliases (setting, alias) SELECT * FROM unnest($1::text[], $2::text[])
        """
    private static let deleteMetadata: Statement = """
        DELETE FROM setting_metadata USING unnest($1::text[], $2::text[]) AS gone(setting, part)
        WHERE setting_metadata.setting = gone.setting AND key = gone.part
        """
    private static let setMetadata: Statement = """
        INSERT INTO setting_metadata (setting, key, value)
        SELECT wanted.setting, wanted.key, wanted.value::jsonb
        FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted(setting, key, value)
        ON CONFLICT (setting, key) DO UPDATE SET value = excluded.value
        """
    private static let deleteConditions: Statement = """
        DELETE FROM conditions USING unnest($1::int[], $2::text[]) AS gone(rule, part)
        WHERE conditions.rule = gone.rule AND context_feature = gone.part
        """
    private static let setConditions: Statement = """
        INSERT INTO conditions (rule, context_feature, feature_value)
        SELECT * FROM unnest($1::int[], $2::text[], $3::text[])
        ON CONFLICT (rule, context_feature) DO UPDATE SET feature_value = excluded.feature_value
        """
    private static let deleteRuleMetadata: Statement = """
        DELETE FROM rule_metadata USING unnest($1::int[], $2::text[]) AS gone(rule, part)
        WHERE rule_metadata.rule = gone.rule AND key = gone.part
        """
    private static let setRuleMetadata: Statement = """
        INSERT INTO rule_metadata (rule, key, value)
        SELECT wanted.rule, wanted.key, wanted.value::jsonb
        FROM unnest($1::int[], $2::text[], $3::text[]) AS wanted(rule, key, value)
        ON CONFLICT (rule, key) DO UPDATE SET value = excluded.value
        """
}

extension TableRows {
    /// The approximate size of everything as ``StorageUsage`` counts it.
    fileprivate var size: Int {
        func size(_ texts: [String: String]) -> Int { texts.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } }
        let settingSize = settings.reduce(0) {
            $0 + StorageUsage.overhead + $1.key.utf8.count + $1.value.type.utf8.count + $1.value.defaultValue.utf8.count
        }
        let ruleSize = rules.reduce(0) {
            $0 + StorageUsage.overhead + $1.value.setting.utf8.count + $1.value.value.utf8.count
        }
        return settingSize + ruleSize + settingMetadata.reduce(0) { $0 + size($1.value) }
            + conditions.reduce(0) { $0 + size($1.value) } + ruleMetadata.reduce(0) { $0 + size($1.value) }
    }
}
