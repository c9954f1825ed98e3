import HTTPTypes

// For tests that send invalid requests, or that compare the bytes of responses.
extension ServiceUnderTest {
    /// Sends a request and returns a summary of the response: status and body, or the locations of its problems.
    func ask(_ method: HTTPRequest.Method, _ path: String, _ body: String? = nil) async throws -> String {
        try await send(method, path, body).summary
    }

    /// Declares a setting. The members are JSON; they replace those of a simple setting.
    @discardableResult
    func ask(declaring name: String, _ members: KeyValuePairs<String, String> = [:]) async throws -> String {
        var all: [(String, String)] = [
            ("name", "\"\(name)\""), ("configurable_features", #"["theme"]"#), ("type", #""int""#),
            ("default_value", "0"),
        ]
        for (key, value) in members {
            all.removeAll { $0.0 == key }
            all.append((key, value))
        }
        let body = "{" + all.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
        return try await ask(.post, "/settings/declare", body)
    }

    /// Adds a rule to a setting that has no rule with these conditions.
    @discardableResult
    func ask(addingRuleTo setting: String, _ conditions: String, _ value: String) async throws -> String {
        try await ask(
            .post, "/rules", #"{"setting":"\#(setting)","feature_values":\#(conditions),"value":\#(value)}"#)
    }
}
