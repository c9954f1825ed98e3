import Synchronization

/// A value whose size a cache counts.
protocol Sized: Sendable {
    /// The approximate bytes of memory that it takes.
    var size: Int { get }
}

/// A cache of values that are made from repeated texts, such as responses to queries, with a limit in bytes.
///
/// Used values stay. There are two generations: a used value moves to the younger one. When that has grown to half of the limit, the older
/// one is dropped and the younger one becomes the older. A value is stored only when its text arrives for the second time, so that texts
/// that never repeat take no space.
final class RecurrenceCache<Value: Sized>: Sendable {
    /// A text whose hash is computed once, however often it is looked up.
    private struct Key: Hashable {
        let text: String
        let hash: Int

        /// - Parameter text: compared by its bytes. As strings, texts are also equal if only their characters are composed differently.
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
        /// The hashes of texts that have arrived once.
        var seenOnce: Set<Int> = []

        mutating func beginGeneration() {
            old = young
            young = [:]
            youngSize = 0
        }
    }

    private static var maximumSeenOnce: Int { 1 << 14 }

    private let state = Mutex(State())
    private let generationSize: Int

    /// - Parameter size: in bytes.
    init(size: Int = 64 << 20) {
        generationSize = size / 2
    }

    /// The value of a text, if it is stored.
    subscript(text: String) -> Value? {
        let key = Key(text)
        return state.withLock { state in
            if let value = state.young[key] { return value }
            guard let value = state.old.removeValue(forKey: key) else { return nil }
            add(value, key, &state)
            return value
        }
    }

    /// Drops the values that have not been used since the last call.
    ///
    /// - Returns: their approximate size in bytes.
    func age() -> Int {
        let dropped = state.withLock { state in
            defer { state.beginGeneration() }
            return state.old
        }
        return dropped.reduce(0) { $0 + $1.key.size + $1.value.size }
    }

    /// Stores the value of a text that has arrived before.
    func offer(_ value: Value, for text: String) {
        let key = Key(text)
        guard value.size + key.size <= generationSize / 4 else { return }
        state.withLock { state in
            // Most new texts arrive for the first time.
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
        if state.youngSize + size > generationSize { state.beginGeneration() }
        state.youngSize += size
        if let former = state.young.updateValue(value, forKey: key) {
            state.youngSize -= former.size + key.size
        }
    }
}
