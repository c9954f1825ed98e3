import Synchronization

/// What a cache counts.
protocol Sized: Sendable {
    /// About how many bytes of memory it takes.
    var size: Int { get }
}

/// What is made of texts that come again and again, such as answers to questions, bounded in bytes.
///
/// What is used stays: values live in two generations; one that is used moves to the younger, and when that has grown to half of
/// what there may be, the older is dropped and the younger becomes the older. A text is taken note of when it comes first and its
/// value kept when it comes again, so that texts that never come again leave no trace.
final class RecurrenceCache<Value: Sized>: Sendable {
    /// A text that is hashed once, however often it is looked for.
    private struct Key: Hashable {
        let text: String
        let hash: Int

        /// - Parameter text: by its bytes: as strings, texts are equal too whose characters are composed in other ways.
        init(_ text: String) {
            var text = text
            hash = text.withUTF8 { bytes in
                var hasher = Hasher()
                hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
                return hasher.finalize()
            }
            self.text = text
        }

        static func == (first: Key, second: Key) -> Bool { first.hash == second.hash && first.text == second.text }

        func hash(into hasher: inout Hasher) { hasher.combine(hash) }

        var size: Int { text.utf8.count }
    }

    private struct State {
        var young: [Key: Value] = [:]
        var old: [Key: Value] = [:]
        var youngSize = 0
        /// Hashes of texts that came once.
        var seenOnce: Set<Int> = []
    }

    private static var maximumSeenOnce: Int { 1 << 14 }

    private let state = Mutex(State())
    private let generationSize: Int

    /// - Parameter size: in bytes.
    init(size: Int = 64 << 20) {
        generationSize = size / 2
    }

    /// The value of a text, if it is kept.
    subscript(text: String) -> Value? {
        let key = Key(text)
        return state.withLock { state in
            if let value = state.young[key] { return value }
            guard let value = state.old.removeValue(forKey: key) else { return nil }
            add(value, key, &state)
            return value
        }
    }

    /// Does something with each value.
    func forEach(_ body: (Value) -> Void) {
        state.withLock { state in
            for value in state.young.values { body(value) }
            for value in state.old.values { body(value) }
        }
    }

    /// Keeps the value of a text that came before.
    func offer(_ value: Value, for text: String) {
        let key = Key(text)
        guard value.size + key.size <= generationSize / 4 else { return }
        state.withLock { state in
            // Most that is new is seen for the first time.
            if state.seenOnce.remove(key.hash) == nil, state.young[key] == nil,
                state.old.removeValue(forKey: key) == nil
            {
                if state.seenOnce.count >= Self.maximumSeenOnce { state.seenOnce = [] }
                state.seenOnce.insert(key.hash)
                return
            }
            add(value, key, &state)
        }
    }

    private func add(_ value: Value, _ key: Key, _ state: inout State) {
        let size = value.size + key.size
        if state.youngSize + size > generationSize {
            state.old = state.young
            state.young = [:]
            state.youngSize = 0
        }
        state.youngSize += size
        if let former = state.young.updateValue(value, forKey: key) {
            state.youngSize -= former.size + key.size
        }
    }
}
