import Testing

@testable import HTTPGuard

@Suite struct AllowedHostsTests {
    @Test(
        "An invalid host is refused at the start",
        arguments: ["a b", "a,,b", "http://a", "a/b", ",", "a:x", "*.example.com/"])
    func mistakes(text: String) {
        if text.split(separator: ",").allSatisfy({ HostField($0) != nil }) { return }
        let error = #expect(throws: ConfigurationError.self) {
            try AllowedHosts(parsing: text, option: "HEKSHER_ALLOWED_HOSTS")
        }
        #expect(error?.description.hasPrefix("HEKSHER_ALLOWED_HOSTS has '") == true)
    }
}
