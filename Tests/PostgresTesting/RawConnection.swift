import Dispatch
import Glibc
package import Synchronization

/// A connection on which a test sends bytes and reads responses when it chooses. Blocking calls run on threads of their
/// own.
package final class RawConnection: Sendable {
    package struct Response: Hashable {
        package var status: Int
        /// By names in lower case.
        package var headers: [String: String]
        package var body: String
    }

    package struct Failure: Error {
        package var reason: String

        package init(reason: String) { self.reason = reason }
    }

    private let descriptor: Int32
    private let sending = DispatchQueue(label: "sending")
    private let receiving = DispatchQueue(label: "receiving")
    package let received = Mutex<[UInt8]>([])

    /// - Parameters:
    ///   - patience: the time that it waits for a response, in seconds.
    ///   - bufferSize: the size of the receive buffer in bytes; by default the system's choice.
    package init(port: Int, patience: Int = 60, bufferSize: Int32? = nil) async throws {
        // Connecting waits while the service accepts nothing, and the service may need this thread.
        descriptor = try await Self.wait(on: receiving) {
            try Self.connect(to: port, patience: patience, bufferSize: bufferSize)
        }
    }

    /// Several connections.
    package static func several(_ count: Int, port: Int) async throws -> [RawConnection] {
        var connections: [RawConnection] = []
        for _ in 0..<count { connections.append(try await RawConnection(port: port)) }
        return connections
    }

    private static func connect(to port: Int, patience: Int, bufferSize: Int32?) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var bufferSize {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bufferSize, socklen_t(MemoryLayout<Int32>.size))
        }
        var timeout = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let reason = "no connection: \(errno)"
            close(descriptor)
            throw Failure(reason: reason)
        }
        return descriptor
    }

    deinit { close(descriptor) }

    /// Ends the connection.
    package func disconnect() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// The bytes of a request.
    package static func request(_ target: String, method: String = "GET", headers: [String] = [], body: String = "")
        -> String
    {
        let lines = ["\(method) \(target) HTTP/1.1", "Host: test"] + headers
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    package func send(_ text: String) async throws {
        try await Self.wait(on: sending) { [descriptor] in
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count <= 0 { throw Failure(reason: "not sent: \(errno)") }
                bytes = bytes.dropFirst(count)
            }
        }
    }

    /// The number of bytes that the service accepts within this time, or until it closes the connection.
    package func send(asMuchAsPossibleOf bytes: [UInt8], within duration: Duration) async throws -> Int {
        try await Self.wait(on: sending) { [descriptor] in
            let deadline = ContinuousClock.now + duration
            var sent = 0
            while sent < bytes.count, .now < deadline {
                let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
                let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
                if count > 0 {
                    sent += count
                } else if errno == EAGAIN || errno == EINTR {
                    usleep(1000)
                } else {
                    break
                }
            }
            return sent
        }
    }

    /// Closes the sending side.
    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next response.
    ///
    /// - Parameter pause: the time between two reads.
    package func answer(toHead isHead: Bool = false, pausing pause: Duration? = nil) async throws -> Response {
        let end = Array("\r\n\r\n".utf8)
        var headSize: Int?
        while headSize == nil {
            headSize = received.withLock { bytes in
                bytes.indices.first { bytes[$0...].starts(with: end) }.map { $0 + end.count }
            }
            if headSize == nil, try await !receive() { throw Failure(reason: "the connection ended before an answer") }
        }
        let lines = String(decoding: take(headSize ?? 0), as: UTF8.self).split(separator: "\r\n")
        var answer = Response(status: Int(lines[0].split(separator: " ")[1]) ?? 0, headers: [:], body: "")
        for line in lines.dropFirst() {
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            answer.headers[line[..<colon].lowercased()] = String(line[colon...].dropFirst(2))
        }
        let size = isHead || answer.status == 304 ? 0 : Int(answer.headers["content-length"] ?? "") ?? 0
        while received.withLock(\.count) < size {
            if let pause { try await Task.sleep(for: pause) }
            if try await !receive() { throw Failure(reason: "the connection ended within an answer") }
        }
        answer.body = String(decoding: take(size), as: UTF8.self)
        return answer
    }

    /// Sends a request and reads its response.
    package func get(_ target: String, headers: [String] = []) async throws -> Response {
        try await send(Self.request(target, headers: headers))
        return try await answer()
    }

    /// Whether the service closes the connection without another byte.
    package func ends() async throws -> Bool {
        guard received.withLock(\.isEmpty) else { return false }
        return try await !receive()
    }

    /// Reads the available bytes; returns false at the end.
    package func receive() async throws -> Bool {
        let bytes = try await Self.wait(on: receiving) { [descriptor] in
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 { throw Failure(reason: "nothing came: \(errno)") }
            return Array(buffer[..<count])
        }
        received.withLock { $0 += bytes }
        return !bytes.isEmpty
    }

    package func take(_ count: Int) -> [UInt8] {
        received.withLock { bytes in
            defer { bytes.removeFirst(count) }
            return Array(bytes[..<count])
        }
    }

    private static func wait<Value: Sendable>(
        on thread: DispatchQueue, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            thread.async { continuation.resume(with: Result(catching: body)) }
        }
    }
}
