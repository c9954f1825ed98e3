public import HeksherDomain
import Postgres

enum FeatureStatements {
    static let list: Statement = "SELECT name FROM context_features ORDER BY index"
    static let listWithIndices: Statement = "SELECT name, index FROM context_features ORDER BY index"
    /// Adds what is missing, out of the way of all indices.
    static let addMissing: Statement = """
        INSERT INTO context_features (name, index)
        SELECT wanted.name, -1000000000 - wanted.place FROM unnest($1::text[]) WITH ORDINALITY AS wanted(name, place)
        ON CONFLICT (name) DO NOTHING
        """
    static let lock: Statement = "LOCK TABLE context_features IN SHARE ROW EXCLUSIVE MODE"
    static let lockUses: Statement = "LOCK TABLE configurable IN SHARE MODE"
    static let isUsed: Statement = "SELECT EXISTS (SELECT FROM configurable WHERE context_feature = $1::text)"
    static let add: Statement = """
        INSERT INTO context_features (name, index)
        SELECT $1::text, coalesce(max(index) + 1, 0) FROM context_features
        ON CONFLICT (name) DO NOTHING
        """
    static let delete: Statement = "DELETE FROM context_features WHERE name = $1::text"
    /// Out of the way of the indices to come.
    static let clearIndices: Statement = "UPDATE context_features SET index = -1 - index WHERE index >= 0"
    static let setIndices: Statement = """
        UPDATE context_features SET index = wanted.place - 1
        FROM unnest($1::text[]) WITH ORDINALITY AS wanted(name, place)
        WHERE context_features.name = wanted.name
        """

    static func reindex(_ order: ContextFeatureOrder) -> [Query] {
        [clearIndices(), setIndices(order.names)]
    }
}

extension Rows {
    func featureOrder() throws -> ContextFeatureOrder {
        ContextFeatureOrder(try map { try $0.string(0) })
    }
}

// Context features.
extension Store {
    public func contextFeatures() async throws -> ContextFeatureOrder {
        try await pool.run(FeatureStatements.list()).featureOrder()
    }

    /// Adds a feature at the end.
    ///
    /// - Returns: whether it was added; it is not if it exists.
    public func addContextFeature(_ name: String) async throws -> Bool {
        let isAdded = try await transaction { transaction in
            let rows = try await transaction.commit(with: [FeatureStatements.lock(), FeatureStatements.add(name)])
            return rows[1].affectedCount == 1
        }
        if isAdded { onChange(.contextFeatureAdded(name)) }
        return isAdded
    }

    /// Makes the list the one wanted: adds what is missing in its place, and mends gaps in the indices.
    ///
    /// - Throws: `PostgresError`; `StartupContextFeaturesError` if the stored list is no subsequence of the one wanted.
    public func ensureContextFeatures(_ wanted: StartupContextFeatures) async throws {
        let changed: [String]? = try await transaction { transaction in
            let rows = try await transaction.run([FeatureStatements.lock(), FeatureStatements.listWithIndices()])
            let stored = try rows[1].featureOrder()
            let merged = try wanted.merged(withStored: stored)
            guard try merged != stored || !rows[1].map({ try $0.int(1) }).elementsEqual(0..<rows[1].count) else {
                return nil
            }
            try await transaction.commit(
                with: [FeatureStatements.addMissing(merged.names)] + FeatureStatements.reindex(merged))
            return merged.names
        }
        if let changed { onChange(.contextFeaturesSet(changed)) }
    }

    public enum FeatureDeletion: Sendable {
        case deleted
        case unknown
        /// A setting is configurable by it.
        case inUse
    }

    /// Deletes a feature; those after it move up.
    public func deleteContextFeature(_ name: String) async throws -> FeatureDeletion {
        do {
            let deletion: FeatureDeletion = try await pool.transaction { transaction in
                let rows = try await transaction.run([
                    FeatureStatements.lock(), FeatureStatements.lockUses(), FeatureStatements.list(),
                    FeatureStatements.isUsed(lookup(name)),
                ])
                let order = try rows[2].featureOrder()
                guard order.index(of: name) != nil else { return .unknown }
                guard try rows[3].first?.bool(0) == false else { return .inUse }
                let rest = ContextFeatureOrder(order.names.filter { $0 != name })
                try await transaction.commit(
                    with: [FeatureStatements.delete(name)] + FeatureStatements.reindex(rest))
                return .deleted
            }
            if case .deleted = deletion { onChange(.contextFeatureDeleted(name)) }
            return deletion
        } catch let error as PostgresError where error.state == .foreignKeyViolation {
            // A rule has a condition on a feature that its setting is not configurable by: somebody's SQL.
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
            let order = try rows[1].featureOrder()
            guard let moved = order.moving(name, to: destination) else { return (false, false) }
            if moved != order { try await transaction.commit(with: FeatureStatements.reindex(moved)) }
            return (true, moved != order)
        }
        if isMoved { onChange(.contextFeatureMoved(name)) }
        return isKnown
    }
}
