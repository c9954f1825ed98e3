import ContractJSON
import ContractRuntime
import HTTPRepresentation
import HeksherAPI
import HeksherDomain
import HeksherStore

/// The change would differ from the plan that the client has sent. Nothing has changed.
struct PlanDiffers: Error {
    /// The changes as they would be now.
    var result: Schemas.ChangeResult
}

/// Makes changes that can be tried first, and that can depend on a plan.
struct ChangeRunner: Sendable {
    let store: Store

    /// Runs operations of the store in one transaction.
    ///
    /// - Parameters:
    ///   - reason: precedes the one of the request's header.
    ///   - plan: the change is made only if it has this plan.
    ///   - body: runs the operations and returns their results; `nil` to change nothing.
    /// - Returns: the changes; `nil` if `body` returned `nil`.
    /// - Throws: ``PlanDiffers``; the errors of `body`.
    func run(
        reason: String?, dryRun: Bool, plan: String?,
        _ body: (Store) async throws -> [Schemas.OperationResult]?
    ) async throws -> Schemas.ChangeResult? {
        var author = ChangeAuthor.current
        if let reason, !reason.isEmpty { author?.reason = reason }
        return try await ChangeAuthor.$current.withValue(author) {
            var result: Schemas.ChangeResult?
            let made = try await store.together(body) { results, review in
                var changes = Schemas.ChangeResult(review, results)
                result = changes
                if let plan, plan != changes.plan { throw PlanDiffers(result: changes.withoutChange) }
                if dryRun {
                    changes = changes.withoutChange
                    result = changes
                    return .rollBack
                }
                return .commit
            }
            return made == nil ? nil : result
        }
    }
}

extension Schemas.ChangeResult {
    /// The maximum number of items.
    private static let maximumItemCount = 1000

    fileprivate init(_ review: ChangeReview, _ results: [Schemas.OperationResult]) {
        let items = review.items.map { Schemas.ChangeItem($0) }
        self.init(
            changeId: review.change.map { "\($0)" }, plan: Self.plan(items),
            items: Array(items.prefix(Self.maximumItemCount)),
            moreItems: max(0, items.count - Self.maximumItemCount), results: results,
            winners: review.winners.map { Schemas.WinnerChange($0) }, more: review.furtherWinnerCount,
            unexaminedSettings: review.unexaminedSettings)
    }

    fileprivate var withoutChange: Self {
        var result = self
        result.changeId = nil
        return result
    }

    /// A digest of the items. New rules have no IDs in it, because PostgreSQL gives them out when they are added.
    private static func plan(_ items: [Schemas.ChangeItem]) -> String {
        var bytes: [UInt8] = []
        for var item in items {
            if item.kind == .rule, item.before.kind == .null { item.ruleId = nil }
            bytes += item.jsonBytes()
            bytes.append(UInt8(ascii: "\n"))
        }
        return SHA256Digest(of: bytes).hexadecimal(prefix: 16)
    }
}

extension Schemas.WinnerChange {
    fileprivate init(_ winner: ChangeReview.Winner) {
        let difference = winner.difference
        self.init(
            setting: winner.setting,
            context: OrderedDictionary(
                uniqueKeysWithValues: difference.context.map { ($0.feature, $0.value) }),
            before: difference.before.map { Schemas.EvaluatedSetting(value: $0.value, ruleId: $0.rule) },
            after: difference.after.map { Schemas.EvaluatedSetting(value: $0.value, ruleId: $0.rule) })
    }
}

extension Schemas.ChangeConflicts {
    init(_ error: ChangesConflict) {
        self.init(
            conflicts: error.conflicts.map {
                Schemas.ChangeConflict(
                    changeId: $0.change.map { "\($0)" }, setting: $0.setting, ruleId: $0.rule, message: $0.message)
            })
    }
}
