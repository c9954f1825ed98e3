import DequeModule

/// Elements that wait for something slow. If there are too many, or they take too much memory, the oldest are dropped and counted.
struct BoundedBuffer<Element> {
    private var elements: Deque<(element: Element, size: Int)> = []
    /// The total size of all elements.
    private var size = 0
    /// The number of elements dropped since the count was last taken.
    private(set) var droppedCount = 0
    private let capacity: Int
    private let maximumSize: Int
    private let sizeOf: @Sendable (Element) -> Int

    /// - Parameters:
    ///   - capacity: the maximum number of elements.
    ///   - maximumSize: the maximum total of `sizeOf` for all elements, for example in bytes.
    init(capacity: Int, maximumSize: Int = .max, sizeOf: @escaping @Sendable (Element) -> Int = { _ in 0 }) {
        self.capacity = capacity
        self.maximumSize = maximumSize
        self.sizeOf = sizeOf
    }

    /// The number of waiting elements.
    var count: Int { elements.count }

    mutating func append(_ element: Element) {
        elements.append((element, sizeOf(element)))
        size += sizeOf(element)
        dropExcess()
    }

    /// Removes and returns the oldest elements: at most `count`, with at most a total size, but at least one.
    mutating func take(upTo count: Int, size wanted: Int = .max) -> [Element] {
        var taken: [Element] = []
        var left = wanted
        while taken.count < count, let first = elements.first, taken.isEmpty || first.size <= left {
            elements.removeFirst()
            size -= first.size
            left -= min(left, first.size)
            taken.append(first.element)
        }
        return taken
    }

    /// Puts elements back that could not be sent. If there is no room for them, they are dropped.
    ///
    /// - Parameter droppedCount: the number of elements that were dropped before and not reported yet.
    mutating func putBack(_ former: [Element], droppedCount count: Int) {
        elements.prepend(contentsOf: former.map { ($0, sizeOf($0)) })
        size += former.reduce(0) { $0 + sizeOf($1) }
        droppedCount += count
        dropExcess()
    }

    /// Counts lost elements.
    mutating func countDropped(_ count: Int) { droppedCount += count }

    /// Returns the number of dropped elements, and resets it to 0.
    mutating func takeDroppedCount() -> Int {
        defer { droppedCount = 0 }
        return droppedCount
    }

    private mutating func dropExcess() {
        while elements.count > capacity || size > maximumSize, let first = elements.popFirst() {
            size -= first.size
            droppedCount += 1
        }
    }
}
