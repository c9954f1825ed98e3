import HTTPGuard
import HeksherCatalog
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1
import Synchronization

/// Hummingbird's connections, with a ``QueryChannelHandler`` before the handler that turns requests into tasks, and with these tasks on the
/// connection's event loop.
struct QueryChannel: ServerChildChannel {
    private let base: RememberedChannel
    private let queries: QueryResponder
    private let answersQueries: Bool
    private let refusals: AccessRefusals?
    private let batches = Batches()

    /// The batch of each event loop.
    private final class Batches: Sendable {
        private let batches = Mutex<[ObjectIdentifier: NIOLoopBound<RevisionBatch>]>([:])

        /// - Precondition: the caller runs on the event loop.
        func batch(of eventLoop: any EventLoop, _ catalog: SettingsCatalog) -> RevisionBatch {
            batches.withLock { batches in
                let id = ObjectIdentifier(eventLoop)
                if let batch = batches[id] { return batch.value }
                let batch = RevisionBatch(eventLoop, catalog)
                batches[id] = NIOLoopBound(batch, eventLoop: eventLoop)
                return batch
            }
        }
    }

    /// - Parameters:
    ///   - refusals: refuses requests by their heads; `nil` if the service uses no tokens.
    ///   - answersQueries: whether queries are answered before they reach Hummingbird, without a log line.
    init(
        responder: @escaping HTTPChannelHandler.Responder, configuration: HTTP1Channel.Configuration,
        _ queries: QueryResponder, refusals: AccessRefusals? = nil, answersQueries: Bool
    ) {
        self.refusals = refusals
        base = RememberedChannel(HTTP1Channel(responder: responder, configuration: configuration))
        self.queries = queries
        self.answersQueries = answersQueries
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            let batch = batches.batch(of: channel.eventLoop, queries.catalog)
            let handler = QueryChannelHandler(
                queries, batch, refusals: answersQueries ? refusals : nil, answersQueries: answersQueries)
            try pipeline.addHandler(handler, position: .before(codec))
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopTaskExecutor(value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }
}
