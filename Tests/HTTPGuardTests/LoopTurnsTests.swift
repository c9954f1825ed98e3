import NIOCore
import NIOPosix
import PostgresTesting
import Testing

@testable import HTTPGuard

@Suite struct LoopTurnsTests {
    /// Work that continues in turns until it is stopped.
    private final class EndlessWork: Sendable {
        private let eventLoop: any EventLoop
        private let box: NIOLoopBoundBox<Bool>

        init(_ eventLoop: any EventLoop) {
            self.eventLoop = eventLoop
            box = NIOLoopBoundBox(false, eventLoop: eventLoop)
        }

        func goOn() {
            if box.value { return }
            LoopTurns.of(eventLoop).afterOthers { [self] in goOn() }
        }

        func end() { box.value = true }
    }

    @Test("Work in turns does not block other connections of the event loop")
    func turns() async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let work = try await eventLoop.submit {
            let work = EndlessWork(eventLoop)
            for _ in 0..<10 { work.goOn() }
            return work
        }.get()
        // A connection on the same event loop is accepted, read and answered.
        let server = try await ServerBootstrap(group: eventLoop).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
        }.bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let connection = try await RawConnection(port: port)
        try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(try await connection.answer().status == 200)
        try await eventLoop.submit { work.end() }.get()
        try await server.close()
    }

    @Test("However much work waits for its turn, other connections are handled after a few pieces of it")
    func fewAtATime() async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let done = try await eventLoop.submit { NIOLoopBoundBox(0, eventLoop: eventLoop) }.get()
        let (accepted, seen) = (eventLoop.makePromise(of: Void.self), eventLoop.makePromise(of: Int.self))
        let server = try await ServerBootstrap(group: eventLoop).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Witness { seen.succeed(done.value) })
                accepted.succeed()
            }
        }.bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(server.localAddress)
        let client = try await ClientBootstrap(group: eventLoop).connect(to: address).get()
        try await accepted.futureResult.get()
        try await eventLoop.submit {
            for _ in 0..<100 { LoopTurns.of(eventLoop).afterOthers { done.value += 1 } }
            client.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        }.get()
        let count = try await seen.futureResult.get()
        #expect(count < 20)
        // None is forgotten.
        while try await eventLoop.submit({ done.value }).get() < 100 { await Task.yield() }
        try await client.close()
        try await server.close()
    }

    @Test("A task that waits for its turn continues")
    func next() async {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        for _ in 0..<1000 { await LoopTurns.next(on: eventLoop) }
    }

    /// Calls a closure when bytes arrive.
    private final class Witness: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let see: () -> Void

        init(_ see: @escaping () -> Void) { self.see = see }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { see() }
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
        }
    }
}
