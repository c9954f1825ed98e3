import ArgumentParser
import HeksherDomain

/// The version of a setting after a change.
struct VersionOptions: ParsableArguments {
    @Flag(help: "Raise the major number of the version instead of the minor one.")
    var major = false

    /// The version after the stored one.
    func next(after version: String) -> String {
        Version(validated: version).raised(major: major).description
    }
}

extension Version {
    /// The next version: `1.10` after `1.9`, and `2.0` if the major number rises. Numbers can have any number of digits.
    func raised(major raisesMajor: Bool) -> Version {
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
