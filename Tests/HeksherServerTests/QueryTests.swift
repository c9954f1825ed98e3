import Foundation
import Testing

@Suite struct QueryTests {
    /// Two settings, one with an alias, and five rules.
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["user", "trust", "theme"]) { api in
            try await api.declare("size", ["configurable_features": #"["theme","user","trust"]"#])
            try await api.addRule("size", #"{"theme":"dark"}"#, "1")
            try await api.addRule("size", #"{"theme":"light","user":"ann"}"#, "2")
            try await api.addRule("size", #"{"trust":"full"}"#, "3")
            try await api.addRule("size", #"{"trust":"full","user":"bob","theme":"dark"}"#, "4")
            try await api.declare("area", ["default_value": "1.0", "type": #""float""#])
            try await api.addRule("area", #"{"theme":"dark"}"#, "2.50")
            try await api.put("/settings/area/name", #"{"name":"zone","version":"1.0"}"#, is: "204")
            try await test(api)
        }
    }

    private static let rules = [
        #"{"value":1,"context_features":[["theme","dark"]],"rule_id":1}"#,
        #"{"value":2,"context_features":[["user","ann"],["theme","light"]],"rule_id":2}"#,
        #"{"value":3,"context_features":[["trust","full"]],"rule_id":3}"#,
        #"{"value":4,"context_features":[["user","bob"],["trust","full"],["theme","dark"]],"rule_id":4}"#,
    ]
    private static let zone =
        #""zone":{"default_value":1.0,"rules":[{"value":2.50,"context_features":[["theme","dark"]],"rule_id":5}]}"#

    private static func size(_ ids: [Int]) -> String {
        #""size":{"default_value":0,"rules":[\#(ids.map { rules[$0 - 1] }.joined(separator: ","))]}"#
    }

    @Test("Without parameters, everything comes, sorted by name")
    func everything() async throws {
        try await Self.with { api in
            try await api.get("/query", is: #"200 {"settings":{\#(Self.size([1, 2, 3, 4])),\#(Self.zone)}}"#)
        }
    }

    @Test(
        "Settings come in the order asked, each once, under the names they have",
        arguments: [
            ("", []), ("size", ["size"]), ("zone,size", ["zone", "size"]), ("area", ["zone"]),
            ("zone,area,zone", ["zone"]), ("size,area,size,zone", ["size", "zone"]), ("zone%2Csize", ["zone", "size"]),
        ])
    func settings(asked: String, names: [String]) async throws {
        try await Self.with { api in
            let all = ["zone": Self.zone, "size": Self.size([1, 2, 3, 4])]
            let expected = names.compactMap { all[$0] }.joined(separator: ",")
            try await api.get("/query?settings=\(asked)", is: "200 {\"settings\":{\(expected)}}")
        }
    }

    @Test("Unknown settings are told")
    func unknown() async throws {
        try await Self.with { api in
            let answer = try await api.send(.get, "/query?settings=size,nope,zone,none")
            #expect(answer.status == 404 && answer.text.contains("nope") && answer.text.contains("none"))
            try await api.get("/query?settings=a%20b", is: "422 query.settings.0 value_error.str.regex")
            try await api.get("/query?settings=size,,zone", is: "422 query.settings.1 value_error.str.regex")
        }
    }

    @Test(
        "A rule comes when each of its conditions is admitted",
        arguments: [
            ("*", [1, 2, 3, 4]), ("", []), ("theme:*", [1]), ("theme:(dark)", [1]), ("theme:(light)", []),
            ("theme:(light,dark),user:*", [1, 2]), ("theme:(light),user:(ann,bob)", [2]),
            ("trust:*,user:*,theme:*", [1, 2, 3, 4]), ("trust:(full),user:(ann),theme:(dark,light)", [1, 2, 3]),
            ("trust:(none)", []), ("nope:*", []), ("nope:(a),theme:(dark)", [1]), ("Tenant_2:(a),theme:*", [1]),
        ])
    func filters(filter: String, ids: [Int]) async throws {
        try await Self.with { api in
            let encoded = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            for text in [filter, encoded] {
                try await api.get(
                    "/query?settings=size&context_filters=\(text)", is: #"200 {"settings":{\#(Self.size(ids))}}"#)
            }
        }
    }

    @Test(
        "A filter that is none is refused",
        arguments: [
            "theme", "theme:", "theme:dark", "theme:()", "theme:(dark", "theme:(dark,)", "theme:(,dark)", ",",
            "theme:*,", "theme:*user:*", "*,theme:*", "theme:(da-rk)", "th-eme:*", "theme:**", "**", "theme:(a)b",
            "%00", "theme:(%C3%A9)", "theme:*%0A", "*%0A",
        ])
    func malformedFilters(filter: String) async throws {
        try await Self.with { api in
            try await api.get("/query?context_filters=\(filter)", is: "422 query.context_filters value_error.str.regex")
        }
    }

    @Test("A feature is filtered once")
    func repeatedFeature() async throws {
        try await Self.with { api in
            let answer = try await api.send(.get, "/query?context_filters=theme:*,user:*,theme:(dark)")
            #expect(answer.status == 400 && answer.text.contains("theme"))
            #expect(answer.headers[.contentType]?.hasPrefix("text/plain") == true)
        }
    }

    @Test("A filter on a feature with capitals and digits works")
    func capitals() async throws {
        try await ServiceUnderTest.with(features: ["Tenant_2"]) { api in
            try await api.declare("a", ["configurable_features": #"["Tenant_2"]"#])
            try await api.addRule("a", #"{"Tenant_2":"Acme_1"}"#, "1")
            for filter in ["Tenant_2:(Acme_1)", "Tenant_2:*", "Tenant_2:(x,Acme_1)"] {
                try await api.get(
                    "/query?context_filters=\(filter)",
                    is: """
                        200 {"settings":{"a":{"default_value":0,"rules":[\
                        {"value":1,"context_features":[["Tenant_2","Acme_1"]],"rule_id":1}]}}}
                        """)
            }
        }
    }

    @Test("A rule without conditions, which only SQL can make, always comes")
    func noConditions() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.sql("INSERT INTO rules (setting, value) VALUES ('a', '7')")
            for filter in ["*", "", "theme:(dark)"] {
                try await api.get(
                    "/query?context_filters=\(filter)",
                    is: #"""
                        200 {"settings":{"a":{"default_value":0,"rules":[{"value":7,"context_features":[],"rule_id":1}]}}}
                        """#)
            }
        }
    }

    @Test("Metadata comes on demand")
    func metadata() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a")
            try await api.addRule("a", #"{"theme":"dark"}"#, "1")
            try await api.put("/rules/1/metadata", #"{"metadata":{"k":1}}"#, is: "204")
            let rule = #"{"value":1,"context_features":[["theme","dark"]],"rule_id":1"#
            let start = #"200 {"settings":{"a":{"default_value":0,"rules":["#
            try await api.get("/query", is: "\(start)\(rule)}]}}}")
            try await api.get("/query?include_metadata=no", is: "\(start)\(rule)}]}}}")
            try await api.get("/query?include_metadata=true", is: "\(start)\(rule),\"metadata\":{\"k\":1}}]}}}")
            try await api.get("/query?include_metadata=x", is: "422 query.include_metadata type_error.bool")
        }
    }

    @Test("The entity tag is the body's, and a match has no body")
    func entityTags() async throws {
        try await Self.with { api in
            let answer = try await api.send(.get, "/query")
            let tag = try #require(answer.headers[.eTag])
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.count > 10)
            #expect(try await api.send(.get, "/query").headers[.eTag] == tag)
            #expect(try await api.send(.get, "/query?settings=size").headers[.eTag] != tag)
            #expect(try await api.send(.get, "/query?settings=size,zone").headers[.eTag] == tag)
            for condition in [tag, "W/\(tag)", "*", "\"x\", \(tag)", "\"x\",W/\"y\" , \(tag),\"z\"", " \(tag) "] {
                let match = try await api.send(.get, "/query", headers: [("If-None-Match", condition)])
                #expect(match.summary == "304", "\(condition)")
                #expect(match.headers[.eTag] == tag)
            }
            for condition in ["\"x\"", "x", "", tag.replacing("\"", with: ""), "\"\(tag)\""] {
                let other = try await api.send(.get, "/query", headers: [("If-None-Match", condition)])
                #expect(other.status == 200, "\(condition)")
                #expect(other.body == answer.body)
            }
            try await api.put("/rules/1/value", #"{"value":9}"#, is: "204")
            let changed = try await api.send(.get, "/query", headers: [("If-None-Match", tag)])
            #expect(changed.status == 200 && changed.headers[.eTag] != tag)
            try await api.put("/rules/1/value", #"{"value":1}"#, is: "204")
            #expect(try await api.send(.get, "/query").headers[.eTag] == tag)
        }
    }

    @Test("What SQL changes is seen at once")
    func current() async throws {
        try await Self.with { api in
            try await api.sql("UPDATE rules SET value = '77' WHERE id = 1")
            #expect(try await api.send(.get, "/query").text.contains(#"{"value":77,"#))
            try await api.sql("DELETE FROM settings WHERE name = 'size'")
            try await api.get("/query", is: #"200 {"settings":{\#(Self.zone)}}"#)
        }
    }
}
