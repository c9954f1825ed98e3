package import NIOCore
import NIOPosix
import PosixSupport
import Synchronization

/// Lets work on an event loop continue after the loop has handled all other connections.
///
/// `EventLoop.execute` does not do that: SwiftNIO runs tasks, and the tasks that they add, until no task is left, and only then looks for
/// connections with something to read. So a byte goes through a pipe that the loop watches like a connection.
///
/// Use it only on its event loop.
package final class LoopTurns {
    /// The number of closures that are called before the loop handles its other connections.
    private static let callsPerTurn = 4

    private let eventLoop: any EventLoop
    private var waiting = CircularBuffer<() -> Void>()
    private var isSignalled = false
    /// The end of the pipe to write to; `nil` until the loop watches the other end, or if there is no pipe.
    private var pipe: CInt?
    private var hasPipeFailed = false

    private static let all = Mutex<[ObjectIdentifier: NIOLoopBound<LoopTurns>]>([:])

    /// The turns of an event loop.
    ///
    /// - Precondition: the caller runs on the event loop.
    package static func of(_ eventLoop: any EventLoop) -> LoopTurns {
        let (bound, isNew) = all.withLock { all in
            let id = ObjectIdentifier(eventLoop)
            if let bound = all[id] { return (bound, false) }
            // The value keeps the event loop alive, so that no other one gets its identity.
            let bound = NIOLoopBound(LoopTurns(eventLoop), eventLoop: eventLoop)
            all[id] = bound
            return (bound, true)
        }
        if isNew { bound.value.openPipe() }
        return bound.value
    }

    private init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Calls a closure on the event loop, after the loop has handled its other connections.
    package func afterOthers(_ body: @escaping () -> Void) {
        waiting.append(body)
        if !isSignalled { signal() }
    }

    /// Waits until an event loop has handled its other connections.
    package static func next(on eventLoop: any EventLoop) async {
        await withCheckedContinuation { continuation in
            let wait = { @Sendable in of(eventLoop).afterOthers { continuation.resume() } }
            if eventLoop.inEventLoop { wait() } else { eventLoop.execute(wait) }
        }
    }

    private func signal() {
        if let pipe {
            var byte: UInt8 = 0
            isSignalled = write(pipe, &byte, 1) == 1
        }
        if !isSignalled, hasPipeFailed || pipe != nil {
            // Without a pipe, other connections still get some time in between.
            isSignalled = true
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            eventLoop.scheduleTask(in: .milliseconds(1)) { bound.value.run() }
        }
    }

    private func run() {
        isSignalled = false
        for _ in 0..<min(waiting.count, Self.callsPerTurn) { waiting.popFirst()?() }
        if !waiting.isEmpty, !isSignalled { signal() }
    }

    private func openPipe() {
        var ends: [CInt] = [-1, -1]
        guard PosixSupport.pipe(&ends) == 0 else {
            hasPipeFailed = true
            return
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        let bound = NIOLoopBound((self, ends[1]), eventLoop: eventLoop)
        NIOPipeBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Signals(bound.value.0))
                }
            }
            .takingOwnershipOfDescriptor(input: ends[0])
            .whenComplete { result in
                let (turns, end) = bound.value
                switch result {
                case .success: turns.pipe = end
                case .failure:
                    close(end)
                    turns.hasPipeFailed = true
                }
                if !turns.waiting.isEmpty { turns.signal() }
            }
    }

    /// Reads the pipe.
    private final class Signals: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let turns: LoopTurns

        init(_ turns: LoopTurns) { self.turns = turns }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { turns.run() }
    }
}

@available(*, unavailable)
extension LoopTurns: Sendable {}
