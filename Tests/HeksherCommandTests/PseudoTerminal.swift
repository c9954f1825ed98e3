import Foundation
import Synchronization

/// The program on a terminal of its own, with a user who types.
final class PseudoTerminal: Sendable {
    private let process: Process
    private let master: Int32
    private let text = Mutex("")
    private let folder: URL

    /// Starts the program with these variables only.
    init(
        _ arguments: [String], _ variables: [String: String] = [:], rows: UInt16 = 24, columns: UInt16 = 100
    ) throws {
        var (ends, size) = ((Int32(-1), Int32(-1)), winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0))
        guard openpty(&ends.0, &ends.1, nil, nil, &size) == 0 else { throw CocoaError(.fileNoSuchFile) }
        master = ends.0
        for end in [ends.0, ends.1] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let slave = FileHandle(fileDescriptor: ends.1, closeOnDealloc: true)
        folder = FileManager.default.temporaryDirectory.appending(path: "heksher-test-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        process = Process()
        process.executableURL = HeksherCommand.program
        process.arguments = arguments
        process.environment = [
            "TERM": "xterm", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "XDG_CONFIG_HOME": folder.path(),
        ].merging(variables) { $1 }
        (process.standardInput, process.standardOutput, process.standardError) = (slave, slave, slave)
        // Shells let background commands ignore it, and programs inherit that.
        signal(SIGINT, SIG_DFL)
        try process.run()
        try slave.close()
        Thread.detachNewThread { self.collect() }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        close(master)
        try? FileManager.default.removeItem(at: folder)
    }

    /// Reads until the program and all programs that it started have ended.
    private func collect() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(master, &buffer, buffer.count)
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                return text.withLock { $0 += "\u{4}" }
            }
            let part = String(decoding: buffer[..<count], as: UTF8.self)
            text.withLock { $0 += part }
        }
    }

    /// The text on the terminal so far, with the line ends of files.
    var screen: String { text.withLock { $0 }.replacing("\r\n", with: "\n") }

    /// Waits until the terminal shows a text.
    func shows(_ wanted: String) async throws {
        while !screen.contains(wanted) {
            guard !screen.hasSuffix("\u{4}") else { throw NeverShown(wanted: wanted, screen: screen) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    struct NeverShown: Error {
        var wanted: String
        var screen: String
    }

    /// Types a text.
    func type(_ text: String) {
        Array(text.utf8).withUnsafeBytes { _ = write(master, $0.baseAddress, $0.count) }
    }

    /// Ends the program, if it still runs.
    func stop() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// The status and the whole text, once the program has ended.
    func ended() async throws -> (status: Int32, screen: String) {
        while !screen.hasSuffix("\u{4}") || process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        return (process.terminationStatus, String(screen.dropLast()))
    }
}
