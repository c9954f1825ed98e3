import ArgumentParser
import FoundationEssentials
import PosixSupport

/// Repeats a command's output after each change.
struct WatchOptions: ParsableArguments {
    @Flag(help: "Show the output again each time it changes, until Ctrl-C.")
    var watch = false

    private static let interval = Duration.seconds(1)

    /// Runs a command that only reads: once, or again and again.
    ///
    /// - Parameter command: prints everything that can change.
    /// - Throws: ``Refusal``. While it watches, it reports that the service cannot be reached, and continues.
    func run(_ service: RemoteService, _ command: (RemoteService) async throws -> Void) async throws {
        guard watch else { return try await command(service) }
        let service = service.watching
        var last: String?
        var isAway = false
        while true {
            let start = ContinuousClock.now
            do {
                CollectedOutput.begin()
                try await command(service)
                isAway = false
                let text = CollectedOutput.end()
                if text != last {
                    try show(text, isFirst: last == nil, service)
                    last = text
                }
            } catch let refusal as Refusal where refusal.status == .unavailable && last != nil {
                _ = CollectedOutput.end()
                if !isAway { refusal.tell() }
                isAway = true
            } catch {
                let text = CollectedOutput.end()
                if last == nil { try write(text, to: STDOUT_FILENO) }
                throw error
            }
            // A service that takes long to answer is asked less often.
            try await Task.sleep(for: max(Self.interval, start.duration(to: .now) * 4))
        }
    }

    private func show(_ text: String, isFirst: Bool, _ service: RemoteService) throws {
        if !isFirst, service.form == .table {
            let time = "Changed at \(Date.now.formatted(Date.ISO8601FormatStyle()))"
            try heksher.show("\n\(Style.isEnabled(on: STDOUT_FILENO) ? time.styled(.dim) : time)")
        }
        try write(text, to: STDOUT_FILENO)
    }
}
