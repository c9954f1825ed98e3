import ContractRuntime
import PostgresTesting
import Testing

/// A client that follows changes on a connection of its own.
final class EventReader {
    struct Event: Hashable {
        var name: String
        var data: String
    }

    /// A part of a stream between two empty lines.
    enum Item: Hashable {
        case event(Event, id: String)
        case comment
    }

    let connection: RawConnection
    private var text = ""
    private(set) var lastID: String?

    private init(_ connection: RawConnection) {
        self.connection = connection
    }

    /// Opens a stream and reads its first event.
    ///
    /// - Parameter target: below `/api/v1` unless it begins with `//`.
    static func open(
        _ port: Int, _ target: String = "/events", headers: [String] = [], after lastID: String? = nil,
        bufferSize: Int32? = nil
    ) async throws -> EventReader {
        let connection = try await RawConnection(port: port, bufferSize: bufferSize)
        let reader = EventReader(connection)
        let target = target.hasPrefix("//") ? String(target.dropFirst()) : "/api/v1\(target)"
        let fields = headers + (lastID.map { ["Last-Event-ID: \($0)"] } ?? [])
        let answer = try await connection.get(target, headers: fields)
        guard answer.status == 200 else { throw RawConnection.Failure(reason: "\(answer.status)") }
        #expect(answer.headers["content-type"] == "text/event-stream" && answer.headers["x-accel-buffering"] == "no")
        let ready = try await reader.next()
        if !target.hasPrefix("/ofrep") { #expect(ready == Event(name: "ready", data: "{}")) }
        return reader
    }

    /// The next event. Comments are skipped.
    func next() async throws -> Event {
        while true {
            switch try await item() {
            case .event(let event, let id):
                lastID = id
                return event
            case .comment: continue
            case nil: throw RawConnection.Failure(reason: "the stream ended")
            }
        }
    }

    /// The next event or comment; `nil` at the end of the stream.
    func item() async throws -> Item? {
        while true {
            if let end = text.firstRange(of: "\n\n") {
                let block = text[..<end.lowerBound]
                text = String(text[end.upperBound...])
                return try Self.item(block)
            }
            guard let chunk = try await connection.chunk() else { return nil }
            text += chunk
        }
    }

    private static func item(_ block: Substring) throws -> Item {
        if block == ":" { return .comment }
        let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines.count == 3, "\(block)")
        let values = zip(lines, ["event: ", "id: ", "data: "]).compactMap { line, field in
            line.hasPrefix(field) ? String(line.dropFirst(field.count)) : nil
        }
        try #require(values.count == 3 && !values[1].isEmpty, "\(block)")
        return .event(Event(name: values[0], data: values[2]), id: values[1])
    }
}

extension EventReader.Event {
    /// A change as the contract shows it.
    static func change(_ settings: String..., contextFeatures: Bool = false) -> Self {
        let names = settings.map { "\"\($0)\"" }.joined(separator: ",")
        return Self(name: "change", data: #"{"settings":[\#(names)],"context_features":\#(contextFeatures)}"#)
    }

    static var reset: Self { Self(name: "reset", data: "{}") }
}

extension RawConnection {
    /// The next chunk of a body in chunks; `nil` at its end.
    func chunk() async throws -> String? {
        let size = try await line()
        guard let count = Int(size, radix: 16) else { throw Failure(reason: "'\(size)' is no size of a chunk") }
        while received.withLock(\.count) < count + 2 {
            if try await !receive() { throw Failure(reason: "the connection ended within a chunk") }
        }
        let bytes = take(count + 2)
        return count == 0 ? nil : String(decoding: bytes.dropLast(2), as: UTF8.self)
    }

    private func line() async throws -> String {
        while true {
            let end = received.withLock { bytes in bytes.firstIndex(of: UInt8(ascii: "\n")) }
            if let end { return String(decoding: take(end + 1).dropLast(2), as: UTF8.self) }
            if try await !receive() { throw Failure(reason: "the connection ended") }
        }
    }
}
