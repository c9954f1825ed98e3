import HTTPTypes
import Testing

@Suite struct ConditionalQueryTests {
    @Test("A query gets 304 or 200 as If-None-Match requires")
    func query() async throws {
        try await ServiceUnderTest.with { api in
            func status(_ field: String) async throws -> Int {
                try await api.send(.get, "/query", headers: [("If-None-Match", field)]).status.code
            }
            let tag = try #require(try await api.send(.get, "/query").headerFields[.eTag])
            for field in [tag, "W/\(tag)", "*", "\"x\", \(tag)"] {
                let found = try await status(field)
                #expect(found == 304, "\(field)")
            }
            for field in ["w/\(tag)", "**", "garbage \(tag)", "\(tag), garbage", "* , \(tag)"] {
                let found = try await status(field)
                #expect(found == 200, "\(field)")
            }
        }
    }
}
