import Testing

@Suite struct ExtremeExponentsTests {
    @Test(
        "A number with an exponent at the limits of integers is handled without a crash",
        arguments: [
            "1e-9223372036854775808", "1e9223372036854775807", "1e-9223372036854775807", "-1e-9223372036854775809",
            "0e-9223372036854775808", "1E-99999999999999999999", "0.1e-2147483648",
        ])
    func metadata(number: String) async throws {
        try await ServiceUnderTest.with { api in
            #expect(try await api.ask(.post, "/context_features", #"{"context_feature":"theme"}"#) == "204")
            for metadata in [#"{"a":\#(number)}"#, #"{"a":[{"b":\#(number)}]}"#] {
                let declaration =
                    #"{"name":"a","type":"int","default_value":1,"configurable_features":["theme"],"metadata":\#(metadata)}"#
                let answer = try await api.ask(.post, "/settings/declare", declaration)
                #expect(answer.hasPrefix("422") || answer.hasPrefix("200"), "\(answer)")
                #expect(try await api.ask(.get, "/query").hasPrefix("200"))
            }
        }
    }
}
