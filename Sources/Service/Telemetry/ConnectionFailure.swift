import NIOCore
import NIOPosix
import PosixSupport

/// The reason why a connection failed.
enum ConnectionFailure {
    /// The reason for an operator: `Connection refused`.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.last.map { reason($0.error) } ?? "its host is unknown"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        default: "\(error)"
        }
    }
}
