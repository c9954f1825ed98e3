package import HummingbirdCore
package import Logging
package import NIOCore

/// Hummingbird's connections, which end properly even if the server drops them.
///
/// A stopping server drops connections that it has just accepted, and SwiftNIO crashes if a connection is dropped before its writer is
/// finished.
package struct RememberedChannel: ServerChildChannel {
    private let base: HTTP1Channel

    package init(_ base: HTTP1Channel) {
        self.base = base
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger).map { value in
            channel.closeFuture.whenComplete { _ in
                // Finishes the writer if necessary.
                Task { try? await value.executeThenClose { _, _ in } }
            }
            return value
        }
    }

    package func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
