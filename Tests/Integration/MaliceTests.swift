import ContractJSON
import ContractRuntime
import Glibc
import HeksherAPI
import PostgresTesting
import Testing

@testable import HTTPGuard
@testable import HeksherServer

/// Requests of malicious clients.
@Suite struct MaliceTests {
    private static let texts = [
        "'; DROP TABLE settings; --", "x' OR '1'='1", "\"; DELETE FROM rules; --", "$1", "$1::text", "%", "_", "\\",
        "\\'",
        "\u{0}", "a\u{0}b", "E'\\x41'", "{a,b}", "{\"a\"}", "NULL", "null", "(SELECT version())", "🙈", "\u{202e}x",
        "\r\nX: y",
        String(repeating: "'", count: 3000), String(repeating: "x", count: 100_000), "../../etc/passwd",
        "${jndi:ldap://x}",
    ]

    @Test("Hostile texts are never interpreted as SQL, paths or headers")
    func texts() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", type: "str", default: JSONValue(""))
            try await api.addRule("a", ["theme": "dark"], JSONValue("x"))
            for (number, text) in Self.texts.enumerated() {
                let json = JSONWriter.bytes { $0.write(text) }
                let quoted = String(decoding: json, as: UTF8.self)
                let path = text.utf8.map { byte in "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
                let declaration = { (member: String) in
                    #"{"name": "b", "configurable_features": ["theme"], "type": "str", "default_value": "", \#(member)}"#
                }
                var requests: [(HTTPRequest.Method, String, String?)] = [
                    (.post, "/context_features", #"{"context_feature": \#(quoted)}"#),
                    (.patch, "/context_features/theme/index", #"{"to_after": \#(quoted)}"#),
                    (.post, "/settings/declare", declaration(#""name": \#(quoted)"#)),
                    (.post, "/settings/declare", declaration(#""alias": \#(quoted)"#)),
                    (.post, "/settings/declare", declaration(#""type": \#(quoted)"#)),
                    (.post, "/settings/declare", declaration(#""version": \#(quoted)"#)),
                    (.post, "/settings/declare", declaration(#""configurable_features": [\#(quoted)]"#)),
                    (.post, "/settings/declare", declaration(#""metadata": {\#(quoted): 1}"#)),
                    (.put, "/settings/a/name", #"{"name": \#(quoted), "version": "1.0"}"#),
                    (.put, "/settings/a/type", #"{"type": \#(quoted), "version": "2.0"}"#),
                    (.post, "/settings/a/metadata", #"{"metadata": {"k": \#(quoted)}, "version": "2.\#(number)"}"#),
                    (.post, "/rules", #"{"setting": \#(quoted), "feature_values": {"theme": "x"}, "value": ""}"#),
                    (.post, "/rules", #"{"setting": "a", "feature_values": {\#(quoted): "x"}, "value": ""}"#),
                    (.post, "/rules", #"{"setting": "a", "feature_values": {"theme": \#(quoted)}, "value": ""}"#),
                    (.post, "/rules/1/metadata", #"{"metadata": {"k": \#(quoted)}}"#),
                    (.put, "/rules/1/value", #"{"value": \#(quoted)}"#),
                ]
                if path.utf8.count < 100_000 {
                    requests += [
                        (.get, "/context_features/\(path)", nil), (.delete, "/context_features/\(path)", nil),
                        (.get, "/settings/\(path)", nil), (.delete, "/settings/\(path)", nil),
                        (.get, "/settings/\(path)/metadata", nil), (.delete, "/rules/\(path)", nil),
                        (.put, "/settings/a/metadata/\(path)", #"{"value": 1, "version": "1.0"}"#),
                        (.get, "/rules/search?setting=\(path)&feature_values=theme:dark", nil),
                        (.get, "/rules/search?setting=a&feature_values=theme:\(path)", nil),
                        (.get, "/query?settings=\(path)", nil), (.get, "/query?context_filters=\(path)", nil),
                        (.get, "/query?context_filters=theme:(\(path))", nil),
                        (.get, "/settings?include_additional_data=\(path)", nil),
                    ]
                }
                for (method, target, body) in requests {
                    let answer = try await api.send(method, target, body)
                    #expect(
                        answer.status.code < 500,
                        "\(method) \(target.prefix(60)) with text \(number): \(answer.summary)")
                }
                if !text.utf8.contains(0) {
                    // The value comes back unchanged.
                    let rule = try await api.client.getRule(ruleId: 1).ok.body
                    #expect(rule.value.text == quoted, "text \(number)")
                }
            }
            #expect(try await api.features.contains("theme"))
            try await api.expect(.get, "/settings/a", is: "200 *")
        }
    }

    @Test("Bodies of one megabyte are handled in time, with any content")
    func largeBodies() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", type: "Mapping<Sequence<int>>", default: [:])
            let numbers = (0..<100_000).map(String.init).joined(separator: ",")
            let ones = Array(repeating: "1", count: 300_000).joined(separator: ",")
            let names = (0..<60_000).map { #""f\#($0)""# }.joined(separator: ",")
            let members = (0..<50_000).map { #""k\#($0)":\#($0)"# }.joined(separator: ",")
            let deep = String(repeating: "Sequence<", count: 100_000)
            func declaration(_ type: String, features: String = #""theme""#, metadata: String = "") -> String {
                #"{"name":"b","configurable_features":[\#(features)],"type":"\#(type)","default_value":1,"metadata":{\#(metadata)}}"#
            }
            let whole = PatientStopwatch()
            for (path, body) in [
                ("/settings/declare", declaration("Enum[\(numbers)]")),
                ("/settings/declare", declaration("Flags[\(ones)]")),
                ("/settings/declare", declaration(deep)), ("/settings/declare", declaration("int", features: names)),
                ("/settings/declare", declaration("int", metadata: members)),
                ("/settings/declare", #"{"name":"\#(String(repeating: "a", count: 1_000_000))"}"#),
                ("/settings/declare", String(repeating: "[", count: 1_000_000)),
                ("/settings/declare", String(repeating: #"{"a":"#, count: 150_000)),
                (
                    "/settings/declare",
                    #"{"version":"\#(String(repeating: "1", count: 500_000)).\#(String(repeating: "1", count: 500_000))"}"#
                ),
                ("/settings/declare", #"{"default_value":\#(String(repeating: "9", count: 1_000_000))}"#),
                ("/settings/declare", #"{"default_value":1e\#(String(repeating: "9", count: 1_000_000))}"#),
                ("/settings/declare", "{\(members)}"),
                (
                    "/rules",
                    #"{"setting":"a","feature_values":{\#((0..<50_000).map { #""f\#($0)":"v""# }.joined(separator: ","))},"value":{}}"#
                ),
                ("/rules", #"{"setting":"a","feature_values":{"theme":"v"},"value":{"x":[\#(ones)]}}"#),
            ] {
                let stopwatch = PatientStopwatch()
                let answer = try await api.send(.post, path, body)
                #expect(answer.status.code < 500, "\(body.prefix(80)): \(answer.summary.prefix(200))")
                // Debug builds and slow machines need this time; quadratic work would take minutes.
                #expect(stopwatch.time < .seconds(20), "\(body.prefix(80))")
            }
            #expect(whole.time < .seconds(100))
        }
    }

    @Test("The service keeps thousands of connections, and serves others meanwhile", .timeLimit(.minutes(20)))
    func manyConnections() async throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        // This process has both ends of each connection.
        let count = min(10_000, Int(clamping: limit.rlim_max) / 2 - 1000)
        var limits = ConnectionLimits()
        limits.connections = count + 100
        // Even on a busy machine, no connection reaches these timeouts.
        limits.arrivalTime = .minutes(5)
        limits.idleTime = .minutes(5)
        try await ServiceUnderTest.with(features: ["theme"], limits: limits) { api in
            try await api.declare("a")
            let request = RawConnection.request("/api/v1/query?settings=a")
            let other = try await RawConnection(port: api.port)
            var connections: [RawConnection] = []
            for number in 0..<count {
                let connection = try await RawConnection(port: api.port, patience: 60)
                // Some connections send a request, some a part of one, and some nothing.
                if number % 3 < 2 { try await connection.send(number % 3 == 0 ? request : String(request.prefix(20))) }
                connections.append(connection)
                if number % 1000 == 0 { #expect(try await other.get("/api/v1/query?settings=a").status == 200) }
            }
            for index in stride(from: 0, to: count, by: 3) {
                #expect(try await connections[index].answer().status == 200)
            }
            #expect(try await other.get("/api/v1/query?settings=a").status == 200)
        }
    }
}
