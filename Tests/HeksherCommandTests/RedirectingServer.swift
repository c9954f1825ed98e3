import Hummingbird
import Logging

/// A server that responds to each request with a redirect.
enum RedirectingServer {
    static func running(to location: String, _ test: (_ port: Int) async throws -> Void) async throws {
        let router = Router()
        router.get("**") { _, _ in Response(status: .temporaryRedirect, headers: [.location: location]) }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let silent = Logger(label: "redirecting") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: silent)
        let running = Task { try await application.run() }
        try await test(await ports.first { _ in true } ?? 0)
        running.cancel()
        _ = await running.result
    }
}
