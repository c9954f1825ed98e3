import Testing

@Suite struct RulesTests {
    private static let features = ["user", "trust", "theme"]

    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: features) { api in
            try await api.declare("size", ["configurable_features": #"["user","theme"]"#])
            try await test(api)
        }
    }

    @Test("A rule is added, and found where the answer says")
    func add() async throws {
        try await Self.with { api in
            let answer = try await api.send(
                .post, "/rules",
                #"{"setting":"size","feature_values":{"theme":"dark","user":"ann"},"value":5,"metadata":{"k":[1.0]}}"#)
            #expect(answer.summary == #"201 {"rule_id":1}"#)
            #expect(answer.headers[.location] == "/api/v1/rules/1")
            try await api.get(
                "/rules/1",
                is: """
                    200 {"setting":"size","value":5,"feature_values":[["user","ann"],["theme","dark"]],\
                    "metadata":{"k":[1.0]}}
                    """)
        }
    }

    @Test("By an alias, a rule is the setting's")
    func alias() async throws {
        try await Self.with { api in
            try await api.put("/settings/size/name", #"{"name":"measure","version":"1.0"}"#, is: "204")
            let id = try await api.addRule("size", #"{"theme":"dark"}"#, "5")
            #expect(try await api.send(.get, "/rules/\(id)").text.hasPrefix(#"{"setting":"measure","#))
            try await api.get("/rules/search?setting=size&feature_values=theme:dark", is: #"200 {"rule_id":\#(id)}"#)
        }
    }

    @Test(
        "What cannot be added",
        arguments: [
            (#"{"setting":"nope","feature_values":{"theme":"a"},"value":1}"#, "422 the setting nope does not exist"),
            (
                #"{"setting":"size","feature_values":{"trust":"a"},"value":1}"#,
                "400 the setting size is not configurable by ['trust']"
            ),
            (
                #"{"setting":"size","feature_values":{"nope":"a"},"value":1}"#,
                "400 the setting size is not configurable by ['nope']"
            ),
            (#"{"setting":"size","feature_values":{"theme":"a"},"value":"1"}"#, "400 *"),
            (#"{"setting":"size","feature_values":{"theme":"a"},"value":null}"#, "400 *"),
            (#"{"setting":"size","feature_values":{},"value":1}"#, "422 body.feature_values value_error"),
            (#"{"setting":"size","feature_values":[],"value":1}"#, "422 body.feature_values type_error.dict"),
            (
                #"{"setting":"size","feature_values":{"theme":1},"value":1}"#,
                "422 body.feature_values.theme type_error.string"
            ),
            (
                #"{"setting":"size","feature_values":{"theme":"a b"},"value":1}"#,
                "422 body.feature_values.theme value_error.str.regex"
            ),
            (
                #"{"setting":"size","feature_values":{"a b":"a"},"value":1}"#,
                "422 body.feature_values.a b value_error.str.regex"
            ),
            (
                #"{"setting":"a b","feature_values":{"theme":"a"}}"#,
                "422 body.setting value_error.str.regex, body.value value_error.missing"
            ),
            (
                #"{"setting":"size","feature_values":{"theme":"a"},"value":1,"metadata":{"a.b":1}}"#,
                "422 body.metadata.a.b value_error.str.regex"
            ),
            (
                #"{"setting":"size","feature_values":{"theme":"a"},"value":1,"metadata":{"a":"\u0000"}}"#,
                "422 body.metadata value_error"
            ),
        ])
    func refused(body: String, answer: String) async throws {
        try await Self.with { api in
            try await api.post("/rules", body, is: answer)
            try await api.get("/query", is: #"200 {"settings":{"size":{"default_value":0,"rules":[]}}}"#)
        }
    }

    @Test("The same conditions come once; some of them, or more, are others")
    func sameConditions() async throws {
        try await Self.with { api in
            try await api.addRule("size", #"{"theme":"dark","user":"ann"}"#, "1")
            try await api.post(
                "/rules", #"{"setting":"size","feature_values":{"user":"ann","theme":"dark"},"value":2}"#, is: "409 *")
            try await api.addRule("size", #"{"theme":"dark"}"#, "1")
            try await api.addRule("size", #"{"user":"ann"}"#, "1")
            try await api.addRule("size", #"{"user":"ann","theme":"light"}"#, "1")
            try await api.declare("weight")
            try await api.addRule("weight", #"{"theme":"dark"}"#, "1")
        }
    }

    @Test(
        "An id that no rule can have is refused",
        arguments: ["99999999999999999999", "2147483648", "-1", "+1", "1.0", "x", "1%20", "0x1", "%00", "1e0"])
    func badID(id: String) async throws {
        try await Self.with { api in
            for path in ["/rules/\(id)", "/rules/\(id)/metadata"] { try await api.get(path, is: "422 *") }
            try await api.delete("/rules/\(id)", is: "422 *")
            try await api.put("/rules/\(id)/value", #"{"value":1}"#, is: "422 *")
            try await api.patch("/rules/\(id)", #"{"value":1}"#, is: "422 *")
            try await api.put("/rules/\(id)/metadata/k", #"{"value":1}"#, is: "422 *")
            #expect(try await api.send(.get, "/rules/\(id)").summary.hasPrefix("422 path.id "))
        }
    }

    @Test("An unknown rule is not found")
    func unknown() async throws {
        try await Self.with { api in
            for id in ["0", "1", "2147483647"] {
                try await api.get("/rules/\(id)", is: "404")
                try await api.delete("/rules/\(id)", is: "404")
                try await api.put("/rules/\(id)/value", #"{"value":1}"#, is: "404")
                try await api.patch("/rules/\(id)", #"{"value":1}"#, is: "404")
                try await api.get("/rules/\(id)/metadata", is: "404")
                try await api.post("/rules/\(id)/metadata", #"{"metadata":{"k":1}}"#, is: "404")
                try await api.put("/rules/\(id)/metadata", #"{"metadata":{"k":1}}"#, is: "404")
                try await api.delete("/rules/\(id)/metadata", is: "404")
                try await api.put("/rules/\(id)/metadata/k", #"{"value":1}"#, is: "404")
                try await api.delete("/rules/\(id)/metadata/k", is: "404")
            }
        }
    }

    @Test("A rule is deleted")
    func delete() async throws {
        try await Self.with { api in
            let id = try await api.addRule("size", #"{"theme":"dark"}"#, "1")
            try await api.delete("/rules/\(id)", is: "204")
            try await api.get("/rules/\(id)", is: "404")
            try await api.delete("/rules/\(id)", is: "404")
            #expect(try await api.addRule("size", #"{"theme":"dark"}"#, "1") == id + 1)
        }
    }

    @Test("A value is changed, in either way")
    func changeValue() async throws {
        try await Self.with { api in
            let id = try await api.addRule("size", #"{"theme":"dark"}"#, "1")
            try await api.put("/rules/\(id)/value", #"{"value":2}"#, is: "204")
            #expect(try await api.send(.get, "/rules/\(id)").text.contains(#""value":2,"#))
            try await api.patch("/rules/\(id)", #"{"value":3.0}"#, is: "204")
            #expect(try await api.send(.get, "/rules/\(id)").text.contains(#""value":3.0,"#))
            for value in ["1.5", #""1""#, "null", "true", "[1]"] {
                try await api.put("/rules/\(id)/value", #"{"value":\#(value)}"#, is: "400 *")
                try await api.patch("/rules/\(id)", #"{"value":\#(value)}"#, is: "400 *")
            }
            try await api.put("/rules/\(id)/value", "{}", is: "422 body.value value_error.missing")
            try await api.put("/rules/\(id)/value", #"{"value":1e400}"#, is: "422 body.value value_error")
        }
    }

    @Test("A rule is searched by all of its conditions")
    func search() async throws {
        try await Self.with { api in
            let both = try await api.addRule("size", #"{"theme":"dark","user":"ann"}"#, "1")
            let one = try await api.addRule("size", #"{"theme":"dark"}"#, "1")
            let path = "/rules/search?setting=size&feature_values="
            try await api.get("\(path)theme:dark,user:ann", is: #"200 {"rule_id":\#(both)}"#)
            try await api.get("\(path)user:ann,theme:dark", is: #"200 {"rule_id":\#(both)}"#)
            try await api.get("\(path)theme%3Adark%2Cuser%3Aann", is: #"200 {"rule_id":\#(both)}"#)
            try await api.get("\(path)theme:dark", is: #"200 {"rule_id":\#(one)}"#)
            try await api.get("\(path)user:ann", is: "404")
            try await api.get("\(path)theme:dark,user:bob", is: "404")
            try await api.get("\(path)nope:dark", is: "404")
            try await api.get("/rules/search?setting=nope&feature_values=theme:dark", is: "404")
            for malformed in ["", "theme", "theme:", ":dark", "theme:dark,", "theme:da%20rk", "theme:dark:x", "%00:a"] {
                try await api.get("\(path)\(malformed)", is: "422 *")
            }
            try await api.get(
                "/rules/search", is: "422 query.setting value_error.missing, query.feature_values value_error.missing")
            try await api.get(
                "/rules/search?setting=a%20b&feature_values=theme:dark", is: "422 query.setting value_error.str.regex")
        }
    }

    @Test("Metadata of a rule")
    func metadata() async throws {
        try await Self.with { api in
            let id = try await api.addRule("size", #"{"theme":"dark"}"#, "1")
            let path = "/rules/\(id)/metadata"
            try await api.get(path, is: #"200 {"metadata":{}}"#)
            try await api.post(path, #"{"metadata":{"a":1,"b":2}}"#, is: "204")
            try await api.post(path, #"{"metadata":{"b":3}}"#, is: "204")
            try await api.get(path, is: #"200 {"metadata":{"a":1,"b":3}}"#)
            try await api.put("\(path)/c", #"{"value":null}"#, is: "204")
            try await api.put("\(path)/a", #"{"value":{"x":[true]}}"#, is: "204")
            try await api.get(path, is: #"200 {"metadata":{"a":{"x": [true]},"b":3,"c":null}}"#)
            try await api.delete("\(path)/a", is: "204")
            try await api.delete("\(path)/nope", is: "204")
            try await api.get(path, is: #"200 {"metadata":{"b":3,"c":null}}"#)
            try await api.put(path, #"{"metadata":{"d":0}}"#, is: "204")
            try await api.get(path, is: #"200 {"metadata":{"d":0}}"#)
            try await api.delete(path, is: "204")
            try await api.get(path, is: #"200 {"metadata":{}}"#)
            try await api.put("\(path)/a%20b", #"{"value":1}"#, is: "422 path.key value_error.str.regex")
            try await api.delete("\(path)/a.b", is: "422 path.key value_error.str.regex")
            try await api.post(path, #"{"metadata":{"a.b":1}}"#, is: "422 body.metadata.a.b value_error.str.regex")
            try await api.put(path, "{}", is: "422 body.metadata value_error.missing")
            try await api.put("\(path)/x", #"{"value":"\u0000"}"#, is: "422 body.value value_error")
        }
    }
}
