/// Who wants to know of a setting's changes.
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

    /// In the order in which they came.
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
    /// Calls a function whenever the value in a context has changed, as long as the program runs.
    ///
    /// It is called by the refresh that brings the change, once the new value is what reading gives; it had better be quick.
    public func onChange(
        for context: SettingContext = .current, _ action: @escaping @Sendable (_ old: Value, _ new: Value) -> Void
    ) {
        _ = observers.withLock { $0.add(.init(context: context, action: action)) }
    }

    /// The value in a context, and whenever it has changed the new one. The sequence ends with the task that iterates.
    ///
    /// Who iterates slowly misses values that have changed again meanwhile, but never the last.
    ///
    /// ```swift
    /// for await size in Limits.cacheSize.values(for: ["environment": "production"]) { cache.resize(to: size) }
    /// ```
    public func values(for context: SettingContext = .current) -> AsyncStream<Value> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { values in
            let id = observers.withLock { observers in
                // Under the lock, so that no change comes between the present value and those to come.
                values.yield(value(for: context))
                return observers.add(.init(context: context) { _, new in values.yield(new) })
            }
            values.onTermination = { _ in self.observers.withLock { $0.remove(id) } }
        }
    }
}
