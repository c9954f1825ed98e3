import NIOCore
import NIOHTTP1
import PosixSupport

/// The first lines of the requests of a connection, as they go to the parser: their lengths, and the protocols that they name. The parser
/// accepts `RTSP/1.0` and `ICE/1.0` as HTTP and does not report which protocol it has read.
struct RequestLines {
    /// No client has a reason to send many of these.
    private static let maximumForeignLines = 8
    /// Enough for the name of a protocol, its version and the end of the line.
    private static let lineEndSize = 16

    /// The number of bytes of a line that are kept until its end arrives.
    private static let maximumCarried = 8192

    /// The bytes of the first line since the last request's head.
    private(set) var lineSize = 0
    private var haveEndedLine = false
    /// Whether a request's head has arrived, but not its end.
    private var isInBody = false

    /// Whether the first byte of the next request is the first byte that is parsed next, or was the first one that was parsed last.
    private var isAtBeginning = true
    /// The end of the first line while it is incomplete, if its beginning is known.
    private var lineEnd: [UInt8] = []
    /// Whether that line names another protocol, once it is complete.
    private var lineIsForeign: Bool?

    /// The last line that was parsed, as far as it has arrived, if a request may begin in it.
    private var carried: [UInt8] = []
    /// The bytes that the parser is reading.
    private var current: ByteBuffer?
    private var hasScannedCurrent = false
    /// Whether a request has ended within these bytes.
    private var haveEndedMessage = false
    /// The text before names of other protocols, where requests may begin.
    private var foreignLines: [String] = []

    /// Reads bytes before the parser does.
    mutating func willParse(_ buffer: ByteBuffer) {
        current = buffer
        hasScannedCurrent = false
        haveEndedMessage = false
        if isAtBeginning, !isInBody, lineIsForeign == nil {
            buffer.withUnsafeReadableBytes { readLine($0) }
        } else if !haveEndedLine {
            let bytes = buffer.readableBytesView
            let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
            haveEndedLine = end != nil
            lineSize += (end ?? bytes.endIndex) - bytes.startIndex
            if !carried.isEmpty, let end {
                noteForeign((carried + bytes[..<end])[...])
                carried = []
            }
        }
    }

    /// Reads the same bytes after the parser.
    mutating func didParse(_ buffer: ByteBuffer) {
        current = nil
        guard !isInBody, haveEndedMessage || !isAtBeginning else { return }
        if haveEndedMessage {
            carried = []
            // A request without a body ends like this, and most requests come alone.
            isAtBeginning = buffer.getInteger(at: buffer.writerIndex - 4, as: UInt32.self) == 0x0D0A_0D0A
            if isAtBeginning { return }
        }
        scan(buffer)
        let bytes = buffer.readableBytesView
        if let end = bytes.lastIndex(of: UInt8(ascii: "\n")) {
            carried = Array(bytes[(end + 1)...].suffix(Self.maximumCarried))
        } else {
            carried = (carried + bytes).suffix(Self.maximumCarried)
        }
    }

    /// Reads the first line of a request, which begins with these bytes or with earlier ones.
    private mutating func readLine(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        while let end = Self.lineFeed(in: bytes, from: start) {
            lineSize += end - start
            let line = bytes[start..<end].suffix(Self.lineEndSize)
            start = end + 1
            // An empty line may come first (RFC 9112 §2.2).
            if lineEnd.isEmpty {
                if line.isEmpty || line.elementsEqual(CollectionOfOne(UInt8(ascii: "\r"))) { continue }
                lineIsForeign = !Self.namesHTTP(line)
            } else {
                let whole = lineEnd + line
                lineEnd = []
                if whole == [UInt8(ascii: "\r")] { continue }
                lineIsForeign = !Self.namesHTTP(whole[...])
            }
            haveEndedLine = true
            return
        }
        lineSize += bytes.count - start
        lineEnd = (lineEnd + bytes[start...].suffix(Self.lineEndSize)).suffix(Self.lineEndSize)
    }

    /// `memchr` looks at many bytes at once. Targets can be long.
    private static func lineFeed(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let first = bytes.baseAddress,
            let found = memchr(first + start, CInt(UInt8(ascii: "\n")), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - first
    }

    /// - Parameter line: the end of a line, without its line feed.
    private static func namesHTTP<Line: BidirectionalCollection<UInt8>>(_ line: Line) -> Bool
    where Line.SubSequence == Line {
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        return line.suffix(9).starts(with: " HTTP/".utf8)
    }

    /// Looks for names of other protocols.
    private mutating func scan(_ buffer: ByteBuffer) {
        guard !hasScannedCurrent else { return }
        hasScannedCurrent = true
        buffer.withUnsafeReadableBytes { noteForeign($0[...]) }
    }

    private mutating func noteForeign<Bytes: RandomAccessCollection<UInt8>>(_ bytes: Bytes)
    where Bytes.SubSequence == Bytes, Bytes.Index == Int {
        for slash in bytes.indices.dropFirst(3) where bytes[slash] == UInt8(ascii: "/") {
            for name in ["RTSP", "ICE"] where bytes[..<slash].suffix(name.utf8.count).elementsEqual(name.utf8) {
                guard foreignLines.count <= Self.maximumForeignLines else { return }
                let line = bytes[..<(slash - name.utf8.count)]
                let start = line.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? line.startIndex
                foreignLines.append(String(decoding: line[start...], as: UTF8.self))
            }
        }
    }

    /// Records that a head is complete, so that its body may follow.
    ///
    /// - Returns: whether its first line names HTTP.
    mutating func endHead(_ head: HTTPRequestHead) -> Bool {
        let isForeign = lineIsForeign ?? isForeign(head)
        lineSize = 0
        haveEndedLine = false
        lineIsForeign = nil
        lineEnd = []
        isAtBeginning = false
        isInBody = true
        return !isForeign
    }

    /// Whether the first line of a head names another protocol, if the beginning of the line is unknown. A body may precede it on the same
    /// line. If a body contains such a line, a pipelined request with the same method and target after it is also refused.
    private mutating func isForeign(_ head: HTTPRequestHead) -> Bool {
        if let current { scan(current) }
        if foreignLines.isEmpty { return false }
        let start = "\(head.method.rawValue) \(head.uri) "
        return foreignLines.count > Self.maximumForeignLines || foreignLines.contains { $0.hasSuffix(start) }
    }

    /// Records that a request is complete, and that another may follow.
    mutating func endMessage() {
        isInBody = false
        haveEndedMessage = true
    }
}
