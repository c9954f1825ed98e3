import ContractJSON
import ContractRuntime
import Testing

/// Unsigned integers in texts, such as parameters.
@Suite struct UnsignedIntegerTests {
    @Test(
        "Only decimal digits are an unsigned integer",
        arguments: [
            ("0", 0), ("007", 7), ("18446744073709551615", .max), ("18446744073709551616", nil), ("-1", nil),
            ("-0", nil), ("+1", nil), ("1.0", nil), (" 1", nil), ("", nil), ("1e3", nil), ("٣", nil),
        ] as [(String, UInt64?)])
    func text(text: String, value: UInt64?) {
        var problems = ValidationProblems()
        #expect(UInt64.decode(text: text, problems: &problems) == value)
        #expect(problems.isEmpty == (value != nil))
    }

    @Test(
        "Bounds and divisors are checked",
        arguments: [(4, true), (3, false), (2, false), (22, false)] as [(UInt64, Bool)])
    func bounds(number: UInt64, isValid: Bool) {
        var problems = ValidationProblems()
        let value = UInt64.decode(text: "\(number)", problems: &problems, minimum: 4, maximum: 20, multipleOf: 2)
        #expect((value == number) == isValid && problems.isEmpty == isValid)
    }
}
