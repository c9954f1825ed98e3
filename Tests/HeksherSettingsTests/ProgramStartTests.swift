import ContractRuntime
import HeksherAPI
import HeksherSettings
import InMemoryLogging
import Logging
import ServiceLifecycle
import Testing

/// The start and the end of a program that uses settings.
@Suite(.timeLimit(.minutes(20))) struct ProgramStartTests {
    private let heksher = FakeHeksher()
    private let size = Setting("size", configurableBy: ["tenant", "user"], default: 1)
    private let log = InMemoryLogHandler()

    private func reader(_ transport: some ClientTransport) -> SettingsReader {
        SettingsReader(
            transport, settings: [size], refreshInterval: .seconds(1000), logger: Logger(label: "test") { _ in log })
    }

    private var warnings: [String] {
        log.entries.filter { $0.level >= .warning }.map { "\($0.message) \($0.metadata["error"] ?? "")" }
    }

    /// Never responds.
    private struct SilentTransport: ClientTransport {
        func send(_: APIRequest) async throws -> APIResponse {
            try await Task.sleep(for: .seconds(1000))
            return APIResponse(status: .serviceUnavailable)
        }
    }

    @Test("Loading the values brings those of the service")
    func loading() async throws {
        let reader = reader(heksher)
        try await reader.refresh()
        await heksher.setDefault(of: "size", 2)
        try await reader.loadValues()
        #expect(size.value == 2 && warnings.isEmpty)
    }

    @Test(
        "If Heksher does not respond in time, a program starts with the defaults in code, and two lines of the log say so"
    )
    func silence() async throws {
        let duration = try await ContinuousClock().measure {
            try await reader(SilentTransport()).loadValues(within: .milliseconds(50))
        }
        #expect(duration >= .milliseconds(50) && duration < .seconds(100))
        #expect(size.value == 1)
        #expect(
            warnings == [
                "settings cannot be refreshed, they keep their values no response within 0.05 seconds",
                "the program starts with the default values in its code ",
            ])
    }

    @Test("If Heksher refuses connections, a program starts at once, and the log has the reason")
    func outage() async throws {
        await heksher.setDown(true)
        let reader = reader(heksher)
        try await reader.loadValues(within: .seconds(1000))
        #expect(warnings.count == 2)
        #expect(warnings.first?.contains("Down()") == true, "\(warnings)")
        await heksher.setDown(false)
        try await reader.refresh()
        #expect(log.entries.contains { $0.message == "settings are refreshed again" })
    }

    @Test("Loading throws an error for a refused declaration, and for a cancelled task")
    func errors() async throws {
        await heksher.answerDeclaration(of: "size", .badRequest(.plainText("no")))
        await #expect(throws: DeclarationError.self) { try await reader(heksher).loadValues() }
        let silent = reader(SilentTransport())
        let load = Task { try await silent.loadValues(within: .seconds(1000)) }
        load.cancel()
        await #expect(throws: CancellationError.self) { try await load.value }
    }

    /// Iterates over the values of a setting, as a program does that keeps something in line with it.
    private struct Watcher: Service {
        let size: Setting<Int>
        let started: AsyncStream<Void>.Continuation

        func run() async throws {
            for await _ in size.values() { started.yield() }
        }
    }

    @Test("A sequence of values ends at graceful shutdown, also if it begins later")
    func gracefulShutdown() async throws {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let (values, started) = AsyncStream.makeStream(of: Void.self)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: Watcher(size: size, started: started),
                        successTerminationBehavior: .gracefullyShutdownGroup)
                ], logger: quiet))
        async let end: Void = group.run()
        for await _ in values { break }
        await group.triggerGracefulShutdown()
        try await end
    }

    @Test("A sequence of values ends if the task is cancelled")
    func cancellation() async {
        let task = Task { [size] in
            for await _ in size.values() {}
        }
        task.cancel()
        await task.value
    }
}
