import Testing

@testable import HTTPGuard

@Suite struct HTTPDateTests {
    @Test(
        "Dates are formatted as RFC 9110 requires",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"), (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
            (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT"), (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
        ])
    func format(second: Int, text: String) {
        #expect(HTTPDate.format(second) == text)
    }
}
