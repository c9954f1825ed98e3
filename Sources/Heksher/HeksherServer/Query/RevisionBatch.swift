import HeksherCatalog
import HeksherStore
import LibPQ
import NIOCore

/// Gets the current snapshot once for all requests that an event loop has read in one turn.
///
/// Use it only on its event loop.
final class RevisionBatch {
    typealias Outcome = Result<Snapshot<QueryableSetting>?, PostgresError>

    private let eventLoop: any EventLoop
    private let catalog: SettingsCatalog
    private var waiting: [(Outcome) -> Void] = []

    init(_ eventLoop: any EventLoop, _ catalog: SettingsCatalog) {
        self.eventLoop = eventLoop
        self.catalog = catalog
    }

    func ask(_ complete: @escaping (Outcome) -> Void) {
        waiting.append(complete)
        guard waiting.count == 1 else { return }
        // Everything that is ready to be read is read before this runs.
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { bound.value.submit() }
    }

    private func submit() {
        let bound = NIOLoopBound(waiting, eventLoop: eventLoop)
        waiting = []
        catalog.current { [eventLoop] answer in
            eventLoop.execute {
                for complete in bound.value { complete(answer) }
            }
        }
    }
}
