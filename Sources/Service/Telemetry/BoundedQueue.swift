import ServiceLifecycle
import Synchronization

/// Elements that a task sends. Adding never waits: see ``BoundedBuffer``.
final class BoundedQueue<Element: Sendable>: Sendable {
    private let buffer: Mutex<BoundedBuffer<Element>>
    /// Yields when elements have been added. It ends with the queue.
    let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init(capacity: Int, maximumSize: Int = .max, sizeOf: @escaping @Sendable (Element) -> Int = { _ in 0 }) {
        buffer = Mutex(BoundedBuffer(capacity: capacity, maximumSize: maximumSize, sizeOf: sizeOf))
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The number of waiting elements.
    var count: Int { buffer.withLock(\.count) }

    func add(_ element: Element) {
        buffer.withLock { $0.append(element) }
        arrival.yield()
    }

    /// Removes and returns the oldest elements.
    func take(upTo count: Int) -> [Element] {
        buffer.withLock { $0.take(upTo: count) }
    }

    /// Puts elements back that could not be sent.
    ///
    /// - Parameter droppedCount: the number of elements that were dropped before, if it could not be reported.
    func putBack(_ elements: [Element], droppedCount: Int) {
        buffer.withLock { $0.putBack(elements, droppedCount: droppedCount) }
    }

    /// The number of elements dropped since the last call.
    func takeDroppedCount() -> Int {
        buffer.withLock { $0.takeDroppedCount() }
    }

    /// Runs a sender of the elements until the service shuts down gracefully. Then ``arrivals`` ends, and the sender has a short time to
    /// send the rest.
    func runUntilShutdown(_ send: @escaping @Sendable () async -> Void) async {
        await withTaskGroup { group in
            group.addTask { await send() }
            group.addTask {
                try? await gracefulShutdown()
                self.arrival.finish()
                try? await Task.sleep(for: .seconds(1))
            }
            await group.next()
            group.cancelAll()
        }
    }
}
