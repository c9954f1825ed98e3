import HeksherDomain
import Testing

@Suite struct ListTextTests {
    @Test func `Names stand in single quotes, numbers alone`() {
        #expect(["environment", "theme"].listText == "['environment', 'theme']")
        #expect(["theme"].listText == "['theme']")
        #expect([String]().listText == "[]")
        #expect([1, 12].listText == "[1, 12]")
    }
}
