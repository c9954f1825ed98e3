/// The formats of dates and times in RFC 3339.
enum DateTimeFormat {
    /// `date-time` of RFC 3339 §5.6.
    static func isDateTime(_ bytes: StringFormat.Bytes) -> Bool {
        guard bytes.count > 11 else { return false }
        let separator = bytes[bytes.startIndex + 10]
        return isDate(bytes.prefix(10)) && separator | 0x20 == UInt8(ascii: "t") && isTime(bytes.dropFirst(11))
    }

    /// `full-date`: a day that the calendar has.
    static func isDate(_ bytes: StringFormat.Bytes) -> Bool {
        guard bytes.count == 10, let year = number(bytes.prefix(4)), let month = number(bytes.dropFirst(5).prefix(2)),
            let day = number(bytes.dropFirst(8)), bytes[bytes.startIndex + 4] == UInt8(ascii: "-"),
            bytes[bytes.startIndex + 7] == UInt8(ascii: "-"), (1...12).contains(month)
        else { return false }
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...lengths[month - 1]).contains(day)
    }

    /// `full-time`. A leap second can only be at the end of a day in UTC.
    static func isTime(_ bytes: StringFormat.Bytes) -> Bool {
        let clock = bytes.prefix(8)
        guard let (hour, minute) = hourAndMinute(clock.prefix(5)), clock.count == 8,
            clock[clock.startIndex + 5] == UInt8(ascii: ":"), let second = number(clock.dropFirst(6)), second <= 60
        else { return false }
        var rest = bytes.dropFirst(8)
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix(while: \.isDigit)
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(digits.count + 1)
        }
        guard let offset = offset(rest) else { return false }
        return second < 60 || (hour * 60 + minute - offset + 1440) % 1440 == 1439
    }

    /// The offset `Z` or `±hh:mm` in minutes.
    private static func offset(_ bytes: StringFormat.Bytes) -> Int? {
        guard let sign = bytes.first else { return nil }
        if bytes.count == 1, sign | 0x20 == UInt8(ascii: "z") { return 0 }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let (hour, minute) = hourAndMinute(bytes.dropFirst())
        else { return nil }
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (hour * 60 + minute)
    }

    private static func hourAndMinute(_ bytes: StringFormat.Bytes) -> (hour: Int, minute: Int)? {
        guard bytes.count == 5, bytes[bytes.startIndex + 2] == UInt8(ascii: ":"), let hour = number(bytes.prefix(2)),
            let minute = number(bytes.dropFirst(3)), hour < 24, minute < 60
        else { return nil }
        return (hour, minute)
    }

    /// `duration` of RFC 3339, appendix A: a number of weeks alone; or `P` with units of dates and `T` with units of
    /// times, each without gaps between its units.
    static func isDuration(_ bytes: StringFormat.Bytes) -> Bool {
        guard bytes.first == UInt8(ascii: "P") else { return false }
        let parts = bytes.dropFirst().split(
            separator: UInt8(ascii: "T"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let dates = units(parts[0]) else { return false }
        guard parts.count == 2 else { return dates == "W" || (!dates.isEmpty && "YMD".contains(dates)) }
        guard let times = units(parts[1]), !times.isEmpty, "HMS".contains(times) else { return false }
        return dates.isEmpty || "YMD".contains(dates)
    }

    /// The letters of a text such as `1Y2M`, in which digits precede each letter; `nil` for any other text.
    private static func units(_ bytes: StringFormat.Bytes) -> String? {
        var letters = ""
        var rest = bytes
        while !rest.isEmpty {
            let digits = rest.prefix(while: \.isDigit)
            guard !digits.isEmpty, let unit = rest.dropFirst(digits.count).first else { return nil }
            letters.unicodeScalars.append(Unicode.Scalar(unit))
            rest = rest.dropFirst(digits.count + 1)
        }
        return letters
    }

    private static func number(_ bytes: StringFormat.Bytes) -> Int? {
        bytes.isEmpty || !bytes.allSatisfy(\.isDigit)
            ? nil : bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
