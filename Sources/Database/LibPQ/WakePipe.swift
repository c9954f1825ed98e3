import PosixSupport

/// A pipe with which any thread wakes one that waits in `poll`.
final class WakePipe: Sendable {
    /// Becomes readable after a wake-up.
    let descriptor: Int32
    private let sender: Int32

    /// - Throws: ``PostgresError/unreachable(_:)`` if the process or the system cannot open more files. Without a pipe, there is no
    ///   connection.
    init() throws(PostgresError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw .unreachable("no pipe can be opened for a connection: \(String(cString: strerror(errno)))")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (descriptor, sender) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(sender)
    }

    /// Wakes the thread. A full pipe wakes it as well.
    func wake() {
        var byte: UInt8 = 1
        _ = write(sender, &byte, 1)
    }

    /// Discards the wake-ups so far.
    func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) == bytes.count {}
    }
}
