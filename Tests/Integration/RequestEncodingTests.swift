import HTTPTypes
import Testing

/// Bodies as clients of the original send them.
@Suite struct RequestEncodingTests {
    private static func utf16(_ text: String) -> [UInt8] {
        text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }

    @Test("A body may have a byte order mark, and be in UTF-16 or UTF-32", arguments: ["application/json", "", nil])
    func encodings(contentType: String?) async throws {
        try await ServiceUnderTest.with { api in
            func add(_ name: String, _ encode: (String) -> [UInt8]) async throws -> String {
                let body = encode(#"{"context_feature":"\#(name)"}"#)
                return try await api.send(.post, "/context_features", bytes: body, contentType: contentType).summary
            }
            #expect(try await add("plain") { Array($0.utf8) } == "204")
            #expect(try await add("marked") { [0xEF, 0xBB, 0xBF] + Array($0.utf8) } == "204")
            #expect(try await add("utf16") { Self.utf16($0) } == "204")
            #expect(try await add("utf16_marked") { Self.utf16("\u{FEFF}" + $0) } == "204")
            #expect(
                try await add("utf32") { text in
                    text.unicodeScalars.flatMap { scalar in
                        withUnsafeBytes(of: scalar.value.bigEndian) { Array($0) }
                    }
                } == "204")
            let features = try await api.features
            #expect(features == ["plain", "marked", "utf16", "utf16_marked", "utf32"])
            #expect(try await add("half") { Array(Self.utf16($0).dropLast()) } == "422 body value_error.jsondecode")
        }
    }

    @Test("A declaration in UTF-16 gets all its problems, and its values are stored in UTF-8")
    func declaring() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let wrong = #"{"name":"x y","configurable_features":["theme"],"type":"wrong","default_value":0}"#
            #expect(
                try await api.send(.post, "/settings/declare", bytes: Self.utf16(wrong)).summary
                    == "422 body.name value_error.str.regex, body.type value_error")
            let right = #"{"name":"x","configurable_features":["theme"],"type":"str","default_value":"日本 é"}"#
            #expect(try await api.send(.post, "/settings/declare", bytes: Self.utf16(right)).status == .ok)
            let stored = try await api.client.getSetting(name: "x").ok.body.defaultValue.text
            #expect(stored == #""日本 é""#)
        }
    }

    @Test("Sentences and locations that clients of the original compare are unchanged")
    func sentences() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.expect(
                .post, "/context_features", #"{"context_feature":"theme"}"#, is: "409 context feature already exists")
            try await api.expect(
                .delete, "/context_features/theme",
                is: "409 context feature can't be deleted, there is at least one setting configured by it")
            for (method, path, body) in [
                (HTTPRequest.Method.get, "/rules/x", nil), (.delete, "/rules/-1", nil),
                (.put, "/rules/1.0/value", #"{"value":1}"#), (.patch, "/rules/9999999999", #"{"value":1}"#),
                (.get, "/rules/x/metadata", nil), (.put, "/rules/x/metadata/k", #"{"value":1}"#),
            ] {
                let summary = try await api.send(method, path, body).summary
                #expect(summary.hasPrefix("422 path.rule_id "), "\(method) \(path): \(summary)")
            }
        }
    }
}
