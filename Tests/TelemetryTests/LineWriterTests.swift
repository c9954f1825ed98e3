import PosixSupport
import PostgresTesting
import Testing

@testable import Telemetry

@Suite(.timeLimit(.minutes(2))) struct LineWriterTests {
    /// A pipe. A thread that never ends may use its writing end.
    private static func pipe() throws -> (reader: Int32, writer: Int32) {
        _ = signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        try #require(PosixSupport.pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    /// Reads until the text is enough.
    private static func read(_ descriptor: Int32, until isEnough: (String) -> Bool) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !isEnough(String(decoding: bytes, as: UTF8.self)) {
            let count = PosixSupport.read(descriptor, &buffer, buffer.count)
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("If nothing reads the pipe, writing does not block; dropped lines are counted, and reported later")
    func fullPipe() throws {
        let (reader, end) = try Self.pipe()
        // One page, which is smaller than the waiting lines.
        try #require(fcntl(end, 1031 /* F_SETPIPE_SZ */, 4096) == 4096)
        let writer = LineWriter(end, capacity: 100)
        writer.describeDropped { Array("lost \($0)\n".utf8) }
        let total = 20_000
        let long = String(repeating: "x", count: 200)
        for number in 1..<total { writer.write("line \(number) of \(total) \(long)") }
        #expect(writer.waitingCount <= 100)
        #expect(!writer.flush(within: .milliseconds(20)))
        writer.write("the last one")
        let text = Self.read(reader) { $0.hasSuffix("the last one\n") }
        let lines = text.split(separator: "\n")
        let lost = lines.compactMap { $0.hasPrefix("lost ") ? Int($0.dropFirst(5)) : nil }.reduce(0, +)
        #expect(lost > 0)
        #expect(lines.count { !$0.hasPrefix("lost ") } + lost == total)
        #expect(writer.flush(within: .seconds(60)))
    }

    @Test("Lines are written whole and in order")
    func order() throws {
        let (reader, end) = try Self.pipe()
        let writer = LineWriter(end)
        for number in 0..<5000 { writer.write("line \(number)") }
        let text = Self.read(reader) { $0.hasSuffix("line 4999\n") }
        #expect(text == (0..<5000).map { "line \($0)\n" }.joined())
    }

    @Test("A pipe without a reader or a closed descriptor neither crashes nor delays the writer")
    func broken() throws {
        let (reader, end) = try Self.pipe()
        close(reader)
        let writer = LineWriter(end)
        for _ in 0..<1000 { writer.write("nothing reads this") }
        #expect(writer.flush(within: .seconds(60)))
        let closed = LineWriter(-1)
        closed.write("nor this")
        #expect(closed.flush(within: .seconds(60)))
    }

    @Test("Lines lost to a full disk are counted, and the count is written once there is space")
    func fullDisk() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        try #require(descriptor >= 0)
        let writer = LineWriter(descriptor)
        writer.describeDropped { Array("lost \($0)\n".utf8) }
        for number in 0..<3 {
            writer.write("line \(number)")
            #expect(writer.flush(within: .seconds(60)))
        }
        let (reader, end) = try Self.pipe()
        dup2(end, descriptor)
        writer.write("line 3")
        #expect(Self.read(reader) { $0.hasSuffix("line 3\n") } == "lost 3\nline 3\n")
    }

    @Test("Waiting lines are limited by their size as well, and the newest are kept")
    func size() {
        var buffer = BoundedBuffer<String>(capacity: 10, maximumSize: 10, sizeOf: { $0.utf8.count })
        for element in ["aaaa", "bbbb", "cc", "d"] { buffer.append(element) }
        #expect(buffer.count == 3 && buffer.takeDroppedCount() == 1)
        #expect(buffer.take(upTo: 9, size: 5) == ["bbbb"])
        buffer.putBack(["bbbb"], droppedCount: 1)
        #expect(buffer.take(upTo: 2) == ["bbbb", "cc"])
        buffer.append(String(repeating: "x", count: 11))
        #expect(buffer.count == 0 && buffer.takeDroppedCount() == 3)
    }
}
