public import HeksherDomain
package import LibPQ

enum FeatureStatements {
    static let list: Statement = "SELECT name FROM context_features ORDER BY index, name"
    static let listWithIndices: Statement = "SELECT name, index FROM context_features ORDER BY index, name"
    static let lock: Statement = "LOCK TABLE context_features IN SHARE ROW EXCLUSIVE MODE"
    static let lockUses: Statement = "LOCK TABLE configurable IN SHARE MODE"
    static let isUsed: Statement = "SELECT EXISTS (SELECT FROM configurable WHERE context_feature = $1::text)"
    static let users: Statement = "SELECT setting FROM configurable WHERE context_feature = $1::text"
    static let add: Statement = "INSERT INTO context_features (name, index) VALUES ($1::text, $2::int)"
    static let delete: Statement = "DELETE FROM context_features WHERE name = $1::text"
    /// Moves the indices out of the way of the new ones, whatever values SQL has given them.
    private static let clearIndices: Statement = """
        UPDATE context_features SET index = CASE
            WHEN bounds.lowest > -1000000000 THEN least(bounds.lowest, 0) - places.place
            ELSE greatest(bounds.highest, 1000000000) + places.place END
        FROM (SELECT name, row_number() OVER ()::int AS place FROM context_features) places,
            (SELECT coalesce(min(index), 0) AS lowest, coalesce(max(index), 0) AS highest FROM context_features) bounds
        WHERE context_features.name = places.name
        """
    private static let setIndices: Statement = """
        INSERT INTO context_features (name, index)
        SELECT wanted.name, wanted.place - 1 FROM unnest($1::text[]) WITH ORDINALITY AS wanted(name, place)
        ON CONFLICT (name) DO UPDATE SET index = excluded.index
        """

    /// Gives the features their positions, and adds missing ones.
    static func store(_ order: ContextFeatureOrder) -> [Query] {
        [clearIndices(), setIndices(order.names)]
    }
}

extension Rows {
    /// The context features whose names can be read.
    package func featureOrder() -> ContextFeatureOrder {
        ContextFeatureOrder(compactMap { try? $0.string(0) })
    }

    /// Whether the indices in the second column count from 0 without gaps. SQL can store other indices, and NULL.
    fileprivate func haveConsecutiveIndices() throws -> Bool {
        try enumerated().allSatisfy { place, row in try !row.isNull(1) && row.int(1) == place }
    }
}

// Context features.
extension Store {
    /// All context features, the most general first.
    ///
    /// - Throws: `PostgresError`.
    public func contextFeatures() async throws -> ContextFeatureOrder {
        try await run(FeatureStatements.list()).featureOrder()
    }

    /// Adds a feature at the end, and repairs the indices of the others if necessary.
    ///
    /// - Returns: whether it was added; `false` if it exists.
    /// - Throws: `PostgresError`; ``Unstorable``; ``StorageFull``.
    public func addContextFeature(_ name: String) async throws -> Bool {
        try meter.limits.check(name: name)
        let isAdded: Bool = try await storing {
            try await transaction { transaction in
                let rows = try await transaction.run([FeatureStatements.lock(), FeatureStatements.listWithIndices()])
                let order = rows[1].featureOrder()
                guard order.index(of: name) == nil else { return false }
                let queries =
                    try rows[1].haveConsecutiveIndices()
                    ? [FeatureStatements.add(name, order.names.count)]
                    : FeatureStatements.store(ContextFeatureOrder(order.names + [name]))
                try await Unstorable.noticing(name: name) {
                    _ = try await commit(transaction, with: queries, growth: StorageUsage(bytes: name.utf8.count))
                }
                return true
            }
        }
        if isAdded { onChange(.contextFeatureAdded(name)) }
        return isAdded
    }

    /// Makes the list the wanted one: adds missing features at their positions, and closes gaps in the indices.
    ///
    /// - Throws: `PostgresError`; `StartupContextFeaturesError` if the stored list is not a subsequence of the wanted one.
    public func ensureContextFeatures(_ wanted: StartupContextFeatures) async throws {
        // If nothing needs to change, a role that can only read is enough.
        let found = try await pool.run(FeatureStatements.listWithIndices())
        let order = found.featureOrder()
        if try wanted.merged(withStored: order) == order, try found.haveConsecutiveIndices() { return }
        let changed: [String]? = try await transaction { transaction in
            let rows = try await transaction.run([FeatureStatements.lock(), FeatureStatements.listWithIndices()])
            let stored = rows[1].featureOrder()
            let merged = try wanted.merged(withStored: stored)
            guard try merged != stored || !rows[1].haveConsecutiveIndices() else { return nil }
            try await transaction.commit(with: FeatureStatements.store(merged))
            return merged.names
        }
        if let changed { onChange(.contextFeaturesSet(changed)) }
    }

    /// The outcome of a deletion.
    public enum FeatureDeletion: Sendable {
        /// The feature has been deleted.
        case deleted
        /// There is no such feature.
        case unknown
        /// A setting is configurable by it.
        case inUse
    }

    /// Deletes a feature; those after it move up.
    public func deleteContextFeature(_ name: String) async throws -> FeatureDeletion {
        do {
            let deletion: FeatureDeletion = try await open { transaction in
                let rows = try await transaction.run([
                    FeatureStatements.lock(), FeatureStatements.lockUses(), FeatureStatements.list(),
                    FeatureStatements.isUsed(lookup(name)),
                ])
                let order = rows[2].featureOrder()
                guard order.index(of: name) != nil else { return .unknown }
                guard try rows[3].first?.bool(0) == false else { return .inUse }
                let rest = ContextFeatureOrder(order.names.filter { $0 != name })
                try await transaction.commit(
                    with: [FeatureStatements.delete(name)] + FeatureStatements.store(rest))
                return .deleted
            }
            if case .deleted = deletion { onChange(.contextFeatureDeleted(name)) }
            return deletion
        } catch let error as PostgresError where error.state == .foreignKeyViolation {
            // A rule has a condition on a feature that its setting is not configurable by. Only SQL can store such a rule.
            return .inUse
        }
    }

    /// Moves a feature.
    ///
    /// - Returns: whether both features exist.
    public func moveContextFeature(
        _ name: String, to destination: ContextFeatureOrder.Destination
    ) async throws -> Bool {
        let (isKnown, isMoved) = try await transaction { transaction in
            let rows = try await transaction.run([FeatureStatements.lock(), FeatureStatements.list()])
            let order = rows[1].featureOrder()
            guard let moved = order.moving(name, to: destination) else { return (false, false) }
            if moved != order { try await transaction.commit(with: FeatureStatements.store(moved)) }
            return (true, moved != order)
        }
        if isMoved { onChange(.contextFeatureMoved(name)) }
        return isKnown
    }
}
