import NIOCore
import NIOPosix
public import ServiceLifecycle

/// Sends log lines to Logstash over TCP. One that is down or slow delays nobody: lines wait in a bounded queue, of which the
/// oldest are dropped and counted.
public final class LogstashShipper: Service {
    private let host: String
    private let port: Int
    private let lines: BoundedQueue<[UInt8]>
    private let notice: @Sendable (String) -> [UInt8]
    private let complain: @Sendable (String) -> Void

    private static let batchSize = 256

    /// - Parameters:
    ///   - capacity: how many lines may wait.
    ///   - notice: makes a line, for Logstash, that tells how many were dropped.
    ///   - complain: told, once each time, that Logstash cannot be reached.
    public init(
        host: String, port: Int, capacity: Int = 10_000, notice: @escaping @Sendable (String) -> [UInt8],
        complain: @escaping @Sendable (String) -> Void
    ) {
        self.host = host
        self.port = port
        lines = BoundedQueue(capacity: capacity)
        self.notice = notice
        self.complain = complain
    }

    /// Adds a line to those to be sent.
    public func add(_ line: [UInt8]) { lines.add(line) }

    /// Sends until shut down gracefully, then what is left if that takes no time.
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
                // No more lines will come.
                return
            } catch {
                if !Task.isCancelled { complain("Logstash at \(host):\(port) cannot be reached: \(error)") }
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
