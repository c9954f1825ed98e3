import HeksherAPI
import InMemoryLogging
import Logging
import PostgresTesting
import ServiceLifecycle
import Testing

@testable import HeksherSettings

/// A reader that follows changes.
@Suite(.timeLimit(.minutes(20))) struct FollowingTests {
    private let heksher = FakeHeksher()
    private let size = Setting("size", configurableBy: ["tenant", "user"], default: 1)
    private let name = Setting("name", configurableBy: ["user"], default: "none")

    /// Runs a reader that refreshes at long intervals, unless the test says otherwise.
    private func running(
        interval: Duration = .seconds(1000), followsChanges: Bool = true, times: FollowingTimes = FollowingTimes(),
        logger: Logger? = nil, _ body: (SettingsReader) async throws -> Void
    ) async throws {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let reader = SettingsReader(
            heksher, settings: [size, name], refreshInterval: interval, followsChanges: followsChanges, times: times,
            logger: logger ?? quiet)
        let group = ServiceGroup(services: [reader], logger: quiet)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            try await body(reader)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func until(_ condition: () async -> Bool) async throws {
        while await !condition() { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test("A reader has a new value once the service reports a change or a reset, without waiting for its interval")
    func events() async throws {
        await heksher.setFollowing(.streams)
        try await running { reader in
            try await until { await reader.isFollowing }
            #expect(await heksher.followed == [["size", "name"]])
            var value = 2
            for event in ["change", "reset", "change"] {
                await heksher.setDefault(of: "size", .init(integerLiteral: value))
                await heksher.report(event)
                try await until { size.value == value }
                value += 1
            }
        }
    }

    @Test("A reader connects again when its stream ends, and has the changes that it missed meanwhile")
    func reconnecting() async throws {
        await heksher.setFollowing(.streams)
        try await running { reader in
            for value in 2...4 {
                try await until { await reader.isFollowing }
                await heksher.setDefault(of: "size", .init(integerLiteral: value))
                await heksher.endStreams()
                try await until { size.value == value }
            }
        }
    }

    @Test("When the stream ends because of an outage, the log says so at once, not at the next refresh")
    func outage() async throws {
        await heksher.setFollowing(.streams)
        let log = InMemoryLogHandler()
        try await running(logger: Logger(label: "test") { _ in log }) { reader in
            try await until { await reader.isFollowing }
            await heksher.setDown(true)
            await heksher.endStreams()
            let message: Logger.Message = "settings cannot be refreshed, they keep their values"
            try await until { log.entries.contains { $0.message == message } }
        }
    }

    @Test("A reader that cannot refresh after a change tries again")
    func failing() async throws {
        await heksher.setFollowing(.streams)
        try await running { reader in
            try await until { await reader.isFollowing }
            await heksher.setDefault(of: "size", 2)
            await heksher.setDown(true)
            await heksher.report("change")
            try await until { await !reader.isFollowing }
            await heksher.setDown(false)
            try await until { size.value == 2 }
        }
    }

    @Test(
        "Without a stream, a reader refreshes at its interval", arguments: [FakeHeksher.Following.unknown, .withheld])
    func absent(following: FakeHeksher.Following) async throws {
        await heksher.setFollowing(following)
        let times = FollowingTimes(beginning: .milliseconds(50))
        try await running(interval: .milliseconds(20), times: times) { reader in
            try await until { await !heksher.requests.isEmpty }
            for value in 2...5 {
                await heksher.setDefault(of: "size", .init(integerLiteral: value))
                try await until { size.value == value }
            }
            #expect(await !reader.isFollowing)
        }
        // After a service without a stream, there is no other attempt for some minutes.
        #expect(await heksher.followed.count <= 1)
    }

    @Test("A reader gives up a stream that is silent for too long, and follows another one")
    func silent() async throws {
        await heksher.setFollowing(.streams)
        try await running(times: FollowingTimes(silence: .milliseconds(100))) { reader in
            try await until { await heksher.followed.count > 2 }
            await heksher.setDefault(of: "size", 2)
            try await until { size.value == 2 }
        }
    }

    @Test("While a stream reports changes, a reader does not poll")
    func quiet() async throws {
        await heksher.setFollowing(.streams)
        try await running(interval: .milliseconds(5)) { reader in
            try await until { await reader.isFollowing }
            // A refresh may be under way.
            try await reader.refresh()
            _ = await heksher.takeRequests()
            try await Task.sleep(for: .milliseconds(100))
            #expect(await heksher.takeRequests().count <= 3)
        }
    }

    @Test("A reader with followsChanges false opens no stream")
    func notFollowing() async throws {
        await heksher.setFollowing(.streams)
        try await running(interval: .milliseconds(5), followsChanges: false) { _ in
            try await until { await !heksher.requests.isEmpty }
            for value in 2...4 {
                await heksher.setDefault(of: "size", .init(integerLiteral: value))
                try await until { size.value == value }
            }
        }
        #expect(await heksher.followed.isEmpty)
    }
}
