public import HeksherDomain
package import LibPQ

package enum FeatureValuesStatements {
    /// A feature's list of values as a JSON array; NULL if it has none, or one that is too large to be read.
    static let list = """
        CASE WHEN (SELECT sum(octet_length(listed.value) + 4) FROM unnest(allowed_values) AS listed(value)) <= \(StoredSize.maximumOfValue)
            THEN to_json(allowed_values)::text END
        """

    static let find = Statement("SELECT \(list) FROM context_features WHERE name = $1::text")
    /// The features with their lists, in order.
    package static let all = Statement("SELECT name, \(list) FROM context_features ORDER BY index, name")
    /// Makes transactions wait that lock the feature's row with ``check``, or with a foreign key. Returns the size of the list.
    static let lock: Statement = """
        SELECT coalesce((SELECT sum(octet_length(listed.value)) FROM unnest(allowed_values) AS listed(value)), 0)
        FROM context_features WHERE name = $1::text FOR UPDATE
        """
    /// The rules with conditions on the feature `$1` whose values are not among `$2`: the setting, the rule, the value, and the number of
    /// such rules.
    static let conflicts = Statement(
        """
        SELECT r.setting, r.id, \(StoredSize.bounded(text: "c.feature_value")), count(*) OVER ()
        FROM conditions c JOIN rules r ON r.id = c.rule
        WHERE c.context_feature = $1::text
            AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS listed(value) WHERE listed.value = c.feature_value)
        ORDER BY r.setting COLLATE "C", r.id LIMIT \(FeatureValuesConflicts.maximumCount)
        """)
    static let set: Statement = "UPDATE context_features SET allowed_values = $2::varchar[] WHERE name = $1::text"
    /// The lists of features, and whether they can be read. Until the transaction ends, no other one can change these lists.
    static let lockLists = Statement(
        """
        SELECT f.name, \(list), (allowed_values IS NULL OR \(list) IS NOT NULL) FROM context_features f WHERE f.name = ANY ($1::text[])
        FOR KEY SHARE OF f
        """)
    /// For each condition on an existing feature: the feature, whether its list contains the value, and the list if it does not. Until the
    /// transaction ends, no other one can change these lists; if another one is changing a list, the statement waits and reads the new one.
    /// The row locks are those that the foreign key of a condition takes.
    static let check = Statement(
        """
        SELECT asked.feature, (f.allowed_values IS NULL OR asked.value = ANY (f.allowed_values)) IS NOT FALSE,
            CASE WHEN NOT asked.value = ANY (f.allowed_values) THEN \(list) END
        FROM unnest($1::text[], $2::text[]) AS asked(feature, value)
        JOIN context_features f ON f.name = asked.feature
        FOR KEY SHARE OF f
        """)
}

/// The rules whose conditions conflict with a new list of values.
public struct FeatureValuesConflicts: Sendable {
    /// One of the rules.
    public struct Rule: Sendable {
        /// The rule's ID.
        public var id: Int
        /// The name of its setting.
        public var setting: String
        /// The value that its condition requires of the feature.
        public var value: String
    }

    /// The maximum number of rules that are listed.
    static let maximumCount = 100

    /// The first rules, by the names of their settings and their IDs.
    public var rules: [Rule]
    /// The number of all such rules.
    public var count: Int
}

extension Rows.Row {
    /// A list of values from a column of ``FeatureValuesStatements/list``; `nil` if the feature may have any value.
    func featureValues(_ column: Int) -> FeatureValueList? {
        guard !isNull(column), let values = try? strings(column, "a list of values") else { return nil }
        return FeatureValueList(values)
    }
}

extension Rows {
    /// The lists of the features, from the rows of ``FeatureValuesStatements/all``.
    package func allowedValues() -> AllowedValues {
        var lists: [String: FeatureValueList] = [:]
        for row in self { if let name = try? row.string(0) { lists[name] = row.featureValues(1) } }
        return AllowedValues(lists)
    }
}

extension Rows {
    /// The refused values, from the rows of ``FeatureValuesStatements/check``.
    func refusedValues(in conditions: [Condition]) -> [RefusedFeatureValue] {
        var lists: [String: FeatureValueList] = [:]
        for row in self {
            if let name = try? row.string(0), (try? row.bool(1)) == false { lists[name] = row.featureValues(2) }
        }
        let allowed = AllowedValues(lists)
        return conditions.compactMap { allowed.refused(feature: $0.feature, value: $0.value) }
    }
}

// The values of context features.
extension Store {
    /// All context features, the most general first, with their lists of values.
    ///
    /// - Throws: `PostgresError`.
    public func contextFeaturesWithValues() async throws -> (ContextFeatureOrder, AllowedValues) {
        let rows = try await run(FeatureValuesStatements.all())
        return try await computing(with: [rows]) { (rows.featureOrder(), rows.allowedValues()) }
    }

    /// The result of reading the values of a feature.
    public enum FeatureValues: Sendable {
        /// There is no such feature.
        case unknown
        /// The feature may have any value.
        case any
        /// The feature may have these values only.
        case list(FeatureValueList)
    }

    /// The values that a feature may have.
    ///
    /// - Throws: `PostgresError`.
    public func values(ofContextFeature name: String) async throws -> FeatureValues {
        let rows = try await run(FeatureValuesStatements.find(lookup(name)))
        guard let row = rows.first else { return .unknown }
        return try await computing(with: [rows]) { row.featureValues(0).map { .list($0) } ?? .any }
    }

    /// The outcome of setting the values of a feature.
    public enum FeatureValuesChange: Sendable {
        /// The feature has the values.
        case changed
        /// There is no such feature.
        case unknown
        /// The conditions of rules have other values.
        case conflicts(FeatureValuesConflicts)
    }

    /// Sets the values that a feature may have. A rule that is added at the same time is either added before, so that it can conflict, or
    /// checked against the new list.
    ///
    /// - Parameter values: `nil` for any value.
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``.
    public func setValues(
        ofContextFeature name: String, to values: FeatureValueList?
    ) async throws -> FeatureValuesChange {
        if let values { try meter.limits.check(values) }
        let change: FeatureValuesChange = try await storing {
            try await transaction { transaction in
                let rows = try await transaction.run([
                    FeatureStatements.lock(), FeatureValuesStatements.lock(lookup(name)),
                ])
                guard let locked = rows[1].first else { return .unknown }
                if let values {
                    // A statement of its own, so that it sees the rules that were added until the row was locked.
                    let found = try await transaction.run([FeatureValuesStatements.conflicts(name, values.values)])[0]
                    guard found.isEmpty else { return .conflicts(try FeatureValuesConflicts(found)) }
                }
                _ = try await commit(
                    transaction, with: [FeatureValuesStatements.set(name, values?.values)],
                    growth: StorageUsage(bytes: (values?.size ?? 0) - (try locked.int(0))))
                return .changed
            }
        }
        if case .changed = change { onChange(.contextFeatureValuesSet(name)) }
        return change
    }
}

extension FeatureValuesConflicts {
    fileprivate init(_ rows: Rows) throws {
        rules = try rows.map { row in
            Rule(id: try row.int(1), setting: try row.string(0), value: (try? row.string(2)) ?? "")
        }
        count = try rows.first?.int(3) ?? 0
    }
}
