import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Connections with a ``ConnectionGuard`` between the parser and those who answer.
struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let limits: ConnectionLimits
    let load: ServiceLoad

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let bytes = ArrivingBytes()
            try pipeline.addHandler(bytes, position: .before(parser))
            try pipeline.addHandler(ConnectionGuard(bytes, limits, load), position: .after(parser))
            return value
        }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
