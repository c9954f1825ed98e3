import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// Connections over TLS. Each uses the certificate that is the newest when it begins.
struct SecuredChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let identity: TLSIdentity
    let handshakeTime: TimeAmount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([
                NIOSSLServerHandler(context: identity.context), HandshakeDeadline(handshakeTime),
            ])
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
