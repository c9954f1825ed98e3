import Testing

/// Requests with problems that a schema expresses, and with problems that it does not express.
@Suite struct SettingProblemsTests {
    @Test(
        "All problems of a declaration are listed, whether or not the schema expresses them",
        arguments: [
            (
                #"{"name":"x y","configurable_features":["theme"],"type":"wrong","default_value":0}"#,
                "body.name value_error.str.regex, body.type value_error"
            ),
            (
                #"{"name":"x","alias":"x","configurable_features":[],"type":"int","default_value":"a"}"#,
                "body.configurable_features value_error.list.min_items, body.default_value value_error, body.alias value_error"
            ),
            (
                #"{"name":"x","alias":"x","type":"wrong"}"#,
                "body.configurable_features value_error.missing, body.default_value value_error.missing, body.type value_error, body.alias value_error"
            ),
            (
                #"{"name":"x","configurable_features":["theme"],"type":5,"default_value":1e400}"#,
                "body.type type_error.string, body.default_value value_error"
            ),
            ("[]", "body type_error.dict"), ("{", "body value_error.jsondecode"),
        ])
    func declaring(body: String, problems: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.expect(.post, "/settings/declare", body, is: "422 \(problems)")
        }
    }

    @Test("All problems of a change of the type are listed")
    func type() async throws {
        try await ServiceUnderTest.with { api in
            try await api.expect(
                .put, "/settings/x/type", #"{"type":"wrong","version":"1"}"#,
                is: "422 body.version value_error.str.regex, body.type value_error")
            try await api.expect(
                .put, "/settings/x/type", #"{"type":"wrong","version":"1.0"}"#, is: "422 body.type value_error")
        }
    }
}
