import FoundationEssentials
import PosixSupport
import Subprocess

/// The directory of a cluster's data, its socket and its log.
struct ClusterDirectory {
    /// Absolute.
    let path: String

    var data: String { "\(path)/data" }
    var logFile: String { "\(path)/log" }
    private var unfinishedData: String { "\(path)/data.new" }

    /// Creates the directory if it does not exist.
    init(_ path: String) throws(PrivateClusterError) {
        let path = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw PrivateClusterError("the directory \(path) cannot be made: \(error)")
        }
        self.path = path
    }

    func give(to identity: Identity) throws(PrivateClusterError) {
        guard let owner = identity.owner else { return }
        guard chown(path, owner.user, owner.group) == 0 else {
            throw PrivateClusterError("\(path) cannot be given to another user: \(String(cString: strerror(errno)))")
        }
    }

    // MARK: One at a time

    /// Held by the process that has a server there.
    struct Lock {
        fileprivate let descriptor: Int32

        /// Unlocks explicitly. Closing is not enough, because a program that another thread is just starting also has the descriptor for a
        /// moment, and with it the lock (flock(2)).
        func release() {
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
    }

    func lock() throws(PrivateClusterError) -> Lock {
        let descriptor = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw PrivateClusterError("\(path) cannot be written to: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw PrivateClusterError(
                "another process has a PostgreSQL server in \(path); stop it, or choose another directory")
        }
        return Lock(descriptor: descriptor)
    }

    // MARK: The server's state

    private var postmasterFile: String { "\(data)/postmaster.pid" }

    /// The lines of the file in which a server records its state (src/include/utils/pidfile.h of PostgreSQL).
    private var postmaster: [Substring] {
        guard let text = try? String(contentsOfFile: postmasterFile, encoding: .utf8) else { return [] }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    var serverIsReady: Bool {
        let lines = postmaster
        return lines.count >= 8 && lines[7].hasPrefix("ready")
    }

    /// The server of a killed process may still be stopping.
    func waitForFormerServer() async throws {
        for _ in 0..<1000 {
            guard let line = postmaster.first, let id = pid_t(line), kill(id, 0) == 0 || errno == EPERM else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        // A file left by a killed server would look like the next server's.
        unlink(postmasterFile)
    }

    // MARK: Creating

    var hasData: Bool { FileManager.default.fileExists(atPath: "\(data)/PG_VERSION") }

    /// Creates the data, all of it or nothing.
    func makeData(_ programs: Programs, _ identity: Identity) async throws {
        try? FileManager.default.removeItem(atPath: unfinishedData)
        let command =
            identity.prefix + [
                programs.initdb, "--pgdata=\(unfinishedData)", "--username=postgres", "--auth=trust",
                "--encoding=UTF8", "--locale=C", "--no-instructions",
            ]
        let made = try await run(
            .name(command[0]), arguments: Arguments(Array(command.dropFirst())), output: .discarded,
            error: .string(limit: 65536))
        guard made.terminationStatus.isSuccess, rename(unfinishedData, data) == 0 else {
            let reason = made.standardError.split(separator: "\n").first { $0.contains("error:") } ?? ""
            throw PrivateClusterError("PostgreSQL's data could not be made in \(data): \(reason)")
        }
    }

    struct SocketDirectory {
        var path: String
        var isTemporary: Bool

        func removeIfTemporary() {
            if isTemporary { try? FileManager.default.removeItem(atPath: path) }
        }
    }

    /// A directory for the socket: here, unless the path is too long for a socket's name (unix(7): 108 bytes).
    func socketDirectory(_ identity: Identity) throws(PrivateClusterError) -> SocketDirectory {
        guard path.utf8.count + "/.s.PGSQL.5432.lock".utf8.count >= 108 else {
            return SocketDirectory(path: path, isTemporary: false)
        }
        var template = Array("/tmp/postgres.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw PrivateClusterError("no directory for the socket: \(String(cString: strerror(errno)))")
        }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        if let owner = identity.owner { chown(path, owner.user, owner.group) }
        return SocketDirectory(path: path, isTemporary: true)
    }
}
