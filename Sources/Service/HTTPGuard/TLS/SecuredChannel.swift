package import HummingbirdCore
package import Logging
package import NIOCore
import NIOSSL

/// Connections over TLS. Each uses the certificate that is the newest when it begins.
package struct SecuredChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let identity: TLSIdentity
    let handshakeTime: TimeAmount

    /// - Parameter handshakeTime: the time in which the handshake must end.
    package init(base: Base, identity: TLSIdentity, handshakeTime: TimeAmount) {
        self.base = base
        self.identity = identity
        self.handshakeTime = handshakeTime
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([
                NIOSSLServerHandler(context: identity.context), HandshakeDeadline(handshakeTime),
            ])
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    package func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
