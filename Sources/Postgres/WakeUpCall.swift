import Glibc

/// A pipe by which any thread wakes one that waits in `poll`.
final class WakeUpCall: Sendable {
    /// Becomes readable with a call.
    let descriptor: Int32
    private let sender: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
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

    /// Wakes the thread; a pipe that is full holds enough calls.
    func call() {
        var byte: UInt8 = 1
        _ = write(sender, &byte, 1)
    }

    /// Takes all calls made so far.
    func answer() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) == bytes.count {}
    }
}
