import HeksherDomain
import Testing

@Suite struct VersionTests {
    @Test(arguments: ["1.0", "0.0", "10.25", "340282366920938463463374607431768211456.1"])
    func `A canonical version reads as it is written`(text: String) throws {
        #expect(try #require(Version(text)).description == text)
    }

    @Test(arguments: [("01.0", "1.0"), ("000.000", "0.0"), ("2.010", "2.10")])
    func `Leading zeros do not count and are not kept`(text: String, canonical: String) throws {
        let version = try #require(Version(text))
        #expect(version == Version(canonical))
        #expect(version.description == canonical)
        #expect(version.hashValue == Version(canonical)?.hashValue)
    }

    @Test(arguments: [
        "", ".", "1", "1.", ".0", "1.0.0", "-1.0", "+1.0", " 1.0", "1.0\n", "1,0", "a.b", "1.٢",
    ])
    func `Anything else is no version`(text: String) {
        #expect(Version(text) == nil)
    }

    @Test(arguments: [
        ("1.9", "1.10"), ("1.10", "2.0"), ("9.0", "10.0"), ("1.0", "01.1"), ("0.99", "1.0"),
        ("99999999999999999999.0", "100000000000000000000.0"),
        ("1.99999999999999999998", "1.99999999999999999999"),
    ])
    func `Versions are compared as two integers of any length`(lower: String, higher: String) throws {
        let (lower, higher) = (try #require(Version(lower)), try #require(Version(higher)))
        #expect(lower < higher)
        #expect(!(higher < lower))
        #expect(lower != higher)
    }

    @Test(arguments: [
        ("1.0", "1.1", true, false), ("1.9", "1.10", true, false), ("1.0", "2.0", false, true),
        ("1.5", "2.0", false, true),
        ("1.0", "1.0", false, false), ("1.1", "1.0", false, false), ("2.0", "1.9", false, false),
        ("9.0", "10.0", false, true),
    ])
    func `A rise is minor or major`(stored: String, new: String, isMinor: Bool, isMajor: Bool) throws {
        let (stored, new) = (try #require(Version(stored)), try #require(Version(new)))
        #expect(new.isMinorUpgrade(from: stored) == isMinor)
        #expect(new.raisesMajor(over: stored) == isMajor)
    }

    @Test(arguments: [
        ("1.2", "1.2"), ("007.1", "7.1"), ("", "0.0"), ("x", "0.0"), ("3", "3.0"), ("1.2.3", "1.2"),
    ])
    func `What is known to be a version is read without failing`(text: String, expected: String) {
        #expect(Version(validated: text).description == expected)
    }
}
