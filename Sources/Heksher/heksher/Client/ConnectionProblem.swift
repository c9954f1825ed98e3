import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL
import PosixSupport

/// The reason why a service did not answer, for people.
struct ConnectionProblem {
    /// The rest of a sentence that begins with the service's address: `cannot be reached: Connection refused`.
    let clause: String

    private static let timeouts: [HTTPClientError] = [
        .deadlineExceeded, .connectTimeout, .readTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
    ]

    /// - Parameters:
    ///   - error: an error of the HTTP client.
    ///   - timeout: the time that the request was allowed to take.
    init(_ error: any Error, timeout: Duration) {
        clause = Self.clause(error, timeout)
    }

    private static func clause(_ error: any Error, _ timeout: Duration) -> String {
        switch error {
        case let error as HTTPClientError where timeouts.contains(error):
            let seconds = timeout.components.seconds
            return "does not answer in \(seconds) second\(seconds == 1 ? "" : "s")"
        case let error as HTTPClientError: return "cannot be reached: \(error.shortDescription)"
        case let error as NIOConnectionError:
            return error.connectionErrors.last.map { clause($0.error, timeout) }
                ?? "cannot be reached: its host is unknown"
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            return "cannot be reached: nothing listens there; is the service running, and the address right?"
        case let error as IOError: return "cannot be reached: \(String(cString: strerror(error.errnoCode)))"
        case is NIOTooManyBytesError: return "sends a longer response than this program accepts"
        case is SocketAddressError.UnknownHost: return "cannot be reached: its host is unknown"
        case is SocketAddressError: return "cannot be reached: its host is not an address"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return "cannot be reached: its certificate is for another host"
        default: return "cannot be reached: \(tls(error))"
        }
    }

    /// BoringSSL's errors contain the place in its source code, and the name of the error.
    private static func tls(_ error: any Error) -> String {
        let text = "\(error)"
        guard let name = text.firstMatch(of: /OPENSSL_internal:(\w+)/)?.1 else {
            return error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
                ? "TLS fails" : text.unnumbered
        }
        switch name {
        case "CERTIFICATE_VERIFY_FAILED":
            return
                "its certificate is not signed by an authority that this machine knows; --cacert names a file of further ones"
        case "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST":
            return "it does not speak TLS; use an address that begins with http://"
        default: return "TLS fails (\(name.lowercased().replacing("_", with: " ")))"
        }
    }
}

extension String {
    /// The text without the number of a system error: `(errno: 111)`.
    fileprivate var unnumbered: String { replacing(/\s?\(errno: [0-9]+\)/, with: "") }
}
