import PosixSupport
import Synchronization

/// Shows how far some work has got, once it takes more than a second.
///
/// On a terminal, it is one line, which each second replaces and the end of the work removes. Otherwise, it is a line after 1, 2, 4, 8, …
/// seconds, at the latest after each minute, or nothing if only people at a terminal are interested.
final class Progress: Sendable {
    private struct State {
        var share: String?
        var isShown = false
        var isEnded = false
    }

    private let title: String
    private let isForTerminals: Bool
    private let state = Mutex(State())
    private let start = ContinuousClock.now
    private let isOnTerminal = isatty(STDERR_FILENO) == 1 && !Terminal.isDumb

    private init(_ title: String, isForTerminals: Bool) {
        self.title = title
        self.isForTerminals = isForTerminals
    }

    /// Runs some work and shows its progress.
    ///
    /// - Parameters:
    ///   - title: the work, as in `Waiting for the service`.
    ///   - isForTerminals: whether the progress is shown only on a terminal.
    static func during<Value>(
        _ title: String, isForTerminals: Bool = false, _ work: (Progress) async throws -> Value
    ) async rethrows -> Value {
        let progress = Progress(title, isForTerminals: isForTerminals)
        guard progress.isOnTerminal || !isForTerminals else { return try await work(progress) }
        let clock = Task { try? await progress.tick() }
        defer {
            clock.cancel()
            progress.end()
        }
        return try await work(progress)
    }

    /// Sets the part that is done: `3 of 5`, `12 MB`.
    func reach(_ share: String) { state.withLock { $0.share = share } }

    private func tick() async throws {
        var pause = Duration.seconds(1)
        while !Task.isCancelled {
            try await Task.sleep(for: pause)
            print()
            if !isOnTerminal { pause = min(pause * 2, .seconds(60)) }
        }
    }

    private func print() {
        let seconds = start.duration(to: .now).components.seconds
        state.withLock { state in
            guard !state.isEnded else { return }
            state.isShown = true
            let line = "\(title)\(state.share.map { ": \($0)" } ?? "") (\(seconds) s)"
            try? write(isOnTerminal ? "\r\u{1B}[K\(line)" : "\(line)\n", to: STDERR_FILENO)
        }
    }

    private func end() {
        state.withLock { state in
            if state.isShown, isOnTerminal { try? write("\r\u{1B}[K", to: STDERR_FILENO) }
            state.isEnded = true
        }
    }
}
