import ContractJSON
import ContractRuntime
import Foundation
import HTTPTypes
import HeksherAPI
import PostgresTesting
import Testing

@testable import HeksherServer

/// No refusal is larger than 64 KiB, regardless of the request and of the stored data.
@Suite(.timeLimit(.minutes(10))) struct RefusalSizeTests {
    private static let limit = 64 << 10

    private static func expect(
        _ api: ServiceUnderTest, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil,
        is status: Int, contains part: String = "", contentType: String? = "application/json",
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let stopwatch = PatientStopwatch()
        let response = try await api.send(method, path, body, contentType: contentType)
        let name = "\(method) \(path.prefix(60)) \(body?.prefix(60) ?? "")"
        #expect(response.status.code == status, "\(name): \(response.text.prefix(200))", sourceLocation: location)
        #expect(
            status < 400 || response.body.count <= limit, "\(name): \(response.body.count) bytes",
            sourceLocation: location)
        #expect(
            part.isEmpty || response.text.contains(part), "\(name): \(response.text.prefix(300))",
            sourceLocation: location)
        // Debug builds are slow; work that multiplies would take minutes.
        #expect(stopwatch.time < .seconds(30), "\(name)", sourceLocation: location)
    }

    @Test("Requests with any number of problems get a short refusal")
    func problems() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            func many(_ text: String, _ count: Int) -> String {
                Array(repeating: text, count: count).joined(separator: ",")
            }
            func declaration(_ value: String, features: String = #""theme""#, metadata: String = "{}") -> String {
                #"{"name":"a","type":"int","configurable_features":[\#(features)],"default_value":\#(value),"metadata":\#(metadata)}"#
            }
            let key = String(repeating: "k", count: 10 << 10)
            let declare = "/settings/declare"
            try await Self.expect(
                api, .post, declare, declaration(#"{"\#(key)":[\#(many("1e400", 5_000))]}"#), is: 422,
                contains: "4900 further problems")
            let deep = String(repeating: "[", count: 100) + many("1e400", 10_000) + String(repeating: "]", count: 100)
            try await Self.expect(api, .post, declare, declaration(deep), is: 422, contains: " further problems")
            try await Self.expect(
                api, .post, declare, declaration("1", features: many("1", 50_000)), is: 422,
                contains: "49900 further problems")
            try await Self.expect(
                api, .post, declare,
                declaration("1", features: many(#""\#(String(repeating: "é", count: 1000))""#, 400)),
                is: 422, contains: "300 further problems")
            let members = (0..<3_000).map { #""k \#($0)\u0001":1e400"# }.joined(separator: ",")
            try await Self.expect(api, .post, declare, declaration("1", metadata: "{\(members)}"), is: 422)
            try await Self.expect(api, .post, declare, "{\(members)}", is: 422, contains: " further problems")
            let options = #"Enum[\"\#(String(repeating: "x", count: 500_000))\"]"#
            try await Self.expect(
                api, .post, declare,
                #"{"name":"a","type":"\#(options)","configurable_features":["theme"],"default_value":1}"#, is: 422,
                contains: "the default value does not fit the type Enum[")
            try await Self.expect(
                api, .put, "/settings/a/type", #"{"type":"int","version":[\#(many("1e400", 2000))]}"#, is: 422)
            try await Self.expect(
                api, .get, "/query?settings=" + many("!", 19_000), is: 422, contains: "18900 further problems")
            try await Self.expect(
                api, .get, "/rules/search?setting=a&feature_values=" + many("!", 19_000), is: 422,
                contains: "expecting the name of a context feature")
            try await Self.expect(
                api, .post, "/rules", #"{"setting":"a","feature_values":{\#(members)},"value":1}"#, is: 422)
            try await Self.expect(
                api, .post, declare, "1", is: 422, contentType: "text/" + String(repeating: "x", count: 50_000))
        }
    }

    @Test("Sentences that quote the request are shortened")
    func sentences() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", metadata: [:])
            let rule = try await api.addRule("a", ["theme": "dark"], 1)
            let long = String(repeating: "x", count: 500_000)
            let path = String(repeating: "x", count: 100_000)
            let digits = String(repeating: "7", count: 1300)
            let names = (0..<15_000).map { "n\($0)" }
            try await Self.expect(api, .get, "/settings/\(path)", is: 404)
            try await Self.expect(api, .delete, "/settings/\(path)", is: 404)
            try await Self.expect(api, .get, "/settings/\(path)/metadata", is: 404)
            try await Self.expect(api, .put, "/settings/\(path)/type", #"{"type":"int","version":"1.0"}"#, is: 404)
            try await Self.expect(
                api, .put, "/settings/\(path)/configurable_features",
                #"{"configurable_features":["theme"],"version":"1.0"}"#, is: 404)
            try await Self.expect(api, .get, "/\(path)", is: 404)
            try await Self.expect(
                api, .post, "/rules", #"{"setting":"\#(long)","feature_values":{"theme":"x"},"value":1}"#, is: 422,
                contains: "the setting xxx")
            let features = names.map { #""\#($0)":"v""# }.joined(separator: ",")
            try await Self.expect(
                api, .post, "/rules", #"{"setting":"a","feature_values":{\#(features)},"value":1}"#, is: 400,
                contains: "and 14900 more")
            try await Self.expect(
                api, .post, "/rules", #"{"setting":"a","feature_values":{"\#(long)":"x"},"value":1}"#, is: 400)
            let list = names.map { "\"\($0)\"" }.joined(separator: ",")
            try await Self.expect(
                api, .put, "/settings/a/configurable_features",
                #"{"configurable_features":[\#(list)],"version":"2.0"}"#,
                is: 404, contains: "and 14900 more do not exist")
            func declaration(_ name: String, _ more: String, version: String = "1.0") -> String {
                #"{"name":"\#(name)","type":"int","default_value":0,"version":"\#(version)",\#(more)}"#
            }
            let declare = "/settings/declare"
            try await Self.expect(
                api, .post, declare, declaration("new", #""configurable_features":[\#(list)]"#), is: 404,
                contains: "and 14900 more do not exist")
            try await Self.expect(
                api, .post, declare, declaration("a", #""configurable_features":[\#(list)]"#, version: "2.0"), is: 404,
                contains: "and 14900 more do not exist")
            try await Self.expect(
                api, .post, declare, declaration("a", #""configurable_features":["theme"],"alias":"\#(long)""#), is: 404
            )
            try await Self.expect(
                api, .get, "/query?settings=" + names.joined(separator: ","), is: 404, contains: "and 14900 more")
            let twice = names.prefix(4000).flatMap { ["\($0):*", "\($0):*"] }.joined(separator: ",")
            try await Self.expect(api, .get, "/query?context_filters=\(twice)", is: 400, contains: "and 3900 more")
            // A long version is stored, and the following sentences quote it.
            try await Self.expect(
                api, .put, "/settings/a/type", #"{"type":"int","version":"\#(digits).\#(digits)"}"#, is: 204)
            try await Self.expect(
                api, .put, "/settings/a/name", #"{"name":"b","version":"1.0"}"#, is: 409, contains: "newer version (777"
            )
            try await Self.expect(
                api, .post, "/settings/a/metadata", #"{"metadata":{},"version":"1.0"}"#, is: 409, contains: "newer")
            // A long type is stored as well.
            let type = #"Enum[1,\"\#(long)\"]"#
            try await Self.expect(
                api, .post, declare,
                #"{"name":"long","type":"\#(type)","configurable_features":["theme"],"default_value":1}"#, is: 200)
            try await Self.expect(
                api, .post, "/rules", #"{"setting":"long","feature_values":{"theme":"x"},"value":2}"#, is: 400)
            let other = try await api.addRule("long", ["theme": "x"], 1)
            try await Self.expect(api, .put, "/rules/\(other)/value", #"{"value":2}"#, is: 400)
            try await Self.expect(api, .patch, "/rules/\(rule)", #"{"value":"\#(long)"}"#, is: 400)
        }
    }

    @Test("If hundreds of rules conflict with a type, the refusal lists a part of them")
    func typeConflicts() async throws {
        try await ServiceUnderTest.with(features: ["tenant", "theme"]) { api in
            try await api.declare("tc", features: ["tenant", "theme"])
            try await api.sql(
                """
                INSERT INTO rules (id, setting, value) SELECT n, 'tc', n::text FROM generate_series(1, 300) AS n;
                INSERT INTO conditions (rule, context_feature, feature_value) SELECT n, 'tenant', 't' || n FROM generate_series(1, 300) AS n;
                """)
            let type = #"Enum[\"\#(String(repeating: "x", count: 900_000))\"]"#
            try await Self.expect(
                api, .put, "/settings/tc/type", #"{"type":"\#(type)","version":"2.0"}"#, is: 409,
                contains: "the values of 200 more rules do not fit the new type")
            let features = #""configurable_features":["theme"]"#
            try await Self.expect(
                api, .put, "/settings/tc/configurable_features", "{\(features),\"version\":\"2.0\"}", is: 409,
                contains: "98, 99, 100] and 200 more")
            try await Self.expect(
                api, .post, "/settings/declare",
                #"{"name":"tc","type":"\#(type)","default_value":"x","version":"2.0",\#(features)}"#, is: 422)
            try await Self.expect(
                api, .post, "/settings/declare",
                #"{"name":"tc","type":"str","default_value":"x","version":"2.0",\#(features)}"#, is: 409,
                contains: "setting type incompatible with values for rules: [1, 2, 3")
        }
    }

    @Test(
        "Differences contain large values whole if the declaration is accepted, and short sentences if it is refused"
    )
    func differences() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let long = String(repeating: "x", count: 100_000)
            func declaration(_ type: String, _ value: String, _ metadata: String, _ version: String) -> String {
                #"{"name":"a","type":"\#(type)","default_value":"\#(value)","metadata":\#(metadata),"configurable_features":["theme"],"version":"\#(version)"}"#
            }
            let type = #"Enum[\"x\",\"\#(long)\"]"#
            func stored(_ version: String) -> String { declaration(type, long, #"{"k":"\#(long)"}"#, version) }
            let declare = "/settings/declare"
            try await Self.expect(api, .post, declare, stored("1.0"), is: 200)
            // The same version.
            try await Self.expect(
                api, .post, declare, declaration("str", "x", "{}", "1.0"), is: 409,
                contains: #"{"level":"minor","message":"default_value differs; the stored value has 100002 bytes"}"#)
            // A version that is not high enough.
            try await Self.expect(
                api, .post, declare, declaration("str", "x", "{}", "1.1"), is: 409,
                contains: #"{"level":"major","message":"type differs; the stored value has "#)
            try await Self.expect(
                api, .post, declare, declaration("str", "x", #"{"k":1}"#, "2.0"), is: 200, contains: long)
        }
    }
}
