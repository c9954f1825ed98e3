/// Determines properties of sockets by creating some.
public enum SocketProbe {
    /// Whether a socket that listens on all IPv6 addresses also accepts connections to IPv4 addresses. It does not if IPv6 is disabled, or
    /// if `net.ipv6.bindv6only` is 1.
    public static var hasDualStack: Bool {
        let probe = socket(AF_INET6, streamType, 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        var takesOnlyIPv6: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(probe, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &takesOnlyIPv6, &length) == 0, takesOnlyIPv6 == 0
        else { return false }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(probe, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }

    /// The maximum size of a Unix socket's path.
    public static var maximumPathLength: Int { MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1 }

    /// The kind of file at a path.
    public enum FileKind: Sendable {
        case none, abandonedSocket, socketInUse, other
    }

    /// Determines whether there is a socket at a path, and whether a process listens on it.
    public static func kind(ofFile path: String) -> FileKind {
        var status = stat()
        guard lstat(path, &status) == 0 else { return .none }
        guard status.st_mode & S_IFMT == S_IFSOCK else { return .other }
        return accepts(unixSocket: path) ? .socketInUse : .abandonedSocket
    }

    private static func accepts(unixSocket path: String) -> Bool {
        guard path.utf8.count <= maximumPathLength else { return false }
        let probe = socket(AF_UNIX, streamType, 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                // A full backlog also shows that there is a process.
                connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 || errno == EAGAIN
            }
        }
    }
}
