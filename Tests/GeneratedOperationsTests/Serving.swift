import ContractAsyncHTTPClient
import ContractHummingbird
import ContractRuntime
import Hummingbird
import Logging
import Synchronization

/// Counts the numbers that have been read.
final class Progress: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }
    func advance() { state.withLock { $0 += 1 } }
}

/// The numbers from 1 on.
struct Numbers: AsyncSequence, Sendable {
    var count: Int
    var progress = Progress()

    struct Iterator: AsyncIteratorProtocol {
        var numbers: Numbers
        var last = 0

        mutating func next() async throws -> Int? {
            guard last < numbers.count else { return nil }
            numbers.progress.advance()
            last += 1
            return last
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(numbers: self) }
}

/// Serves over HTTP while `body` runs.
func serving(
    _ routes: [Route], maximumBodySize: Int = 1 << 20, _ body: @Sendable @escaping (Client) async throws -> Void
) async throws {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "test")
    logger.logLevel = .error
    let application = Application(
        responder: APIResponder<BasicRequestContext>(routes, maximumBodySize: maximumBodySize),
        configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { channel in
            port.yield(channel.localAddress?.port ?? 0)
            port.finish()
        }, logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await application.run() }
        let number = await ports.first { _ in true }
        try await body(Client(AsyncHTTPClientTransport(baseURL: "http://127.0.0.1:\(number ?? 0)")))
        group.cancelAll()
    }
}
