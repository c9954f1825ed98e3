import Synchronization

/// The work in progress, by name, so that a service that is cut off can log the unfinished work.
public final class WorkUnderWay: Sendable {
    /// A piece of work, until it ends.
    public struct Piece: Sendable {
        fileprivate var id: Int
    }

    private struct State {
        var nextID = 0
        var pieces: [Int: (name: Name, start: ContinuousClock.Instant)] = [:]
    }

    /// Formatted only when it is needed, because this is done for each request.
    private enum Name: Sendable {
        case text(String)
        case request(method: String, path: String)
    }

    private let state = Mutex(State())
    private static let shownCount = 10
    private static let shownPathLength = 100

    /// Creates an empty list.
    public init() {}

    /// Records that work begins.
    public func begin(_ name: String) -> Piece { begin(.text(name)) }

    /// Records that a request begins.
    func begin(method: String, path: String) -> Piece { begin(.request(method: method, path: path)) }

    private func begin(_ name: Name) -> Piece {
        let now = ContinuousClock.now
        return state.withLock { state in
            state.nextID &+= 1
            state.pieces[state.nextID] = (name, now)
            return Piece(id: state.nextID)
        }
    }

    /// Records that work has ended.
    public func end(_ piece: Piece) {
        state.withLock { _ = $0.pieces.removeValue(forKey: piece.id) }
    }

    /// Records that work is in progress while a closure runs.
    public func during<Value>(_ name: String, _ body: () async throws -> Value) async rethrows -> Value {
        let piece = begin(name)
        defer { end(piece) }
        return try await body()
    }

    /// The number of requests in progress.
    public var requestCount: Int {
        state.withLock { state in
            state.pieces.values.count { if case .request = $0.name { true } else { false } }
        }
    }

    /// The work in progress and its age, the oldest first: `POST /api/v1/rules (2.1 s), and 3 more`. Empty if no work is in progress.
    public var description: String {
        let pieces = state.withLock { $0.pieces.values.map { $0 } }.sorted { $0.start < $1.start }
        var texts = pieces.prefix(Self.shownCount).map { piece in
            let seconds = (piece.start.duration(to: .now) / .milliseconds(100)).rounded() / 10
            let name =
                switch piece.name {
                case .text(let text): text
                case .request(let method, let path): "\(method) \(path.prefix(Self.shownPathLength))"
                }
            return "\(name) (\(seconds) s)"
        }
        if pieces.count > texts.count { texts.append("and \(pieces.count - texts.count) more") }
        return texts.joined(separator: ", ")
    }
}
