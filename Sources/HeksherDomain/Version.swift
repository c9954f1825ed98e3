/// The version of a setting, `MAJOR.MINOR`, compared as two integers of any length: `1.10` is newer than `1.9`, and
/// `01.0` equals `1.0`.
///
/// The numbers are kept as digits without leading zeros, so that no version overflows; `description` is that canonical
/// text (`01.0` reads `1.0`), and it is what is stored and returned.
public struct Version: Hashable, Sendable {
    /// The digits of the major number, without leading zeros.
    public let major: String
    /// The digits of the minor number, without leading zeros.
    public let minor: String

    /// The version every setting is created at.
    public static let initial = Version(validated: "1.0")

    /// Reads a version; nil unless the text is digits, a dot, digits.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        for part in parts where part.isEmpty || !part.allSatisfy({ $0.isASCIIDigit }) { return nil }
        self.init(validated: text)
    }

    /// Reads a version known to be one, such as a member of a request that the contract has been checked for, or a
    /// stored version.
    ///
    /// Never fails: of any other text, the digits that come first before and after the first dot count.
    public init(validated text: String) {
        let halves = text.utf8.split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        major = Self.number(halves.first)
        minor = Self.number(halves.count > 1 ? halves[1] : nil)
    }

    /// Whether this is newer than `other` in the minor number alone.
    public func isMinorUpgrade(from other: Version) -> Bool {
        major == other.major && self > other
    }

    /// Whether the major number is higher than that of `other`.
    public func raisesMajor(over other: Version) -> Bool {
        Self.precedes(other.major, major)
    }

    private static func number(_ text: Substring.UTF8View?) -> String {
        guard let text else { return "0" }
        let digits = text.prefix { $0.isASCIIDigit }.drop { $0 == UInt8(ascii: "0") }
        return digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self)
    }

    /// Compares numbers in digits: without leading zeros, the longer one is the higher one.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        let (leftLength, rightLength) = (left.utf8.count, right.utf8.count)
        return leftLength == rightLength ? left < right : leftLength < rightLength
    }
}

extension Version: Comparable {
    public static func < (left: Version, right: Version) -> Bool {
        left.major == right.major
            ? precedes(left.minor, right.minor) : precedes(left.major, right.major)
    }
}

extension Version: CustomStringConvertible {
    public var description: String { "\(major).\(minor)" }
}
