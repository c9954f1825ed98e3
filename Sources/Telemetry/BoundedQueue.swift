import DequeModule
import ServiceLifecycle
import Synchronization

/// What waits to be sent somewhere. Adding never waits: when the queue is full, the oldest element makes room.
final class BoundedQueue<Element: Sendable>: Sendable {
    private struct State {
        var elements: Deque<Element> = []
        var droppedCount = 0
    }

    private let state = Mutex(State())
    private let capacity: Int
    /// Something has been added since the last look. Ends with the queue.
    let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init(capacity: Int) {
        self.capacity = capacity
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func add(_ element: Element) {
        state.withLock { state in
            if state.elements.count >= capacity {
                state.elements.removeFirst()
                state.droppedCount += 1
            }
            state.elements.append(element)
        }
        arrival.yield()
    }

    /// Takes the oldest elements out.
    func take(upTo count: Int) -> [Element] {
        state.withLock { state in
            let taken = Array(state.elements.prefix(count))
            state.elements.removeFirst(taken.count)
            return taken
        }
    }

    /// Puts back what was taken and could not be sent. What has no room any more is dropped.
    ///
    /// - Parameter droppedCount: what was to be told of those dropped before, and was not.
    func putBack(_ elements: [Element], droppedCount: Int) {
        state.withLock { state in
            let kept = elements.suffix(max(0, capacity - state.elements.count))
            state.droppedCount += elements.count - kept.count + droppedCount
            state.elements.insert(contentsOf: kept, at: 0)
        }
    }

    /// How many elements were dropped since this was asked last.
    func takeDroppedCount() -> Int {
        state.withLock { state in
            defer { state.droppedCount = 0 }
            return state.droppedCount
        }
    }

    /// Runs what sends the elements until the service is shut down gracefully, and then for a last moment, in which what is
    /// left may be sent: ``arrivals`` ends.
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
