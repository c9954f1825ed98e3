/// Splits the bytes of a stream into events (WHATWG HTML §9.2.6).
struct EventStreamParser {
    struct Event: Equatable {
        var data: String
        var name: String?
        var id: String?
        var retry: Int?
    }

    /// The limit on an event, in bytes. Without it, an event that never ends could fill the memory.
    static let maximumSize = 16 << 20

    private var buffer: [UInt8] = []
    /// The beginning of the next line.
    private var start = 0
    /// The end of the bytes that have been searched for a line end. It makes the work linear, however small the chunks
    /// are.
    private var searched = 0
    private var isAtBeginning = true
    /// Whether the last line ended with a carriage return. A line feed after it belongs to the same line end.
    private var followsReturn = false

    private var data: [UInt8]?
    private var name: String?
    private var lastID: String?
    private var retry: Int?

    mutating func append(_ bytes: [UInt8]) {
        buffer.removeFirst(start)
        searched -= start
        start = 0
        buffer += bytes
    }

    /// The next complete event. At the end of the stream, an event without its empty line is dropped.
    mutating func next() throws(TooManyBytes) -> Event? {
        while let line = nextLine() {
            guard !line.isEmpty else {
                defer { (data, name, retry) = (nil, nil, nil) }
                // Without data, there is no event.
                guard let data else { continue }
                return Event(data: String(decoding: data, as: UTF8.self), name: name, id: lastID, retry: retry)
            }
            read(line)
            if (data?.count ?? 0) > Self.maximumSize { throw TooManyBytes(maximum: Self.maximumSize) }
        }
        if buffer.count - start > Self.maximumSize { throw TooManyBytes(maximum: Self.maximumSize) }
        return nil
    }

    private mutating func nextLine() -> ArraySlice<UInt8>? {
        if isAtBeginning {
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            guard buffer.count >= mark.count || !mark.starts(with: buffer) else { return nil }
            if buffer.starts(with: mark) { start = mark.count }
            isAtBeginning = false
        }
        if followsReturn, start < buffer.count {
            if buffer[start] == UInt8(ascii: "\n") { start += 1 }
            followsReturn = false
        }
        let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
        guard let end = buffer[max(start, searched)...].firstIndex(where: isEnd) else {
            searched = buffer.count
            return nil
        }
        followsReturn = buffer[end] == UInt8(ascii: "\r")
        defer { start = end + 1 }
        return buffer[start..<end]
    }

    private mutating func read(_ line: ArraySlice<UInt8>) {
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "data":
            if data == nil { data = Array(value) } else { data?.append(UInt8(ascii: "\n")); data? += value }
        case "event": name = value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
        case "id" where !value.contains(0): lastID = value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
        case "retry" where !value.isEmpty && value.allSatisfy { (0x30...0x39).contains($0) }:
            retry = Int(String(decoding: value, as: UTF8.self))
        default: break
        }
    }
}
