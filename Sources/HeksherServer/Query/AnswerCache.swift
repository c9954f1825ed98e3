import Synchronization

/// Answers to questions that are asked again and again, bounded in bytes.
///
/// What is used stays: answers live in two generations; one that is used moves to the younger, and when that has grown to half of
/// what there may be, the older is dropped and the younger becomes the older. A question is taken note of when it is first asked
/// and its answer kept when it is asked again, so that questions that never come again leave no trace.
final class AnswerCache: Sendable {
    private struct State {
        var young: [String: CachedAnswer] = [:]
        var old: [String: CachedAnswer] = [:]
        var youngSize = 0
        /// Hashes of questions asked once.
        var askedOnce: Set<Int> = []
    }

    private static let maximumAskedOnce = 1 << 14

    private let state = Mutex(State())
    private let generationSize: Int

    /// - Parameter size: in bytes.
    init(size: Int = 64 << 20) {
        generationSize = size / 2
    }

    /// The answer to a question: the target of a request.
    subscript(target: String) -> CachedAnswer? {
        state.withLock { state in
            if let answer = state.young[target] { return answer }
            guard let answer = state.old.removeValue(forKey: target) else { return nil }
            add(answer, target, &state)
            return answer
        }
    }

    /// Keeps the answer to a question that was asked before.
    func offer(_ answer: CachedAnswer, for target: String) {
        guard answer.size + target.utf8.count <= generationSize / 4 else { return }
        state.withLock { state in
            if state.young[target] == nil, state.old.removeValue(forKey: target) == nil {
                guard state.askedOnce.remove(target.hashValue) != nil else {
                    if state.askedOnce.count >= Self.maximumAskedOnce { state.askedOnce = [] }
                    state.askedOnce.insert(target.hashValue)
                    return
                }
            }
            add(answer, target, &state)
        }
    }

    private func add(_ answer: CachedAnswer, _ target: String, _ state: inout State) {
        let size = answer.size + target.utf8.count
        if state.youngSize + size > generationSize {
            state.old = state.young
            state.young = [:]
            state.youngSize = 0
        }
        state.youngSize += size
        if let former = state.young.updateValue(answer, forKey: target) {
            state.youngSize -= former.size + target.utf8.count
        }
    }
}
