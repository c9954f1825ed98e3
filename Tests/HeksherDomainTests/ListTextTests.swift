import HeksherDomain
import Testing

@Suite struct ListTextTests {
    @Test func `Names stand in single quotes, numbers alone`() {
        #expect(["environment", "theme"].listText == "['environment', 'theme']")
        #expect(["theme"].listText == "['theme']")
        #expect([String]().listText == "[]")
        #expect([1, 12].listText == "[1, 12]")
    }

    @Test func `Of long lists the first elements stand, and how many others there are`() {
        #expect((1...100).listText.hasSuffix(", 99, 100]"))
        #expect((1...350).listText.hasSuffix(", 99, 100] and 250 more"))
        let long = String(repeating: "x", count: 100_000)
        #expect(["a" + long + "z"].listText.utf8.count < 300)
        #expect(["a" + long + "z"].listText.hasPrefix("['axx") && ["a" + long + "z"].listText.hasSuffix("xxz']"))
        let many = Array(repeating: long, count: 2000).listText
        #expect(many.utf8.count < 5000 && many.hasPrefix("['xxx") && many.hasSuffix(" more"))
    }
}
