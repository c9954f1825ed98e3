/// The name of a member, as read.
///
/// It compares with a literal without making a string: `switch key { case "name": … }`.
public struct JSONKey: Sendable {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline let range: Range<Int>

    init(bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        self.range = range
    }

    /// The name as a string, without escapes.
    public var string: String { String(decoding: bytes[range], as: UTF8.self) }

    /// Whether the name equals a literal. This compares bytes and makes no string.
    @inlinable
    public static func ~= (pattern: StaticString, key: JSONKey) -> Bool {
        let count = pattern.utf8CodeUnitCount
        guard key.range.count == count else { return false }
        let start = key.range.lowerBound
        return pattern.withUTF8Buffer { buffer in
            for index in 0..<count where buffer[index] != key.bytes[start + index] { return false }
            return true
        }
    }
}
