import FoundationEssentials

/// PostgreSQL's programs for servers.
struct Programs {
    var postgres: String
    var initdb: String

    private init(_ directory: String) {
        postgres = "\(directory)/postgres"
        initdb = "\(directory)/initdb"
    }

    /// Finds the programs in `PATH`, or in the directories of Debian and its derivatives, the newest first.
    ///
    /// - Throws: ``PrivateClusterError``.
    static func find() throws(PrivateClusterError) -> Programs {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let debian = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? [])
            .sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
        let directories =
            path.split(separator: ":").map(String.init) + versions.map { "\(debian)/\($0)/bin" } + [
                "/usr/local/pgsql/bin"
            ]
        for programs in directories.map(Programs.init)
        where FileManager.default.isExecutableFile(atPath: programs.postgres)
            && FileManager.default.isExecutableFile(atPath: programs.initdb)
        {
            return programs
        }
        throw PrivateClusterError(
            "PostgreSQL's server is not installed: its programs postgres and initdb are neither on the PATH nor below "
                + "\(debian) (on Debian and Ubuntu: apt install postgresql)")
    }
}
