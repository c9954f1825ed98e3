import ContractRuntime
import Testing

@Suite struct DateTimeTests {
    @Test(
        "A date-time is read with all its digits and keeps its text",
        arguments: [
            ("1970-01-01T00:00:00Z", Duration.zero), ("1970-01-01t00:00:01z", .seconds(1)),
            ("2026-01-31T12:00:00+01:30", .seconds(1_769_855_400)),
            ("2026-01-31T09:00:00.5-01:30", .milliseconds(1_769_855_400_500)),
            ("1969-12-31T23:59:59.25Z", .milliseconds(-750)), ("2000-02-29T00:00:00Z", .seconds(951_782_400)),
            ("2016-12-31T23:59:60Z", .seconds(1_483_228_800)), ("0000-01-01T00:00:00Z", .seconds(-62_167_219_200)),
            (
                "1970-01-01T00:00:00.1234567890123456789Z",
                Duration(secondsComponent: 0, attosecondsComponent: 123_456_789_012_345_678)
            ),
        ])
    func reading(text: String, sinceEpoch: Duration) throws {
        let moment = try #require(DateTime(text))
        #expect(moment.sinceEpoch == sinceEpoch)
        #expect(moment.text == text && "\(moment)" == text)
    }

    @Test(
        "An invalid text is refused", arguments: ["", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T12:00:00", "x"])
    func refusals(text: String) {
        #expect(DateTime(text) == nil)
    }

    @Test(
        "A date-time is written in UTC",
        arguments: [
            (Duration.zero, "1970-01-01T00:00:00Z"), (.milliseconds(-750), "1969-12-31T23:59:59.25Z"),
            (.seconds(1_769_855_400), "2026-01-31T10:30:00Z"), (.nanoseconds(1), "1970-01-01T00:00:00.000000001Z"),
            (.seconds(1 << 40), "9999-12-31T23:59:59.999999999999999999Z"),
            (.seconds(-1 << 40), "0000-01-01T00:00:00Z"),
        ])
    func writing(sinceEpoch: Duration, text: String) {
        let moment = DateTime(sinceEpoch: sinceEpoch)
        #expect(moment.text == text)
        #expect(DateTime(text) == moment)
        #expect(DateTime(text)?.sinceEpoch == moment.sinceEpoch)
    }

    @Test("A date-time keeps its seconds since 1970 exactly", arguments: [0, 0.5, -0.25, 1_769_855_400.125])
    func seconds(seconds: Double) {
        #expect(DateTime(timeIntervalSince1970: seconds).timeIntervalSince1970 == seconds)
    }

    @Test("Extreme numbers of seconds give valid date-times", arguments: [Double.nan, .infinity, -.infinity, 1e300])
    func beyond(seconds: Double) {
        #expect(DateTime(DateTime(timeIntervalSince1970: seconds).text) != nil)
    }

    @Test("Days since 1970 are counted correctly through every month and leap year")
    func days() throws {
        var day = try #require(CalendarDate("1899-12-31"))
        for number in day.daysSince1970 + 1...40_000 {
            let next = try #require(
                CalendarDate(DateTime(sinceEpoch: .seconds(number * 86_400)).text.prefix(10).description))
            #expect(next > day && next.daysSince1970 == number)
            day = next
        }
        #expect(day.text == "2079-07-08")
    }

    @Test("Calendar dates are validated and written with padding")
    func calendar() {
        #expect(CalendarDate(year: 2026, month: 1, day: 31)?.text == "2026-01-31")
        #expect(CalendarDate(year: 7, month: 12, day: 1)?.text == "0007-12-01")
        #expect(CalendarDate(year: 2023, month: 2, day: 29) == nil && CalendarDate(year: -1, month: 1, day: 1) == nil)
        #expect(CalendarDate(year: 10_000, month: 1, day: 1) == nil && CalendarDate("2026-1-31") == nil)
    }
}
