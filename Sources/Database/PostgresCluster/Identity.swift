import PosixSupport
import Subprocess

/// The user who runs the server: the user of this process, unless that is root.
struct Identity {
    /// The prefix of commands.
    var prefix: [String] = []
    /// The owner of the directory, if it is not the user of this process.
    var owner: (user: uid_t, group: gid_t)?

    /// Switches from root to another user, if necessary with the privilege to enter directories that are closed to others, such as `/root`.
    ///
    /// - Throws: ``PrivateClusterError``.
    static func forServer(of place: ClusterDirectory) async throws -> Identity {
        guard geteuid() == 0 else { return Identity() }
        guard let user = user("postgres") ?? user("nobody") else {
            throw PrivateClusterError(
                "PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody to run it as")
        }
        var identity = Identity(
            prefix: ["setpriv", "--reuid=\(user.pw_uid)", "--regid=\(user.pw_gid)", "--clear-groups"],
            owner: (user.pw_uid, user.pw_gid))
        try place.give(to: identity)
        let canEnter = try await run(
            .name("setpriv"), arguments: Arguments(identity.prefix.dropFirst() + ["test", "-x", place.path]),
            output: .discarded
        ).terminationStatus.isSuccess
        if !canEnter { identity.prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"] }
        return identity
    }

    private static func user(_ name: String) -> passwd? {
        var entry = passwd()
        var buffer = [CChar](repeating: 0, count: 16384)
        var found: UnsafeMutablePointer<passwd>?
        getpwnam_r(name, &entry, &buffer, buffer.count, &found)
        return found == nil ? nil : entry
    }
}
