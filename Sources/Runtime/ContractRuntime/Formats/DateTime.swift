public import ContractSchema

/// A point in time, written as in RFC 3339 §5.6: `2026-01-31T12:00:00.5+01:00`.
///
/// It keeps the text from which it was created, with its offset and all its digits, and is written with the same text.
/// Two values are equal if their texts are equal. Use ``sinceEpoch`` to compare points in time:
///
/// ```swift
/// let isLate = order.placed.sinceEpoch > deadline.sinceEpoch
/// let date = Date(timeIntervalSince1970: order.placed.timeIntervalSince1970)
/// ```
public struct DateTime: FormattedText {
    /// The text from which the value was created.
    public let text: String
    /// The time since 1970-01-01T00:00:00Z, without leap seconds, with a precision of 18 digits of a second.
    public let sinceEpoch: Duration

    /// Parses a text; `nil` if it is not a date and time of RFC 3339.
    public init?(_ text: String) {
        guard Self.format.admits(text), let date = CalendarDate(String(text.prefix(10))) else { return nil }
        let clock = text.dropFirst(11)
        let fraction = clock.dropFirst(8).first == "." ? clock.dropFirst(9).prefix(while: \.isNumber) : ""
        let offset = clock.dropFirst(fraction.isEmpty ? 8 : 9 + fraction.count)
        guard let second = Int(clock.dropFirst(6).prefix(2)), let minutes = Self.minutes(clock) else { return nil }
        let east = Self.minutes(offset.dropFirst()) ?? 0
        let seconds = (date.daysSince1970 * 1440 + minutes - (offset.first == "-" ? -east : east)) * 60 + second
        let digits = fraction.prefix(18)
        let attoseconds = Int64(String(digits) + String(repeating: "0", count: 18 - digits.count)) ?? 0
        self.text = text
        sinceEpoch = Duration(secondsComponent: Int64(seconds), attosecondsComponent: attoseconds)
    }

    /// A point in time, written in UTC. Times outside of the years 0 to 9999 become the first or last of these years.
    public init(sinceEpoch: Duration) {
        let first = Duration.seconds(-62_167_219_200)
        let last = Duration(secondsComponent: 253_402_300_799, attosecondsComponent: 999_999_999_999_999_999)
        self.sinceEpoch = min(max(sinceEpoch, first), last)
        var (seconds, attoseconds) = self.sinceEpoch.components
        if attoseconds < 0 { (seconds, attoseconds) = (seconds - 1, attoseconds + 1_000_000_000_000_000_000) }
        let (day, second) = Int(seconds).flooredQuotient(by: 86_400)
        let clock = [second / 3600, second / 60 % 60, second % 60].map { $0.padded(to: 2) }.joined(separator: ":")
        var fraction = attoseconds == 0 ? "" : "." + Int(attoseconds).padded(to: 18)
        while fraction.last == "0" { fraction.removeLast() }
        text = "\(CalendarDate(daysSince1970: day))T\(clock)\(fraction)Z"
    }

    /// A point in time, given in seconds since 1970-01-01T00:00:00Z like Foundation's `Date`, and rounded to
    /// microseconds. NaN becomes 1970.
    public init(timeIntervalSince1970 seconds: Double) {
        let bounded = min(max(seconds.isNaN ? 0 : seconds, -1e12), 1e12)
        self.init(sinceEpoch: .microseconds(Int64((bounded * 1e6).rounded())))
    }

    /// The seconds since 1970-01-01T00:00:00Z, as Foundation's `Date` counts them.
    public var timeIntervalSince1970: Double {
        let (seconds, attoseconds) = sinceEpoch.components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    /// `date-time`
    public static var format: StringFormat { .dateTime }

    /// `hh:mm` in minutes.
    private static func minutes(_ text: Substring) -> Int? {
        guard let hours = Int(text.prefix(2)), let minutes = Int(text.dropFirst(3).prefix(2)) else { return nil }
        return hours * 60 + minutes
    }
}

extension Int {
    /// The quotient, rounded down, and the remainder.
    fileprivate func flooredQuotient(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
