import ContractAsyncHTTPClient
import Foundation
import HeksherClient

/// The program `heksher`, built beside the tests.
struct HeksherCommand: ~Copyable {
    private let process = Process()
    private let folder: URL

    static var program: URL {
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "heksher")
    }

    struct Ended {
        var status: Int32
        var output: String
        var error: String
    }

    /// Starts the program with these variables only.
    ///
    /// - Parameters:
    ///   - script: shell code that runs first, for example `ulimit -n 10`; then the program replaces the shell.
    ///   - input: the text of the standard input stream.
    init(
        _ arguments: [String], _ variables: [String: String] = [:], after script: String? = nil, input: String? = nil
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "heksher-test-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let inherited = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("HEKSHER_") && !["PORT", "DOC_ONLY", "SENTRY_DSN"].contains($0.key)
        }
        if let script {
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = ["-c", "\(script); exec \"$0\" \"$@\"", Self.program.path()] + arguments
        } else {
            process.executableURL = Self.program
            process.arguments = arguments
        }
        // The profiles of the user who runs the tests have no effect.
        process.environment = inherited.merging(["XDG_CONFIG_HOME": folder.path()]) { $1 }.merging(variables) { $1 }
        process.currentDirectoryURL = folder
        for name in ["output", "error"] { try Data().write(to: folder.appending(path: name)) }
        var files = try ["output", "error"].map { try FileHandle(forWritingTo: folder.appending(path: $0)) }
        (process.standardOutput, process.standardError) = (files[0], files[1])
        if let input {
            try Data(input.utf8).write(to: folder.appending(path: "input"))
            files.append(try FileHandle(forReadingFrom: folder.appending(path: "input")))
        }
        process.standardInput = input == nil ? FileHandle.nullDevice : files[2]
        try process.run()
        // Foundation keeps ended processes with their files, and crashes once a thousand files are open.
        for file in files { try file.close() }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
    }

    /// The address from the program's message that it serves.
    func address() async throws -> String {
        while process.isRunning {
            let said = text("error")
            if let match = said.firstMatch(of: /serves at (https?:\/\/[^\s"]+)["\n]/) { return String(match.1) }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw NeverServed(said: text("error"))
    }

    /// A client of the service, once the service listens.
    func client(timeout: Duration = .seconds(20)) async throws -> Client {
        Client(AsyncHTTPClientTransport(baseURL: try await address(), timeout: timeout))
    }

    struct NeverServed: Error {
        var said: String
    }

    /// Waits until the program has printed this text.
    func said(_ text: String) async throws {
        while !said.contains(text) {
            guard process.isRunning else { throw NeverServed(said: said) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    var isRunning: Bool { process.isRunning }

    /// The program's output on the standard output stream so far.
    var output: String { text("output") }

    /// The program's output on the standard error stream.
    var said: String { text("error") }

    var processIdentifier: Int32 { process.processIdentifier }

    func signal(_ signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    func ended() async throws -> Ended {
        while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        return Ended(status: process.terminationStatus, output: text("output"), error: text("error"))
    }

    static func run(_ arguments: String..., variables: [String: String] = [:]) async throws -> Ended {
        try await HeksherCommand(arguments, variables).ended()
    }
}
