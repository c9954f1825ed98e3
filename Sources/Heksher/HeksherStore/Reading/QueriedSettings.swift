public import ContractJSON
public import HeksherDomain
package import LibPQ

/// A setting with its rules.
public struct QueriedSetting: Sendable {
    /// The canonical name.
    public var name: String
    /// The value if no rule applies.
    public var defaultValue: JSONValue
    /// Sorted by ID.
    public var rules: [Rule]
    /// Attributes that queries do not need, so that they answer even if one of these is unreadable.
    public var facts: Result<SettingFacts, UnreadableSetting>
    /// Those metadata of the setting that are strings, numbers or booleans. Queries do not need them either.
    public var scalarMetadata: Result<Metadata, UnreadableSetting>

    /// Creates a setting. The rules are sorted by ID.
    public init(
        name: String, defaultValue: JSONValue, rules: [Rule], facts: Result<SettingFacts, UnreadableSetting>,
        scalarMetadata: Result<Metadata, UnreadableSetting>
    ) {
        self.name = name
        self.defaultValue = defaultValue
        self.rules = rules
        self.facts = facts
        self.scalarMetadata = scalarMetadata
    }
}

/// The type and the version of a setting.
public struct SettingFacts: Hashable, Sendable {
    /// The type of the setting's values.
    public var type: SettingType
    /// The version of the setting.
    public var version: Version

    /// Creates the attributes of a setting.
    public init(type: SettingType, version: Version = .initial) {
        self.type = type
        self.version = version
    }
}

/// The names by which a setting is found.
package struct SettingKey: Sendable {
    package var name: String
    package var aliases: [String]
}

/// Builds settings from the rows of ``QueriedSettingsStatements``.
package struct QueriedSettingsReader {
    private var settings: [(name: String, row: Rows.Row)] = []
    private var aliases: [String: [String]] = [:]
    private var versions: [String: Rows.Row] = [:]
    private var facts: [String: [Rows.Row]] = [:]
    private var rules: [String: [(id: Int, row: Rows.Row)]] = [:]
    private var conditions: [Int: [Condition]] = [:]
    private var metadata: [Int: [Rows.Row]] = [:]
    /// Unreadable rows that belong to settings and to rules.
    private var unreadableSettings: [String: UnreadableValue] = [:]
    private var unreadableRules: [Int: UnreadableValue] = [:]
    /// Settings whose names are unreadable, so that no request can name them, and settings with unreadable aliases, which are otherwise
    /// readable.
    package private(set) var nameless: [UnreadableSetting] = []

    package init() {}

    /// Reads a row. The caller handles other kinds of rows.
    ///
    /// - Returns: whether it is a row of a setting.
    /// - Throws: `PostgresError` if the statements cannot return such a row.
    package mutating func take(_ row: Rows.Row) throws(PostgresError) -> Bool {
        switch try row.string(0) {
        case "setting":
            guard let name = owner(row, 1, "its name") else { return true }
            settings.append((name, row))
        case "version": if let name = try? row.string(1) { versions[name] = row }
        case "fact": if let name = try? row.string(1) { facts[name, default: []].append(row) }
        case "alias":
            guard let name = owner(row, 1, "an alias's setting") else { return true }
            do {
                aliases[name, default: []].append(try row.text(2, "an alias"))
            } catch {
                nameless.append(UnreadableSetting(name: name, error))
            }
        case "rule":
            guard let setting = owner(row, 2, "a rule's setting") else { return true }
            guard let id = try? row.int(1) else {
                unreadableSettings[setting] = UnreadableValue(reason: "the id of a rule is NULL")
                return true
            }
            rules[setting, default: []].append((id, row))
        case "condition":
            guard let id = try? row.int(1) else { return true }
            do {
                let condition = Condition(
                    feature: try row.text(2, "the context feature of a condition of rule \(id)"),
                    value: try row.text(3, "a condition of rule \(id)"))
                conditions[id, default: []].append(condition)
            } catch {
                unreadableRules[id] = error
            }
        case "metadata": if let id = try? row.int(1) { metadata[id, default: []].append(row) }
        default: return false
        }
        return true
    }

    /// The name of the setting that a row belongs to; `nil` if it is unreadable.
    private mutating func owner(_ row: Rows.Row, _ column: Int, _ subject: String) -> String? {
        do throws(UnreadableValue) {
            return try row.text(column, subject)
        } catch {
            let name = (try? row.bytes(column)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            nameless.append(UnreadableSetting(name: name, error))
            return nil
        }
    }

    /// Passes on the settings in the order of their names' rows, each with its aliases.
    package func forEach(
        _ features: ContextFeatureOrder, _ body: (SettingKey, Result<QueriedSetting, UnreadableSetting>) throws -> Void
    ) rethrows {
        var types: [String: Result<SettingType, UnreadableValue>] = [:]
        for (name, row) in settings {
            let setting: Result<QueriedSetting, UnreadableSetting>
            do throws(UnreadableValue) {
                setting = .success(try self.setting(name, row, features, &types))
            } catch {
                setting = .failure(UnreadableSetting(name: name, error))
            }
            try body(SettingKey(name: name, aliases: aliases[name] ?? []), setting)
        }
    }

    private func setting(
        _ name: String, _ row: Rows.Row, _ features: ContextFeatureOrder,
        _ types: inout [String: Result<SettingType, UnreadableValue>]
    ) throws(UnreadableValue) -> QueriedSetting {
        if let unreadable = unreadableSettings[name] { throw unreadable }
        var setting = QueriedSetting(
            name: name, defaultValue: try row.json(2, "its default value"), rules: [],
            facts: facts(of: name, row, &types), scalarMetadata: metadata(of: name))
        let rows = (rules[name] ?? []).sorted { $0.id < $1.id }
        setting.rules.reserveCapacity(rows.count)
        for (id, row) in rows { setting.rules.append(try rule(id, of: name, row, features)) }
        return setting
    }

    /// - Parameter types: the types that have been read, because many settings have the same one.
    private func facts(
        of name: String, _ row: Rows.Row, _ types: inout [String: Result<SettingType, UnreadableValue>]
    ) -> Result<SettingFacts, UnreadableSetting> {
        do throws(UnreadableValue) {
            let text = try row.text(3, "its type")
            let type = types[text] ?? Result { () throws(UnreadableValue) in try row.type(3) }
            types[text] = type
            guard let version = versions[name] else { throw UnreadableValue(reason: "its version is missing") }
            return .success(SettingFacts(type: try type.get(), version: try version.version(2)))
        } catch {
            return .failure(UnreadableSetting(name: name, error))
        }
    }

    private func metadata(of setting: String) -> Result<Metadata, UnreadableSetting> {
        do throws(UnreadableValue) {
            return .success(try Self.metadata(facts[setting] ?? [], key: "a metadata key", value: "its metadata"))
        } catch {
            return .failure(UnreadableSetting(name: setting, error))
        }
    }

    /// The rules by ID, whether their settings were read or not.
    ///
    /// - Throws: ``UnreadableValue`` if a row is unreadable.
    package func rules(_ features: ContextFeatureOrder) throws(UnreadableValue) -> [Int: Rule] {
        if let unreadable = unreadableSettings.first?.value { throw unreadable }
        if let unreadable = nameless.first { throw UnreadableValue(reason: unreadable.reason) }
        var result: [Int: Rule] = [:]
        for (setting, rows) in rules {
            for (id, row) in rows { result[id] = try rule(id, of: setting, row, features) }
        }
        return result
    }

    private func rule(
        _ id: Int, of setting: String, _ row: Rows.Row, _ features: ContextFeatureOrder
    ) throws(UnreadableValue) -> Rule {
        if let unreadable = unreadableRules[id] { throw unreadable }
        return Rule(
            id: id, setting: setting, value: try row.json(3, "the value of rule \(id)"),
            conditions: try conditions(of: id, features), metadata: try metadata(of: id))
    }

    private func conditions(
        of rule: Int, _ features: ContextFeatureOrder
    ) throws(UnreadableValue) -> [Condition] {
        guard let conditions = conditions[rule] else { return [] }
        for condition in conditions where features.index(of: condition.feature) == nil {
            throw UnreadableValue(
                reason: "rule \(rule) has a condition on an unknown context feature",
                fingerprint: condition.feature.hashValue)
        }
        guard conditions.count > 1 else { return conditions }
        return conditions.sorted { (features.index(of: $0.feature) ?? .max) < (features.index(of: $1.feature) ?? .max) }
    }

    private func metadata(of rule: Int) throws(UnreadableValue) -> Metadata {
        guard let rows = metadata[rule] else { return [:] }
        return try Self.metadata(rows, key: "a metadata key of rule \(rule)", value: "the metadata of rule \(rule)")
    }

    /// Sorted as `jsonb` sorts keys: shorter ones first, then by bytes.
    private static func metadata(
        _ rows: [Rows.Row], key keySubject: @autoclosure () -> String, value valueSubject: @autoclosure () -> String
    ) throws(UnreadableValue) -> Metadata {
        if rows.isEmpty { return [:] }
        var pairs: [(key: String, value: JSONValue)] = []
        for row in rows {
            let key = try row.text(2, keySubject())
            pairs.append((key, try row.json(3, valueSubject())))
        }
        return Metadata(
            pairs.sorted { first, second in
                let (first, second) = (first.key.utf8, second.key.utf8)
                return first.count == second.count
                    ? first.lexicographicallyPrecedes(second) : first.count < second.count
            })
    }
}
