import ContractJSON
import Foundation
import HTTPTypes
import Testing

@Suite struct GeneralResponsesTests {
    @Test("Unknown paths get 404, and other methods get 405 with Allow")
    func unknown() async throws {
        try await ServiceUnderTest.with { api in
            for path in ["//api", "//api/v1", "//api/v1/nope", "//api/v2/settings", "//openapi.json/x"] {
                try await api.expect(.get, path, is: #"404 {"detail":"Not Found"}"#)
            }
            let answer = try await api.send(.put, "/context_features", "{}")
            #expect(answer.summary == #"405 {"detail":"Method Not Allowed"}"#)
            #expect(answer.headerFields[.allow] == "GET, HEAD, POST")
            #expect(try await api.send(.delete, "/query").headerFields[.allow] == "GET, HEAD")
            #expect(try await api.send(.post, "//openapi.json", "{}").status == 405)
        }
    }

    @Test("A trailing slash is redirected, and the query is kept")
    func trailingSlash() async throws {
        try await ServiceUnderTest.with { api in
            let answer = try await api.send(.post, "/settings/declare/?x=1&y=%20", "{}")
            #expect(answer.status == 307)
            #expect(answer.headerFields[.location] == "/api/v1/settings/declare?x=1&y=%20")
            try await api.expect(.get, "/nope/", is: #"404 {"detail":"Not Found"}"#)
        }
    }

    @Test("HEAD has the headers of GET without a body")
    func head() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            for path in ["/settings", "/query", "//api/health", "//openapi.json", "/context_features/theme"] {
                let head = try await api.send(.head, path)
                let get = try await api.send(.get, path)
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.headerFields[.contentLength] == "\(get.body.count)")
                #expect(head.headerFields[.contentType] == get.headerFields[.contentType])
                #expect(head.headerFields[.eTag] == get.headerFields[.eTag])
            }
            #expect(try await api.send(.head, "/settings/nope").status == 404)
        }
    }

    @Test("A body is read as JSON if its content type is JSON or absent")
    func contentTypes() async throws {
        try await ServiceUnderTest.with { api in
            func add(_ name: String, _ contentType: String?) async throws -> String {
                try await api.send(
                    .post, "/context_features", #"{"context_feature":"\#(name)"}"#, contentType: contentType
                ).summary
            }
            let accepted: [String?] = [
                nil, "application/json", "application/json; charset=utf-8", "APPLICATION/JSON",
                "application/merge-patch+json", "application/vnd.api+json;v=1",
            ]
            for (index, type) in accepted.enumerated() {
                let answer = try await add("f\(index)", type)
                #expect(answer == "204", "\(type ?? "none")")
            }
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json", "+json", ";"] {
                let answer = try await add("x", type)
                #expect(answer == "422 body value_error", "\(type)")
            }
        }
    }

    @Test("Malformed JSON is refused with its position")
    func position() async throws {
        try await ServiceUnderTest.with { api in
            let answer = try await api.send(.post, "/context_features", "{\n  \"context_feature\": tru\n}")
            #expect(answer.summary == "422 body value_error.jsondecode")
            #expect(answer.text.contains(#""ctx":{"pos":23,"lineno":2,"colno":22}"#), "\(answer.text)")
        }
    }

    @Test(
        "No malformed body causes a server error",
        arguments: [
            "", "[]", "null", "0", "\"\"", "{", "}", "{}", "NaN", #"{"name":NaN}"#, "\u{FEFF}{}", #"{"name":"\ud800"}"#,
            #"{"a":1,}"#, String(repeating: "[", count: 200), String(repeating: "[", count: 200_000),
            String(repeating: "[", count: 200) + String(repeating: "]", count: 200),
            #"{"x":"# + String(repeating: "[", count: 100) + String(repeating: "]", count: 100) + "}",
            String(repeating: #"{"a":"#, count: 200), "123456789012345678901234567890", "1e400", "-", "tru",
        ])
    func hostileBodies(body: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.addRule("a", ["theme": "dark"], 1)
            let operations: [(HTTPRequest.Method, String)] = [
                (.post, "/context_features"), (.patch, "/context_features/theme/index"), (.post, "/settings/declare"),
                (.put, "/settings/a/type"), (.put, "/settings/a/name"), (.put, "/settings/a/configurable_features"),
                (.post, "/settings/a/metadata"), (.put, "/settings/a/metadata"), (.delete, "/settings/a/metadata"),
                (.put, "/settings/a/metadata/k"), (.delete, "/settings/a/metadata/k"), (.post, "/rules"),
                (.put, "/rules/1/value"), (.patch, "/rules/1"), (.post, "/rules/1/metadata"),
                (.put, "/rules/1/metadata"), (.put, "/rules/1/metadata/k"),
            ]
            for (method, path) in operations {
                let answer = try await api.send(method, path, body)
                #expect(answer.status == 422, "\(method) \(path): \(answer.summary)")
            }
        }
    }

    @Test("Bytes that are not UTF-8 are refused")
    func invalidUTF8() async throws {
        try await ServiceUnderTest.with { api in
            let bytes = Array(#"{"context_feature":"a"#.utf8) + [0xFF] + Array(#""}"#.utf8)
            let answer = try await api.send(.post, "/context_features", bytes: bytes)
            #expect(answer.summary == "422 body value_error.jsondecode")
        }
    }

    @Test("A body above the limit gets 413")
    func tooLarge() async throws {
        try await ServiceUnderTest.with { api in
            let answer = try await api.send(
                .post, "/context_features",
                #"{"context_feature":"\#(String(repeating: "a", count: 1 << 20))"}"#)
            #expect(answer.summary == "413 the body has more than 1048576 bytes")
        }
    }

    @Test(
        "Values that can be stored come back unchanged, and others are refused",
        arguments: [
            (#""a\u0000b""#, true), (#""\ud83d\ude00""#, true), ("123456789012345678901234567890", true),
            ("1e400", false), (#""\ud800""#, false), ("NaN", false), (#"["\u0000"]"#, true), ("-0", true),
            ("1E-500", true), (#"{"\u0000":1}"#, true), (String(repeating: "9", count: 400), false),
        ])
    func values(value: String, isStorable: Bool) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let (type, defaultValue): (String, JSONValue) =
                switch value.first {
                case "\"": ("str", "")
                case "[": ("Sequence<str>", [])
                case "{": ("Mapping<int>", [:])
                default: ("float", 0)
                }
            #expect(try await api.declare("a", type: type, default: defaultValue) == .created)
            let body = #"{"setting":"a","feature_values":{"theme":"dark"},"value":\#(value)}"#
            let answer = try await api.send(.post, "/rules", body)
            #expect(answer.status == (isStorable ? 201 : 422), "\(answer.summary)")
            let stored = isStorable ? #"{"value":\#(value),"context_features":[["theme","dark"]],"rule_id":1}"# : ""
            try await api.expect(
                .get, "/query", is: #"200 {"settings":{"a":{"default_value":\#(defaultValue),"rules":[\#(stored)]}}}"#)
        }
    }

    @Test(
        "Metadata that can be stored come back with the same value, and others are refused",
        arguments: [
            (#""\u0000""#, "422 body.metadata.k value_error"), (#"{"\u0000":1}"#, "422 body.metadata.k value_error"),
            ("123456789012345678901234567890", "204"), ("1e400", "422 body.metadata.k value_error"),
            (#""\ud800""#, "422 body value_error.jsondecode"), (#""\ud83d\ude00""#, "204"),
            ("1e-20000", "422 body.metadata.k value_error"),
        ])
    func metadata(value: String, answer: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.expect(
                .post, "/settings/a/metadata", #"{"metadata":{"k":\#(value)},"version":"1.1"}"#, is: answer)
            let stored = try await api.client.getSettingMetadata(name: "a").ok.metadata
            #expect(try stored == (answer == "204" ? ["k": JSONValue(parsing: value)] : [:]))
        }
    }

    @Test("Of a repeated member, the last one counts")
    func repeatedMembers() async throws {
        try await ServiceUnderTest.with { api in
            try await api.expect(
                .post, "/context_features", #"{"context_feature":"a","context_feature":"b"}"#, is: "204")
            #expect(try await api.features == ["b"])
        }
    }

    @Test("Health and the contract are served")
    func service() async throws {
        try await ServiceUnderTest.with { api in
            #expect(try await api.client.getHealth().ok == .init(version: "0.1.0"))
            let answer = try await api.send(.get, "//openapi.json")
            #expect(answer.headerFields[.contentType] == "application/json")
            guard case .object(let members) = try JSONValue(parsing: answer.body).content else {
                return #expect(Bool(false))
            }
            #expect(members.first { $0.key == "openapi" }?.value == "3.1.0")
            #expect(members.contains { $0.key == "paths" })
        }
    }

    @Test("Names and values that are too long for an index are refused")
    func tooLong() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            var generator = SystemRandomNumberGenerator()
            let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
            let long = String((0..<20_000).compactMap { _ in letters.randomElement(using: &generator) })
            for (method, path, body, place) in [
                (
                    HTTPRequest.Method.post, "/context_features", #"{"context_feature":"\#(long)"}"#,
                    "body.context_feature"
                ),
                (
                    .post, "/settings/declare",
                    #"{"name":"\#(long)","configurable_features":["theme"],"type":"int","default_value":0}"#,
                    "body.name"
                ), (.put, "/settings/a/name", #"{"name":"\#(long)","version":"1.1"}"#, "body.name"),
                (.put, "/settings/a/metadata/\(long)", #"{"value":1,"version":"1.1"}"#, "path.key"),
            ] { try await api.expect(method, path, body, is: "422 \(place) value_error") }
            #expect(try await api.client.getSetting(name: long).response().status == .notFound)
            // Values of conditions are in no index.
            try await api.addRule("a", ["theme": String(long.prefix(512))], 1)
        }
    }
}
