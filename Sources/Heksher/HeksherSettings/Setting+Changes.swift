/// The observers of a setting's changes.
struct ChangeObservers<Value: SettingValue>: Sendable {
    struct Observer: Sendable {
        var context: SettingContext
        var action: @Sendable (_ old: Value, _ new: Value) -> Void

        func tell(_ old: Ruleset<Value>, _ new: Ruleset<Value>) {
            let (old, new) = (old.value(for: context), new.value(for: context))
            if old != new { action(old, new) }
        }
    }

    private var observers: [Int: Observer] = [:]
    private var lastID = 0

    /// In the order in which they were added.
    var all: [Observer] { observers.sorted { $0.key < $1.key }.map(\.value) }

    mutating func add(_ observer: Observer) -> Int {
        lastID += 1
        observers[lastID] = observer
        return lastID
    }

    mutating func remove(_ id: Int) {
        observers[id] = nil
    }
}

extension Setting {
    /// Calls a function whenever the value in a context changes, as long as the program runs.
    ///
    /// The refresh that brings the change calls it, after the new value has become readable. The function must be quick.
    public func onChange(
        for context: SettingContext = .current, _ action: @escaping @Sendable (_ old: Value, _ new: Value) -> Void
    ) {
        _ = observers.withLock { $0.add(.init(context: context, action: action)) }
    }

    /// The value in a context, and each new value after a change. The sequence ends with the task that iterates, and when the
    /// `ServiceGroup` in which the task runs shuts down gracefully.
    ///
    /// A slow reader misses values that have changed again meanwhile, but never the last one.
    ///
    /// ```swift
    /// for await size in Limits.cacheSize.values(for: ["environment": "production"]) { cache.resize(to: size) }
    /// ```
    public func values(for context: SettingContext = .current) -> SettingValues<Value> {
        let (stream, values) = AsyncStream.makeStream(of: Value.self, bufferingPolicy: .bufferingNewest(1))
        let id = observers.withLock { observers in
            // Inside the lock, so that no change comes between the current value and the next ones.
            values.yield(value(for: context))
            return observers.add(.init(context: context) { _, new in values.yield(new) })
        }
        values.onTermination = { _ in self.observers.withLock { $0.remove(id) } }
        return SettingValues(stream: stream, continuation: values)
    }
}
