import HeksherStore
import LibPQ
import Logging
import ServiceLifecycle

/// Deletes changes that are older than the operator wants to keep them, in small steps.
struct HistoryRetention: Service {
    /// The time between two searches for old changes.
    private static let interval = Duration.seconds(600)
    private static let firstInterval = Duration.seconds(60)

    let store: Store
    /// `nil` keeps all changes.
    let days: Int?
    let logger: Logger

    /// Runs until the service shuts down.
    func run() async {
        await cancelWhenGracefulShutdown {
            var isRefused = false
            // Requests that arrive at the start need the connections.
            var interval = Self.firstInterval
            while (try? await Task.sleep(for: interval)) != nil {
                interval = Self.interval
                guard let days, !isRefused else { continue }
                do {
                    while try await store.deleteChanges(olderThanDays: days) { try Task.checkCancellation() }
                } catch let error as PostgresError where error.state?.concernsDefinitions == true {
                    // Only the owner of the history may delete from it.
                    isRefused = true
                    logger.notice(
                        "old changes stay in the history, because the database's user does not own it",
                        metadata: ["error": "\(error)"])
                } catch {
                    logger.debug("old changes cannot be deleted now", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
