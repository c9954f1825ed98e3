/// The version of a setting, `MAJOR.MINOR`. It is compared as two integers of any length: `1.10` is newer than `1.9`, and `01.0` equals
/// `1.0`.
///
/// The numbers are kept as digits without leading zeros, so that no version overflows. `description` is that canonical text (`1.0` for
/// `01.0`), which the service stores and returns.
public struct Version: Hashable, Sendable {
    /// The digits of the major number, without leading zeros.
    public let major: String
    /// The digits of the minor number, without leading zeros.
    public let minor: String

    /// The version at which every setting is created.
    public static let initial = Version(validated: "1.0")

    /// The lowest version.
    public static let zero = Version(validated: "0.0")

    /// Parses a version; `nil` unless the text consists of digits, a dot and digits.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        for part in parts where part.isEmpty || !part.allSatisfy({ $0.isASCIIDigit }) { return nil }
        self.init(validated: text)
    }

    /// Parses a text that is known to be a version, such as a member of a validated request, or a stored version.
    ///
    /// It never fails. In any other text, the digits before and directly after the first dot count.
    public init(validated text: String) {
        let halves = text.utf8.split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        major = Self.number(halves.first)
        minor = Self.number(halves.count > 1 ? halves[1] : nil)
    }

    /// Whether only the minor number is higher than that of `other`.
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

    /// Compares numbers as digits without leading zeros: the longer one is higher.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        let (leftLength, rightLength) = (left.utf8.count, right.utf8.count)
        return leftLength == rightLength ? left < right : leftLength < rightLength
    }
}

extension Version: Comparable {
    /// Compares the major numbers, and then the minor numbers. They can have any number of digits.
    public static func < (left: Version, right: Version) -> Bool {
        left.major == right.major
            ? precedes(left.minor, right.minor) : precedes(left.major, right.major)
    }
}

extension Version: CustomStringConvertible {
    /// `MAJOR.MINOR`
    public var description: String { "\(major).\(minor)" }
}

extension Version {
    /// The next version: `1.10` after `1.9`, and `2.0` if the major number rises. Numbers can have any number of digits.
    public func raised(major raisesMajor: Bool) -> Version {
        Version(validated: raisesMajor ? "\(Self.successor(major)).0" : "\(major).\(Self.successor(minor))")
    }

    private static func successor(_ number: String) -> String {
        var digits = Array(number.utf8)
        for index in digits.indices.reversed() {
            guard digits[index] == UInt8(ascii: "9") else {
                digits[index] += 1
                return String(decoding: digits, as: UTF8.self)
            }
            digits[index] = UInt8(ascii: "0")
        }
        return "1" + String(decoding: digits, as: UTF8.self)
    }
}
