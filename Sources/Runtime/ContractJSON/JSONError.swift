/// The reason why a text is not JSON (RFC 8259), and the position.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence without the position: `expecting a value`.
    public var message: String
    /// The offending byte, counted from 0.
    public var offset: Int
    /// The line of the offending byte, counted from 1. Lines end with a line feed.
    public var line: Int
    /// The byte's position in its line, counted from 1 in bytes.
    public var column: Int

    /// Creates an error at a position. The line and the column begin at 1.
    public init(message: String, offset: Int, line: Int, column: Int) {
        self.message = message
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// Finds line and column of an offset.
    init(_ message: String, at offset: Int, in bytes: ArraySlice<UInt8>) {
        let before = bytes[bytes.startIndex..<min(offset, bytes.endIndex)]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.startIndex
        self.init(
            message: message, offset: offset - bytes.startIndex,
            line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: offset - lineStart + 1)
    }

    /// The message and the position: `expecting a value at line 1 column 5 (byte 4)`.
    public var description: String { "\(message) at line \(line) column \(column) (byte \(offset))" }
}
