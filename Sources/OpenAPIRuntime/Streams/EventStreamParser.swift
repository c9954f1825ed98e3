/// Takes events out of the bytes of a stream (WHATWG HTML §9.2.6).
struct EventStreamParser {
    struct Event: Equatable {
        var data: String
        var name: String?
        var id: String?
        var retry: Int?
    }

    /// How long an event may be, so that a server that never ends one takes no more memory than that.
    static let maximumSize = 16 << 20

    private var buffer: [UInt8] = []
    /// Where the next line begins.
    private var start = 0
    /// Up to where it has been looked through for its end, so that the work is linear however small the chunks are.
    private var searched = 0
    private var isAtBeginning = true
    /// Whether a line ended with a carriage return, so that a line feed that follows is a part of it.
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

    /// The next event that has come completely; an event without its empty line at the end of the stream is none.
    mutating func next() throws(TooManyBytes) -> Event? {
        while let line = nextLine() {
            guard !line.isEmpty else {
                defer { (data, name, retry) = (nil, nil, nil) }
                // Without data there is no event, whatever else there is.
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
