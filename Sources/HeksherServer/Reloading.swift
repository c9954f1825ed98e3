import Logging
import ServiceLifecycle
import UnixSignals

/// Reads files again when a SIGHUP asks for it.
struct Reloading: Service {
    private let access: AccessControl?
    private let tls: TLSIdentity?
    private let logger: Logger

    /// None if there is nothing to be read again: the signal then does what it does to other programs.
    static func service(_ access: AccessControl?, _ tls: TLSIdentity?, _ logger: Logger) -> [any Service] {
        access == nil && tls == nil ? [] : [Reloading(access: access, tls: tls, logger: logger)]
    }

    func run() async {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            access?.reload(logger)
            tls?.reload(logger)
        }
    }
}
