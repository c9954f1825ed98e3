import Fuzzing
import Glibc

/// A client that sends some bytes, closes its sending side, and reads until the service ends the connection.
struct Client {
    /// How long the service may take to end the connection, in milliseconds.
    private static let patience: Int32 = 5000

    let path: String

    /// All bytes of the service's responses.
    func ask(_ bytes: [UInt8]) -> [UInt8] {
        let connection = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isConnected = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        expect(isConnected, "the service does not listen: \(errno)")
        var rest = bytes[...]
        var answers: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        if rest.isEmpty { shutdown(connection, Int32(SHUT_WR)) }
        while true {
            var poll = pollfd(fd: connection, events: Int16(rest.isEmpty ? POLLIN : POLLIN | POLLOUT), revents: 0)
            let count = Glibc.poll(&poll, 1, Self.patience)
            // libFuzzer's timer interrupts the call.
            if count < 0, errno == EINTR { continue }
            expect(count > 0, "the service does not end the connection")
            if poll.revents & Int16(POLLIN | POLLHUP) != 0 {
                let count = recv(connection, &piece, piece.count, Int32(MSG_DONTWAIT))
                if count == 0 || (count < 0 && errno == ECONNRESET) { return answers }
                if count > 0 { answers += piece[..<count] }
            }
            if poll.revents & Int16(POLLOUT) != 0, !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    send(connection, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
                }
                if count > 0 { rest = rest.dropFirst(count) }
                // The service no longer reads, but may have responded.
                if count < 0, errno == EPIPE || errno == ECONNRESET { rest = [] }
                if rest.isEmpty { shutdown(connection, Int32(SHUT_WR)) }
            }
        }
    }
}
