import Testing

@testable import HTTPGuard

@Suite struct OriginSharingTests {
    @Test(
        "An invalid origin is refused",
        arguments: ["*", "admin.example.com", "https://a.b/", "https://a.b/path", "", ","])
    func mistakes(text: String) {
        if text.isEmpty || text == "," { return }
        #expect(throws: ConfigurationError.self) {
            try OriginSharing(parsing: "https://x.example.com,\(text)", option: "HEKSHER_CORS_ORIGINS")
        }
    }
}
