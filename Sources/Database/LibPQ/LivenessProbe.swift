import PosixSupport

/// Distinguishes a busy server from one that is frozen or unreachable.
///
/// It opens a new connection and asks the server whether it speaks TLS (PostgreSQL's manual, §54.2.10). Every server answers that with one
/// byte before it authenticates, however many connections it has, and logs nothing when the connection is then closed.
enum LivenessProbe {
    private static let question: [UInt8] = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F]

    /// Whether the server at the other end of a socket answers, or the socket gets one of the events meanwhile. If the process has no file
    /// or memory left for the probe, the result is that the server is alive, and the caller continues to wait.
    static func succeeds(
        forServerOf socket: Int32, _ events: Int16, until deadline: ContinuousClock.Instant
    ) -> Bool {
        guard let probe = connect(toPeerOf: socket) else {
            return [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno)
        }
        defer { close(probe) }
        guard let connected = Session.wait([(probe, Int16(POLLOUT)), (socket, events)], until: deadline) else {
            return false
        }
        if connected[1] != 0 { return true }
        guard send(probe, question, question.count, Int32(MSG_NOSIGNAL)) == question.count,
            let answered = Session.wait([(probe, Int16(POLLIN)), (socket, events)], until: deadline)
        else { return false }
        var answer: UInt8 = 0
        return answered[1] != 0 || recv(probe, &answer, 1, 0) == 1
    }

    /// Begins to connect to the address at the other end of a socket.
    private static func connect(toPeerOf socket: Int32) -> Int32? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard getpeername(socket, pointer, &length) == 0 else { return nil }
                let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
                let probe = PosixSupport.socket(Int32(pointer.pointee.sa_family), type, 0)
                guard probe >= 0 else { return nil }
                guard PosixSupport.connect(probe, pointer, length) == 0 || errno == EINPROGRESS else {
                    close(probe)
                    return nil
                }
                return probe
            }
        }
    }
}
