import Dispatch
import PosixSupport
import Synchronization

/// Writes lines to a descriptor on a separate thread. Adding a line never waits, even if nothing reads the pipe, the terminal is stopped or
/// the disk is full. Lines wait in a bounded buffer. If it is full, the oldest are dropped and counted, and the count is written once the
/// descriptor accepts lines again.
public final class LineWriter: Sendable {
    /// The standard error stream.
    public static let standardError = LineWriter(STDERR_FILENO)

    private struct State {
        var lines: BoundedBuffer<[UInt8]>
        var hasThread = false
        /// Whether lines that have been removed from the buffer are being written.
        var isWriting = false
        /// Whether the thread has work, so that it need not be woken.
        var isAwake = false
        /// Whether the descriptor refused the last lines.
        var hasFailed = false
        /// Whether the last written byte was not the end of a line.
        var isWithinLine = false
        /// If a descriptor refuses lines, the dropped lines are not reported until there are new lines.
        var hasWork: Bool { lines.count > 0 || (lines.droppedCount > 0 && !hasFailed) }
        var notice: @Sendable (_ droppedCount: Int) -> [UInt8] = { count in
            Array("\(count) log records were dropped: the log could not be written\n".utf8)
        }
    }

    private let state: Mutex<State>
    /// Signalled when lines are added.
    private let arrival = DispatchSemaphore(value: 0)
    private let descriptor: Int32

    /// As many bytes as a pipe accepts completely or not at all (POSIX guarantees 512, Linux 4096).
    private static let chunkSize = 4096
    private static let batchSize = 64 << 10

    /// - Parameters:
    ///   - capacity: the maximum number of waiting lines.
    ///   - maximumSize: their maximum total size in bytes.
    public init(_ descriptor: Int32, capacity: Int = 10_000, maximumSize: Int = 8 << 20) {
        self.descriptor = descriptor
        state = Mutex(
            State(lines: BoundedBuffer(capacity: capacity, maximumSize: maximumSize, sizeOf: { $0.count })))
    }

    /// Changes the line that reports the number of dropped lines.
    public func describeDropped(by notice: @escaping @Sendable (_ droppedCount: Int) -> [UInt8]) {
        state.withLock { $0.notice = notice }
    }

    /// Starts the thread, which otherwise starts with the first line.
    ///
    /// - Returns: whether the thread runs.
    @discardableResult
    public func start() -> Bool {
        state.withLock { state in
            if !state.hasThread { state.hasThread = startThread { self.run() } }
            return state.hasThread
        }
    }

    /// Adds a line, with its line feed.
    public func write(_ line: [UInt8]) {
        let isFirst = state.withLock { state in
            state.lines.append(line)
            defer { state.isAwake = true }
            return !state.isAwake
        }
        if isFirst { arrival.signal() }
        // Without a thread, the line waits for the next attempt to start one, or for `flush`.
        start()
    }

    /// Adds a line.
    public func write(_ text: String) { write(Array(text.utf8) + [UInt8(ascii: "\n")]) }

    /// The number of waiting lines.
    public var waitingCount: Int { state.withLock { $0.lines.count } }

    /// Blocks the calling thread until all lines are written, or until a time has passed.
    ///
    /// - Returns: whether all lines are written.
    @discardableResult
    public func flush(within duration: Duration) -> Bool {
        let deadline = ContinuousClock.now + duration
        while true {
            let (isDone, hasThread) = state.withLock { (!$0.isWriting && !$0.hasWork, $0.hasThread) }
            if isDone { return true }
            if !hasThread, let batch = nextBatch() { finish(batch, send(batch.bytes, until: deadline)) }
            guard .now < deadline else { return false }
            if hasThread { usleep(1000) }
        }
    }

    // MARK: Writing

    private struct Batch {
        var bytes: [UInt8]
        var lineCount: Int
    }

    private func run() {
        while true {
            arrival.wait()
            while let batch = nextBatch() { finish(batch, send(batch.bytes, until: nil)) }
        }
    }

    private func nextBatch() -> Batch? {
        state.withLock { state in
            guard state.hasWork, !state.isWriting else {
                state.isAwake = false
                return nil
            }
            state.isWriting = true
            let droppedCount = state.lines.takeDroppedCount()
            let lines = state.lines.take(upTo: .max, size: Self.batchSize)
            var bytes: [UInt8] = state.isWithinLine ? [UInt8(ascii: "\n")] : []
            if droppedCount > 0 { bytes += state.notice(droppedCount) }
            bytes += lines.joined()
            return Batch(bytes: bytes, lineCount: lines.count + droppedCount)
        }
    }

    private func finish(_ batch: Batch, _ writtenCount: Int) {
        state.withLock { state in
            state.isWriting = false
            if writtenCount > 0 { state.isWithinLine = batch.bytes[writtenCount - 1] != UInt8(ascii: "\n") }
            state.hasFailed = writtenCount < batch.bytes.count
            if state.hasFailed { state.lines.countDropped(batch.lineCount) }
        }
    }

    /// Writes bytes.
    ///
    /// - Parameter deadline: `nil` waits without a limit until the descriptor accepts bytes.
    /// - Returns: the number of bytes written, which is lower if the descriptor refuses them, or if the time has passed.
    private func send(_ bytes: [UInt8], until deadline: ContinuousClock.Instant?) -> Int {
        var start = 0
        while start < bytes.count {
            var end = bytes.count
            if let deadline {
                // A ready descriptor accepts this many bytes without blocking.
                end = min(end, start + Self.chunkSize)
                guard waitUntilWritable(until: deadline) else { return start }
            }
            let count = bytes[start..<end].withUnsafeBytes { writeSome($0, to: descriptor) }
            if count >= 0 {
                start += count
            } else if errno == EAGAIN {
                // The descriptor is shared with another program, which has made it non-blocking.
                guard waitUntilWritable(until: deadline) else { return start }
            } else if errno != EINTR {
                return start
            }
        }
        return start
    }

    private func waitUntilWritable(until deadline: ContinuousClock.Instant?) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            var milliseconds: Int32 = -1
            if let deadline {
                let left = max(.zero, ContinuousClock.now.duration(to: deadline)) / .milliseconds(1)
                milliseconds = Int32(min(left.rounded(.up), 3_600_000))
            }
            let ready = poll(&polled, 1, milliseconds)
            if ready > 0 { return true }
            if ready == 0 || errno != EINTR { return false }
        }
    }
}
