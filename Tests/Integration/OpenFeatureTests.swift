import ContractRuntime
import HeksherAPI
import PostgresTesting
import Testing

@testable import HeksherServer

@Suite struct OpenFeatureTests {
    private static let bulk = "//ofrep/v1/evaluate/flags"
    /// A setting of each type, and rules of the first.
    private static func with(
        targetingFeature: String? = nil, _ test: (ServiceUnderTest) async throws -> Void
    ) async throws {
        try await ServiceUnderTest.with(
            features: ["environment", "tenant", "user"], configure: { $0.targetingFeature = targetingFeature }
        ) { api in
            func declare(_ name: String, _ type: String, _ value: String) async throws {
                try await api.ask(
                    declaring: name,
                    [
                        "type": "\"\(type.replacing("\"", with: "\\\""))\"", "default_value": value,
                        "configurable_features": #"["environment","tenant","user"]"#,
                    ])
            }
            try await declare("a.int", "int", "1.0")
            try await api.addRule("a.int", ["tenant": "acme"], JSONValue(JSONNumber("1e3")!))
            try await api.addRule("a.int", ["user": "7"], 123)
            try await api.addRule("a.int", ["user": "true"], 124)
            try await declare("b-float", "float", "3")
            try await declare("c", "str", #""é\u00e9""#)
            try await declare("d", "bool", "false")
            try await declare("e", #"Enum["x",2.0]"#, "2.0")
            try await declare("f", #"Flags["x","y"]"#, #"["y"]"#)
            try await declare("g", "Sequence<int>", "[1.0, 2]")
            try await declare("h", "Mapping<float>", #"{"z":1,"a":2.5}"#)
            try await api.rename("d", to: "d2")
            try await test(api)
        }
    }

    private static func flag(_ api: ServiceUnderTest, _ key: String, _ body: String = "{}") async throws -> String {
        try await api.ask(.post, "//ofrep/v1/evaluate/flags/\(key)", body)
    }

    private static let flags = [
        "a.int": #""value":1,"reason":"DEFAULT","variant":"default","metadata":{"type":"int","version":"1.0"}}"#,
        "b-float": #""value":3.0,"reason":"STATIC","variant":"default","metadata":{"type":"float","version":"1.0"}}"#,
        "c": #""value":"é\u00e9","reason":"STATIC","variant":"default","metadata":{"type":"str","version":"1.0"}}"#,
        "d2": #""value":false,"reason":"STATIC","variant":"default","metadata":{"type":"bool","version":"1.0"}}"#,
        "e":
            #""value":2.0,"reason":"STATIC","variant":"default","metadata":{"type":"Enum[\"x\",2.0]","version":"1.0"}}"#,
        "f":
            #""value":["y"],"reason":"STATIC","variant":"default","metadata":{"type":"Flags[\"x\",\"y\"]","version":"1.0"}}"#,
        "g":
            #""value":[1.0, 2],"reason":"STATIC","variant":"default","metadata":{"type":"Sequence<int>","version":"1.0"}}"#,
        "h":
            #""value":{"z":1,"a":2.5},"reason":"STATIC","variant":"default","metadata":{"type":"Mapping<float>","version":"1.0"}}"#,
    ]

    @Test("A flag has the value of the setting in the form that typed providers need")
    func values() async throws {
        try await Self.with { api in
            for (key, flag) in Self.flags {
                for _ in 0..<2 {
                    let answer = try await Self.flag(api, key)
                    #expect(answer == #"200 {"key":"\#(key)",\#(flag)"#)
                }
            }
            // The key is the one in the request.
            #expect(try await Self.flag(api, "d").hasPrefix(#"200 {"key":"d","value":false"#))
            #expect(try await Self.flag(api, "%64").hasPrefix(#"200 {"key":"d","value":false"#))
            let list = Self.flags.keys.sorted().map { #"{"key":"\#($0)",\#(Self.flags[$0]!)"# }.joined(separator: ",")
            let streams = #"[{"type":"sse","endpoint":{"requestUri":"/ofrep/v1/events"},"inactivityDelaySec":120}]"#
            #expect(
                try await api.ask(.post, Self.bulk, "{}") == #"200 {"flags":[\#(list)],"eventStreams":\#(streams)}"#)
        }
    }

    @Test("Integers keep all their digits")
    func longIntegers() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.ask(declaring: "long", ["default_value": "123456789012345678901234567890"])
            #expect(try await Self.flag(api, "long").contains(#""value":123456789012345678901234567890,"#))
        }
    }

    @Test("The reason is TARGETING_MATCH for a rule, DEFAULT if no rule matches, and STATIC without rules")
    func reasons() async throws {
        try await Self.with { api in
            let match =
                #"200 {"key":"a.int","value":1000,"reason":"TARGETING_MATCH","variant":"rule-1","metadata":{"rule_id":1,"type":"int","version":"1.0"}}"#
            let answer = try await Self.flag(api, "a.int", #"{"context":{"tenant":"acme"}}"#)
            #expect(answer == match)
            #expect(
                try await Self.flag(api, "a.int", #"{"context":{"tenant":"other"}}"#).contains(
                    #""reason":"DEFAULT","variant":"default""#))
            #expect(
                try await Self.flag(api, "b-float", #"{"context":{"tenant":"acme"}}"#).contains(#""reason":"STATIC""#))
        }
    }

    @Test("The metadata of a flag contain those of the setting that are scalars, and never hide the service's own")
    func metadata() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare(
                "a",
                metadata: [
                    "owner": "me", "n": JSONValue(JSONNumber("12345678901234567890.5")!), "b": true, "type": "other",
                    "version": 2, "rule_id": 9,
                    "list": [1], "map": ["x": 1], "none": nil,
                ])
            let expected =
                #""metadata":{"type":"int","version":"1.0","b":true,"n":12345678901234567890.5,"owner":"me"}}"#
            #expect(try await Self.flag(api, "a").hasSuffix(expected))
            let flag = try await api.client.evaluateFlag(key: "a", body: .init()).response()
            #expect(flag.text.hasSuffix(expected))
            // Changes of metadata, of the type and of the version are visible at once.
            try await api.client.setSettingMetadataKey(
                name: "a", key: "owner", body: .init(value: "you", version: "1.1")
            ).noContent()
            #expect(
                try await Self.flag(api, "a").contains(
                    #""version":"1.1","b":true,"n":12345678901234567890.5,"owner":"you""#))
            try await api.client.changeSettingType(name: "a", body: .init(type: "float", version: "2.0")).noContent()
            #expect(
                try await Self.flag(api, "a").contains(
                    #""value":0.0,"reason":"STATIC","variant":"default","metadata":{"type":"float","version":"2.0""#))
            try await api.sql("DELETE FROM setting_metadata WHERE key = 'owner'")
            #expect(try await !Self.flag(api, "a").contains("owner"))
        }
    }

    @Test("Strings, numbers and booleans are values of features by their text; all else is ignored")
    func contexts() async throws {
        try await Self.with { api in
            for (context, value) in [
                (#"{"user":"7"}"#, 123), (#"{"user":7}"#, 123), (#"{"user":7.0}"#, 1), (#"{"user":true}"#, 124),
                (#"{"user":"true"}"#, 124),
                (#"{"user":null}"#, 1), (#"{"user":["7"]}"#, 1), (#"{"user":{"a":1}}"#, 1),
                (#"{"other":"7","a-b":1,"":2}"#, 1),
                (#"{"targetingKey":"7"}"#, 1), (#"{"user":"","tenant":"acme"}"#, 1000),
                (#"{"user":"a\nb","tenant":"acme"}"#, 1000),
                (#"{"tenant":"x","tenant":"acme"}"#, 1000), ("{}", 1),
            ] {
                #expect(
                    try await Self.flag(api, "a.int", #"{"context":\#(context)}"#).contains(#""value":\#(value),"#),
                    "\(context)")
                let bulk = try await api.ask(.post, Self.bulk, #"{"context":\#(context),"other":1}"#)
                #expect(bulk.hasPrefix(#"200 {"flags":[{"key":"a.int","value":\#(value),"#), "\(context)")
            }
            #expect(try await Self.flag(api, "a.int", "{}").contains(#""value":1,"#))
        }
    }

    @Test("The targeting key is the value of the feature that the operator has named, and is never required")
    func targetingKey() async throws {
        try await Self.with(targetingFeature: "user") { api in
            for (context, value) in [
                (#"{"targetingKey":"7"}"#, 123), (#"{"targetingKey":"7","user":"true"}"#, 123),
                (#"{"targetingKey":"","user":"true"}"#, 124),
                (#"{"user":"7"}"#, 123), (#"{"tenant":"acme"}"#, 1000),
            ] {
                for _ in 0..<2 {
                    let answer = try await Self.flag(api, "a.int", #"{"context":\#(context)}"#)
                    #expect(answer.contains(#""value":\#(value),"#), "\(context)")
                }
            }
        }
    }

    @Test("Errors are those of OFREP, and never 422")
    func errors() async throws {
        try await Self.with { api in
            for (body, code) in [
                ("", "PARSE_ERROR"), ("{", "PARSE_ERROR"), ("context", "PARSE_ERROR"), ("{}x", "PARSE_ERROR"),
                ("[]", "INVALID_CONTEXT"), ("1", "INVALID_CONTEXT"), ("null", "INVALID_CONTEXT"),
                (#"{"context":null}"#, "INVALID_CONTEXT"),
                (#"{"context":[]}"#, "INVALID_CONTEXT"), (#"{"context":"x"}"#, "INVALID_CONTEXT"),
            ] {
                let one = try await api.send(.post, "//ofrep/v1/evaluate/flags/c", body)
                #expect(
                    one.status == 400 && one.text.hasPrefix(#"{"key":"c","errorCode":"\#(code)","errorDetails":""#),
                    "\(body): \(one.text)")
                let all = try await api.send(.post, Self.bulk, body)
                #expect(
                    all.status == 400 && all.text.hasPrefix(#"{"errorCode":"\#(code)","errorDetails":""#),
                    "\(body): \(all.text)")
                #expect(one.headerFields[.cacheControl] == "no-store")
            }
            let text = try await api.send(.post, "//ofrep/v1/evaluate/flags/c", "{}", contentType: "text/plain")
            #expect(text.status == 400 && text.text.contains("PARSE_ERROR"))
            #expect(try await api.send(.post, "//ofrep/v1/evaluate/flags/c", "{}", contentType: nil).status == 200)
            for key in ["none", "a%20b", "%00", "a%2Fb", String(repeating: "x", count: 5000)] {
                let unknown = try await api.send(.post, "//ofrep/v1/evaluate/flags/\(key)", "{}")
                #expect(
                    unknown.status == 404
                        && unknown.text.contains(#""errorCode":"FLAG_NOT_FOUND","errorDetails":"the setting "#),
                    "\(key)")
                #expect(unknown.body.count < 2000)
            }
            let long = #"{"context":{"user":"\#(String(repeating: "a", count: 100_000))"}}"#
            #expect(try await Self.flag(api, "a.int", long).contains(#""value":1,"#))
            // Not in OFREP, but no 422 either.
            #expect(try await api.send(.post, Self.bulk, #"{"context":{"x":1e400}}"#).status.code < 500)
            try await api.expect(.get, "//ofrep/v1/evaluate/flags/c", is: #"405 {"detail":"Method Not Allowed"}"#)
        }
    }

    @Test("All flags have a strong entity tag, which only If-None-Match compares")
    func tags() async throws {
        try await Self.with { api in
            let response = try await api.send(.post, Self.bulk, "{}")
            let tag = try #require(response.headerFields[.eTag])
            #expect(tag.hasPrefix("\"") && response.headerFields[.cacheControl] == "no-cache")
            for condition in [tag, "W/\(tag)", "*"] {
                let match = try await api.send(.post, Self.bulk, "{}", headers: [("If-None-Match", condition)])
                #expect(match.summary == "304" && match.headerFields[.eTag] == tag)
            }
            let query = "?flagConfigEtag=\(tag.dropFirst().dropLast())&flagConfigLastModified=1771622898"
            #expect(try await api.send(.post, Self.bulk + query, "{}").body == response.body)
            #expect(try await api.send(.post, Self.bulk + "?flagConfigLastModified=yesterday", "{}").status == 200)
            let other = try await api.send(
                .post, Self.bulk, #"{"context":{"tenant":"acme"}}"#, headers: [("If-None-Match", tag)])
            #expect(other.status == 200 && other.headerFields[.eTag] != tag)
            let one = try await api.send(.post, "//ofrep/v1/evaluate/flags/c", "{}", headers: [("If-None-Match", "*")])
            #expect(
                one.status == 200 && one.headerFields[.eTag] == nil && one.headerFields[.cacheControl] == "no-store")
            try await api.client.changeRuleValue(ruleId: 1, body: .init(value: 5)).noContent()
            #expect(try await api.send(.post, Self.bulk, "{}", headers: [("If-None-Match", tag)]).summary == "304")
            _ = try await api.ask(.delete, "/settings/h")
            #expect(try await api.send(.post, Self.bulk, "{}", headers: [("If-None-Match", tag)]).status == 200)
        }
    }

    @Test("Flags are evaluated from memory on the connection, between other requests, and from requests in pieces")
    func connections() async throws {
        try await Self.with { api in
            _ = try await Self.flag(api, "c")
            let connection = try await RawConnection(port: api.port)
            func request(_ path: String, _ body: String) -> String {
                let fields = ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
                return RawConnection.request(path, method: "POST", headers: fields, body: body)
            }
            let (one, all) = ("/ofrep/v1/evaluate/flags/a.int", "/ofrep/v1/evaluate/flags")
            let context = #"{"context":{"tenant":"acme"}}"#
            // Several at once, long ones, and others in between.
            let long = #"{"context":{"tenant":"acme","x":"\#(String(repeating: "y", count: 5000))"}}"#
            let requests = [
                request(one, context), request(all, "{}"), request(one, long),
                RawConnection.request("/api/v1/query", headers: []),
                request(one, "{"), request("/ofrep/v1/evaluate/flags/none", "{}"),
                request(one, context),
            ]
            for _ in 0..<3 {
                try await connection.send(requests.joined())
                for status in [200, 200, 200, 200, 400, 404] { #expect(try await connection.answer().status == status) }
                #expect(try await connection.answer().body.contains("1000"))
            }
            for cut in [1, 40, 120, request(one, context).utf8.count - 1] {
                let text = Array(request(one, context).utf8)
                try await connection.send(String(decoding: text[..<cut], as: UTF8.self))
                try await Task.sleep(for: .milliseconds(30))
                try await connection.send(String(decoding: text[cut...], as: UTF8.self))
                #expect(try await connection.answer().body.contains("1000"))
            }
            // While the tables are locked.
            try await api.whileTablesAreLocked {
                let patient = try await RawConnection(port: api.port, patience: 5)
                for text in [request(one, context), request(all, #"{"context":{"user":"new"}}"#)] {
                    try await patient.send(text)
                    #expect(try await patient.answer().status == 200)
                }
            }
        }
    }

    @Test("A page of another origin may evaluate flags if the operator allows it")
    func pages() async throws {
        try await Self.with { api in
            let headers = [("Origin", "https://elsewhere.example.com"), ("Sec-Fetch-Site", "cross-site")]
            let response = try await api.send(.post, "//ofrep/v1/evaluate/flags/c", "{}", headers: headers)
            // The browser does not let the page read it.
            #expect(response.status == 200 && response.headerFields[.accessControlAllowOrigin] == nil)
        }
    }

    @Test("A setting whose type or metadata cannot be read is missing among all flags, and 503 alone")
    func unreadable() async throws {
        try await Self.with { api in
            try await api.sql("UPDATE settings SET type = 'no type' WHERE name = 'c'")
            #expect(
                try await Self.flag(api, "c").hasPrefix("503 the setting c cannot be read: its type cannot be parsed"))
            let all = try await api.ask(.post, Self.bulk, "{}")
            #expect(all.hasPrefix("200") && !all.contains(#""key":"c""#) && all.contains(#""key":"d2""#))
            #expect(try await !api.ask(.get, "//openfeature/v0/manifest").contains(#""key":"c""#))
            #expect(try await api.client.queryRules(settings: ["c"]).ok.body.settings.count == 1)
            try await api.sql("UPDATE settings SET type = 'str' WHERE name = 'c'")
            #expect(try await Self.flag(api, "c").hasPrefix("200"))
        }
    }

    @Test("The manifest has the settings in the form that OpenFeature's command line pulls")
    func manifest() async throws {
        try await Self.with { api in
            try await api.declare(
                "i", features: ["tenant"], type: "Enum[1,2.0]", default: 1,
                metadata: ["description": "How many.", "owner": "me"])
            try await api.declare(
                "j", features: ["tenant"], type: "Enum[\"a\",\"b\"]", default: "a", metadata: ["description": 1])
            try await api.declare("k", features: ["tenant"], type: "Enum[true]", default: true)
            try await api.declare("l", features: ["tenant"], type: "Enum[1,2.5]", default: 1)
            let manifest = try await api.client.getManifest().ok.flags
            try #require(
                manifest.map(\.key) == ["a.int", "b-float", "c", "d2", "e", "f", "g", "h", "i", "j", "k", "l"])
            #expect(
                manifest.map(\.type) == [
                    .integer, .float, .string, .boolean, .object, .object, .object, .object, .integer, .string,
                    .boolean, .float,
                ])
            #expect(
                manifest[0].defaultValue.text == "1" && manifest[1].defaultValue.text == "3.0"
                    && manifest[11].defaultValue.text == "1.0")
            #expect(manifest[8].description == "How many." && manifest[9].description == nil)
            let text = try await api.ask(.get, "//openfeature/v0/manifest")
            #expect(text.hasPrefix(#"200 {"flags":[{"key":"a.int","type":"integer","defaultValue":1},"#))
        }
    }
}
