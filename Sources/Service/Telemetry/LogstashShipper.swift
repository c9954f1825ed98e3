import NIOCore
import NIOPosix
public import ServiceLifecycle

/// Sends log lines to Logstash over TCP. If Logstash is down or slow, nothing else is delayed: lines wait in a bounded queue, and the
/// oldest are dropped and counted.
public final class LogstashShipper: Service {
    private let host: String
    private let port: Int
    private let lines: BoundedQueue<[UInt8]>
    private let notice: @Sendable (String) -> [UInt8]
    private let complain: @Sendable (String) -> Void

    private static let batchSize = 256

    /// - Parameters:
    ///   - capacity: the maximum number of waiting lines.
    ///   - maximumSize: their maximum total size in bytes.
    ///   - notice: creates a line for Logstash that reports the number of dropped lines.
    ///   - complain: called once for each outage, with the reason why Logstash is unreachable.
    public init(
        host: String, port: Int, capacity: Int = 10_000, maximumSize: Int = 8 << 20,
        notice: @escaping @Sendable (String) -> [UInt8],
        complain: @escaping @Sendable (String) -> Void
    ) {
        self.host = host
        self.port = port
        lines = BoundedQueue(capacity: capacity, maximumSize: maximumSize, sizeOf: { $0.count })
        self.notice = notice
        self.complain = complain
    }

    /// Adds a line to send.
    public func add(_ line: [UInt8]) { lines.add(line) }

    /// Sends until the service shuts down gracefully, and then the remaining lines if that takes no time.
    public func run() async {
        await lines.runUntilShutdown { await self.ship() }
    }

    private func ship() async {
        var backOff = BackOff()
        while !Task.isCancelled {
            do {
                let channel = try await connect()
                defer { channel.close(promise: nil) }
                try await withTaskCancellationHandler {
                    try await drain(into: channel, &backOff)
                    for await _ in lines.arrivals { try await drain(into: channel, &backOff) }
                } onCancel: {
                    channel.close(promise: nil)
                }
                // No further lines will arrive.
                return
            } catch {
                let reason = ConnectionFailure.reason(error)
                if !Task.isCancelled { complain("Logstash at \(host):\(port) cannot be reached: \(reason)") }
                try? await Task.sleep(for: backOff.next())
            }
        }
    }

    private func connect() async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(2)).channelOption(.socketOption(.so_keepalive), value: 1)
            .connect(host: host, port: port).get()
    }

    private func drain(into channel: any Channel, _ backOff: inout BackOff) async throws {
        while true {
            let batch = lines.take(upTo: Self.batchSize)
            guard !batch.isEmpty else { return }
            let droppedCount = lines.takeDroppedCount()
            do {
                var buffer = ByteBuffer()
                if droppedCount > 0 {
                    buffer.writeBytes(notice("\(droppedCount) log records were dropped: Logstash was down or slow"))
                }
                for line in batch { buffer.writeBytes(line) }
                guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
                try await channel.writeAndFlush(buffer)
                backOff.reset()
            } catch {
                lines.putBack(batch, droppedCount: droppedCount)
                throw error
            }
        }
    }
}
