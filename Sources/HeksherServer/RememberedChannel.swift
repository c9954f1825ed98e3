import HummingbirdCore
import Logging
import NIOCore

/// Connections as Hummingbird has them, that end well even if the server forgets them.
///
/// A server that stops forgets those whom it has just accepted, and SwiftNIO ends the program if a connection is forgotten whose
/// writer has not been finished.
struct RememberedChannel: ServerChildChannel {
    private let base: HTTP1Channel

    init(_ base: HTTP1Channel) {
        self.base = base
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger).map { value in
            channel.closeFuture.whenComplete { _ in
                // Finishes the writer, if nobody has.
                Task { try? await value.executeThenClose { _, _ in } }
            }
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
