import FoundationEssentials
import PosixSupport
import Subprocess
import SystemPackage

/// A private PostgreSQL server. Its data are in a directory, and it listens only on a Unix socket.
///
/// The server ends with the process that started it, however that ends.
public struct PrivateCluster: Sendable {
    /// The directory of the socket.
    private let socketDirectory: String
    /// The file to which the server logs.
    public let logFile: String

    /// The connection string of one of its databases, for the superuser `postgres`.
    public func connectionString(database: String) -> String {
        let host = socketDirectory.utf8.map { byte in
            let isPlain = byte == UInt8(ascii: "/") || (byte < 0x80 && Character(UnicodeScalar(byte)).isIdentifier)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "postgresql://postgres@/\(database)?host=\(host.joined())"
    }

    /// Starts a server, and stops it when the body returns.
    ///
    /// If a directory has no data yet, they are created. If the user of this process is root, another user owns them, because PostgreSQL
    /// refuses to run as root.
    ///
    /// - Parameters:
    ///   - directory: kept for the next time; no other user can enter it.
    ///   - settings: of `postgresql.conf`.
    ///   - onFirstUse: called before data are created.
    /// - Throws: ``PrivateClusterError``, and the errors of the body.
    public static func withRunning<Result: Sendable>(
        in directory: String, settings: [String: String] = [:], onFirstUse: () -> Void = {},
        _ body: @Sendable (PrivateCluster) async throws -> Result
    ) async throws -> Result {
        let programs = try Programs.find()
        let place = try ClusterDirectory(directory)
        let lock = try place.lock()
        defer { lock.release() }
        let identity = try await Identity.forServer(of: place)
        try await place.waitForFormerServer()
        if !place.hasData {
            onFirstUse()
            try await place.makeData(programs, identity)
        }
        let socketDirectory = try place.socketDirectory(identity)
        let cluster = PrivateCluster(socketDirectory: socketDirectory.path, logFile: place.logFile)
        defer { socketDirectory.removeIfTemporary() }
        return try await cluster.serve(place, programs, identity, settings, body)
    }

    /// Waits for the server, and for the end of the standard input, after which it stops the server.
    private static let script = """
        exec 3<&0 </dev/null 2>>"$1" 4>&1 >&2
        shift
        "$@" 3<&- 4>&- &
        server=$!
        { read -r _ <&3; kill -INT $server; } 4>&- &
        watcher=$!
        wait $server
        status=$?
        kill $watcher
        exit $status
        """

    private func serve<Result: Sendable>(
        _ place: ClusterDirectory, _ programs: Programs, _ identity: Identity, _ settings: [String: String],
        _ body: @Sendable (PrivateCluster) async throws -> Result
    ) async throws -> Result {
        var command = identity.prefix + [programs.postgres, "-D", place.data, "-k", socketDirectory]
        let all = settings.merging(["listen_addresses": "", "unix_socket_permissions": "0700"]) { $1 }
        for (name, value) in all.sorted(by: { $0.key < $1.key }) { command += ["-c", "\(name)=\(value)"] }
        var options = PlatformOptions()
        // A terminal's Ctrl-C goes to this process, which then stops the server.
        options.processGroupID = 0
        let ended = try await run(
            .path("/bin/sh"), arguments: Arguments(["-c", Self.script, "sh", logFile] + command),
            platformOptions: options, input: .inputWriter, output: .sequence, error: .discarded
        ) { execution in
            let result: Swift.Result<Result, any Error>
            do {
                try await waitUntilReady(place, execution.standardOutput)
                result = .success(try await body(self))
            } catch {
                result = .failure(error)
            }
            try await execution.standardInputWriter.finish()
            return result
        }
        return try ended.closureResult.get()
    }

    /// - Parameter output: ends with the server.
    private func waitUntilReady(_ place: ClusterDirectory, _ output: SubprocessOutputSequence) async throws {
        let isReady = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for try await _ in output {}
                return false
            }
            group.addTask {
                while !place.serverIsReady { try await Task.sleep(for: .milliseconds(10)) }
                return true
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        guard isReady else { throw PrivateClusterError.serverDidNotStart(log: logFile) }
    }
}

/// The reason why there is no server, as a sentence for people.
public struct PrivateClusterError: Error, Hashable, CustomStringConvertible {
    /// The sentence.
    public var description: String

    init(_ description: String) {
        self.description = description
    }

    static func serverDidNotStart(log: String) -> Self {
        let lines = (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n") ?? []
        let reason = lines.last { $0.contains("FATAL:") } ?? lines.last ?? "it left no word"
        return Self("PostgreSQL did not start: \(reason) (more in \(log))")
    }
}

extension Character {
    fileprivate var isIdentifier: Bool {
        isASCII && (isLetter || isNumber || self == "_" || self == "-" || self == ".")
    }
}
