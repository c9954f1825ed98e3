public import ContractSchema

/// A day of the calendar, without a time zone: `full-date` of RFC 3339 §5.6, such as `2026-01-31`.
public struct CalendarDate: FormattedText, Comparable {
    /// From 0 to 9999.
    public let year: Int
    /// From 1 to 12.
    public let month: Int
    /// From 1.
    public let day: Int

    /// Creates a day; `nil` if the calendar does not have it.
    public init?(year: Int, month: Int, day: Int) {
        self.init([(year, 4), (month, 2), (day, 2)].map { $0.0.padded(to: $0.1) }.joined(separator: "-"))
    }

    /// Parses `YYYY-MM-DD`; `nil` for any other text, and if the calendar does not have the day.
    public init?(_ text: String) {
        guard Self.format.admits(text) else { return nil }
        let numbers = text.split(separator: "-").compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        (year, month, day) = (numbers[0], numbers[1], numbers[2])
    }

    /// The day that is a number of days after 1970-01-01. Days outside of the years 0 to 9999 become the first or last
    /// day of these years.
    init(daysSince1970 days: Int) {
        // Years begin in March, so that leap days are at their end. Eras have 400 years.
        let days = min(max(days, -719_528), 2_932_896) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The number of days since 1970-01-01; negative for earlier days.
    public var daysSince1970: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// `date`
    public static var format: StringFormat { .date }

    /// `YYYY-MM-DD`
    public var text: String { "\(year.padded(to: 4))-\(month.padded(to: 2))-\(day.padded(to: 2))" }

    /// Whether a day is before another.
    public static func < (one: CalendarDate, other: CalendarDate) -> Bool {
        (one.year, one.month, one.day) < (other.year, other.month, other.day)
    }
}

extension Int {
    /// The decimal digits of the number, with zeros in front.
    func padded(to width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
