import HummingbirdCore
import PosixSupport

/// The address on which the service listens.
public enum ListeningAddress: Sendable, Hashable {
    /// A port of one address, or of all addresses: the host `*` means all addresses, IPv4 and IPv6. With port 0, the system chooses.
    case network(host: String, port: Int)
    /// A socket in the file system.
    case unixSocket(path: String)

    /// The usual notation.
    var description: String {
        switch self {
        case .network(let host, let port): "\(Self.bracketed(host)):\(port)"
        case .unixSocket(let path): "the unix socket \(path)"
        }
    }

    /// The log message when the service listens.
    ///
    /// - Parameters:
    ///   - scheme: `http` or `https`.
    ///   - port: the port that the system has chosen, if it had to choose one.
    public func announcement(scheme: String, port: Int) -> String {
        switch self {
        case .network(let host, _):
            "serves at \(scheme)://\(Self.bracketed(host == "*" ? Self.allAddresses : host)):\(port)"
        case .unixSocket(let path): "serves \(scheme) on the unix socket \(path)"
        }
    }

    /// A host as it is written before a port: IPv6 addresses are in brackets.
    public static func bracketed(_ host: String) -> String {
        host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    }

    /// A socket with this address also accepts connections to IPv4 addresses, unless the system has no IPv6.
    private static var allAddresses: String { SocketProbe.hasDualStack ? "::" : "0.0.0.0" }

    /// The address for Hummingbird.
    var bindAddress: BindAddress {
        switch self {
        case .network(let host, let port):
            .hostname(host == "*" ? Self.allAddresses : Self.withoutBrackets(host), port: port)
        case .unixSocket(let path): .unixDomainSocket(path: path)
        }
    }

    /// Checks that the service may listen here. Hummingbird replaces a Unix socket that a process has left behind, and must not replace one
    /// that is in use, or a file.
    ///
    /// - Throws: ``StartError``.
    func check() throws(StartError) {
        guard case .unixSocket(let path) = self else { return }
        switch SocketProbe.kind(ofFile: path) {
        case .none, .abandonedSocket: break
        case .socketInUse: throw StartError("cannot listen on \(description): another process listens there")
        case .other: throw StartError("cannot listen on \(description): there is a file of this name")
        }
    }

    private static func withoutBrackets(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    /// Removes the file of a Unix socket on which the service no longer listens.
    func cleanUp() {
        guard case .unixSocket(let path) = self, SocketProbe.kind(ofFile: path) == .abandonedSocket else { return }
        unlink(path)
    }
}
