import ContractJSON
import ContractRuntime
import HTTPTypes
import HeksherAPI
import HeksherStore
import LibPQ
import Logging
import ServiceLifecycle

/// Makes scheduled changes when their time has come, and deletes rules that have expired. Each is an ordinary transaction. All instances
/// look for due work; a lock lets only one of them do it.
struct ScheduleRunner: Service {
    /// The time between two searches for due work.
    private static let interval = Duration.milliseconds(300)
    /// The time between two searches after an error, such as an unavailable database.
    private static let intervalAfterError = Duration.milliseconds(600)
    /// The number of searches after which old scheduled changes are deleted.
    private static let searchesBetweenDeletions = 10_000

    let store: Store
    let logger: Logger

    /// Runs until the service shuts down.
    func run() async {
        await cancelWhenGracefulShutdown {
            var isRefused = false
            var searches = 0
            while !Task.isCancelled {
                var interval = Self.interval
                do {
                    try await search()
                    isRefused = false
                    searches += 1
                    if searches % Self.searchesBetweenDeletions == 1 { try await store.deleteOldScheduledChanges() }
                } catch let error as PostgresError where error.state?.concernsDefinitions == true {
                    if !isRefused {
                        logger.notice(
                            "scheduled changes are not made, and rules do not expire, because the database refuses it",
                            metadata: ["error": "\(error)"])
                    }
                    isRefused = true
                    interval = .seconds(10)
                } catch {
                    interval = Self.intervalAfterError
                    logger.debug("scheduled changes cannot be looked for now", metadata: ["error": "\(error)"])
                }
                if (try? await Task.sleep(for: interval)) == nil { return }
            }
        }
    }

    private func search() async throws {
        let due = try await store.dueWork()
        var failure: (any Error)?
        for id in due.changes where !Task.isCancelled {
            // One that cannot be made now does not hold up the others.
            do { try await make(id) } catch { failure = error }
        }
        if due.hasExpiredRules {
            let author = ChangeAuthor(origin: .schedule, name: nil, address: nil, reason: "the rule has expired")
            try await ChangeAuthor.$current.withValue(author) { try await store.deleteExpiredRules() }
        }
        if let failure { throw failure }
    }

    /// Makes a scheduled change. If it is refused, the refusal is recorded, and the next one follows.
    private func make(_ id: Int) async throws {
        // The author is known once the change is taken, in the transaction.
        guard let change = try await store.scheduledChange(id, prefixes: nil), change.state == .pending else { return }
        let author = ChangeAuthor(
            origin: .schedule, name: change.name, address: change.address, reason: change.reason)
        do {
            try await ChangeAuthor.$current.withValue(author) {
                try await AccessControl.withPrincipal(AccessToken(of: change)) {
                    _ = try await ChangeRunner(store: store).run(reason: nil, dryRun: false, plan: nil) { store in
                        guard let change = try await store.takeScheduledChange(id) else { return nil }
                        guard let operations = [Schemas.ChangeOperation](scheduled: change.operations) else {
                            throw UnknownOperations()
                        }
                        let results = try await ChangeOperations(store).run(operations)
                        try await store.finishScheduledChange(id)
                        return results
                    }
                }
            }
            logger.info("scheduled change made", metadata: ["scheduled": "\(id)"])
        } catch {
            // The database may be available again at the next search.
            guard let answer = Self.refusal(error) else { throw error }
            try await store.failScheduledChange(id, answer)
            logger.error("a scheduled change failed", metadata: ["scheduled": "\(id)", "answer": "\(answer.text)"])
        }
    }

    /// The refusal as `makeChanges` returns it; `nil` for an error that may go away by itself.
    private static func refusal(_ error: any Error) -> JSONValue? {
        if let error = error as? OperationRefused { return try? JSONValue(parsing: error.refusal.jsonBytes()) }
        if let response = APIResponse(refusing: error) {
            return (try? JSONValue(parsing: response.body)) ?? JSONValue(String(decoding: response.body, as: UTF8.self))
        }
        if error is TransactionCollision || error is CancellationError { return nil }
        if let error = error as? PostgresError, error.isUnavailable || error.state?.concernsDefinitions == true {
            return nil
        }
        return JSONValue("\(error)")
    }
}

/// This release cannot read the operations of a scheduled change.
private struct UnknownOperations: Error, CustomStringConvertible {
    var description: String { "this release does not know all operations of the change" }
}

extension AccessToken {
    /// The rights that the token had when the change was scheduled. It is not in the access file, so that no request can have it.
    fileprivate init(of change: ScheduledChange) {
        self.init(digest: TokenDigest(of: ""), name: change.name ?? "", role: .write, prefixes: change.prefixes)
    }
}
