package import LibPQ

/// A position in the sequence of committed changes: for each slot, the last transaction before it.
///
/// Positions have no total order, because transactions of different slots commit in any order. `migrations/0004_own_schema.sql` describes
/// slots, numbers and tokens.
public struct ChangePosition: Sendable, Hashable {
    struct Transaction: Sendable, Hashable {
        var number: Int
        var token: Int
    }

    private(set) var slots: [Int: Transaction]
    /// The sum of the tokens.
    package private(set) var total: Int128

    init(_ slots: [Int: Transaction] = [:]) {
        self.slots = slots
        total = slots.values.reduce(Int128(0)) { $0 + Int128($1.token) }
    }

    package init(_ revision: Revision) {
        let slots = revision.slots.map { ($0.slot, Transaction(number: $0.number, token: $0.token)) }
        self.init(Dictionary(slots) { $1 })
    }

    /// - Parameter rows: the rows of ``RevisionStatements/slots``.
    package init(_ rows: Rows) throws {
        var slots: [Int: Transaction] = [:]
        for row in rows { slots[try row.int(0)] = Transaction(number: try row.int(1), token: try row.int(2)) }
        self.init(slots)
    }

    mutating func set(_ slot: Int, _ transaction: Transaction) {
        if let former = slots.updateValue(transaction, forKey: slot) { total -= Int128(former.token) }
        total += Int128(transaction.token)
    }

    /// The numbers and tokens in the form that ``ChangeStatements/notes`` takes.
    package var text: String { Self.text(slots.mapValues { ("\($0.number)", "\($0.token)") }) }

    /// An array in PostgreSQL's text format, `[0:1][1:2]={{number,token},{number,token}}`. A missing slot between others is NULL.
    fileprivate static func text(_ slots: [Int: (number: String, token: String)]) -> String {
        let (first, last) = (slots.keys.min() ?? 0, slots.keys.max() ?? 0)
        let elements = (first...last).map { slot in
            slots[slot].map { "{\($0.number),\($0.token)}" } ?? "{NULL,NULL}"
        }
        return "[\(first):\(last)][1:2]={\(elements.joined(separator: ","))}"
    }

    /// The position as a text from which every instance finds the later changes; `nil` if SQL has created slots that the text cannot name.
    public var mark: ChangeMark? { ChangeMark(self) }
}

/// A ``ChangePosition`` as a client keeps it: the number of each slot, and a sum of the tokens, which shows whether the database still has
/// the history that the numbers belong to.
public struct ChangeMark: Sendable, Hashable, CustomStringConvertible {
    let numbers: [Int: Int]
    /// The lower 64 bits of the sum of the tokens.
    let check: UInt64
    /// The text: letters, digits, `-` and `_`.
    public let description: String

    private static let maximumSize = 512

    fileprivate init?(_ position: ChangePosition) {
        guard !position.slots.isEmpty, position.slots.allSatisfy({ (0..<32).contains($0.key) && $0.value.number >= 0 })
        else { return nil }
        numbers = position.slots.mapValues(\.number)
        check = UInt64(truncatingIfNeeded: position.total)
        var bytes: [UInt8] = []
        let slots = numbers.keys.sorted()
        let present = slots.reduce(UInt32(0)) { $0 | 1 << UInt32($1) }
        withUnsafeBytes(of: present.bigEndian) { bytes += $0 }
        withUnsafeBytes(of: check.bigEndian) { bytes += $0 }
        for slot in slots {
            var rest = UInt64(numbers[slot] ?? 0)
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
        description = Base64URL.encode(bytes)
    }

    /// Reads a text.
    ///
    /// - Returns: `nil` if the text is not one that ``description`` returns.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maximumSize, let bytes = Base64URL.decode(text), bytes.count > 12 else {
            return nil
        }
        let present = bytes[..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        check = bytes[4..<12].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var rest = bytes[12...]
        var numbers: [Int: Int] = [:]
        for slot in 0..<32 where present & 1 << UInt32(slot) != 0 {
            var (number, shift) = (UInt64(0), UInt64(0))
            while true {
                guard let byte = rest.popFirst(), shift < 63 else { return nil }
                number |= UInt64(byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 { break }
            }
            guard let number = Int(exactly: number) else { return nil }
            numbers[slot] = number
        }
        guard !numbers.isEmpty, rest.isEmpty else { return nil }
        self.numbers = numbers
        description = text
    }

    /// The numbers in the form that ``ChangeStatements/notes`` takes, without tokens.
    var text: String { ChangePosition.text(numbers.mapValues { ("\($0)", "NULL") }) }
}

/// Base64 with the alphabet for URLs and without padding (RFC 4648 §5).
public enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The text of bytes.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var (buffer, bits) = (UInt32(0), UInt32(0))
        for byte in bytes {
            buffer = (buffer << 8 | UInt32(byte)) & 0xFFFF
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> bits & 63)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text; `nil` unless ``encode(_:)`` returns exactly this text for them.
    public static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (buffer, bits) = (UInt32(0), UInt32(0))
        for character in text.utf8 {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            buffer = (buffer << 6 | UInt32(digit)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return encode(bytes) == text ? bytes : nil
    }
}
