package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1

/// Connections with a ``RequestFeed`` before the parser, and a ``ConnectionGuard`` between the parser and the handlers that respond.
package struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let limits: ConnectionLimits
    let load: ServiceLoad
    /// The host names that requests on a loopback address may use.
    let hosts: AllowedHosts
    /// Removes the root path from requests; `nil` without a root path.
    let rootPath: RootPathStripper?

    package init(
        base: Base, limits: ConnectionLimits, load: ServiceLoad, hosts: AllowedHosts, rootPath: RootPathStripper?
    ) {
        self.base = base
        self.limits = limits
        self.load = load
        self.hosts = hosts
        self.rootPath = rootPath
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let feed = RequestFeed(load)
            try pipeline.addHandler(feed, position: .before(parser))
            let guardian = ConnectionGuard(
                feed, limits, load, hosts: channel.isOnLoopback ? hosts : nil, rootPath: rootPath)
            try pipeline.addHandler(guardian, position: .after(parser))
            // Further bytes stay in the system's buffers until the other connections have been read.
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
            return value
        }
    }

    package func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
