import Testing

@Suite struct ContextFeaturesTests {
    @Test("Features are added at the end, the first of all too")
    func add() async throws {
        try await ServiceUnderTest.with { api in
            try await api.get("/context_features", is: #"200 {"context_features":[]}"#)
            try await api.post("/context_features", #"{"context_feature":"zone"}"#, is: "204")
            try await api.post("/context_features", #"{"context_feature":"Tenant_2"}"#, is: "204")
            try await api.get("/context_features", is: #"200 {"context_features":["zone","Tenant_2"]}"#)
            try await api.post("/context_features", #"{"context_feature":"zone"}"#, is: "409 *")
            try await api.get("/context_features", is: #"200 {"context_features":["zone","Tenant_2"]}"#)
        }
    }

    @Test("A name that is none is refused", arguments: ["", "a b", "a-b", "a.b", "é", #"a\n"#, #"\u0000"#])
    func badName(name: String) async throws {
        try await ServiceUnderTest.with { api in
            try await api.post(
                "/context_features", #"{"context_feature":"\#(name)"}"#,
                is: "422 body.context_feature value_error.str.regex")
        }
    }

    @Test("Of a body, what is wrong is told")
    func badBody() async throws {
        try await ServiceUnderTest.with { api in
            let path = "/context_features"
            try await api.post(path, "{}", is: "422 body.context_feature value_error.missing")
            try await api.post(path, #"{"context_feature":1}"#, is: "422 body.context_feature type_error.string")
            try await api.post(path, #"{"context_feature":null}"#, is: "422 body.context_feature type_error.string")
            try await api.post(path, "[]", is: "422 body type_error.dict")
            try await api.post(path, "", is: "422 body value_error.missing")
            try await api.post(path, "{", is: "422 body value_error.jsondecode")
        }
    }

    @Test("A feature is found at its index")
    func index() async throws {
        try await ServiceUnderTest.with(features: ["user", "trust", "theme"]) { api in
            try await api.get("/context_features/user", is: #"200 {"index":0}"#)
            try await api.get("/context_features/theme", is: #"200 {"index":2}"#)
            try await api.get("/context_features/nope", is: "404")
            try await api.get("/context_features/no%20pe%00", is: "404")
        }
    }

    @Test("Deleting re-indexes the rest")
    func delete() async throws {
        try await ServiceUnderTest.with(features: ["a", "b", "c", "d"]) { api in
            try await api.delete("/context_features/b", is: "204")
            try await api.get("/context_features", is: #"200 {"context_features":["a","c","d"]}"#)
            try await api.get("/context_features/c", is: #"200 {"index":1}"#)
            try await api.get("/context_features/d", is: #"200 {"index":2}"#)
            try await api.delete("/context_features/b", is: "404")
            try await api.delete("/context_features/%00", is: "404")
        }
    }

    @Test("A feature that a setting is configurable by stays")
    func deleteInUse() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a")
            try await api.delete("/context_features/theme", is: "409 *")
            try await api.delete("/settings/a", is: "204")
            try await api.delete("/context_features/theme", is: "204")
        }
    }

    @Test(
        "Features move",
        arguments: [
            ("a", #"{"to_after":"c"}"#, "b,c,a,d"), ("d", #"{"to_after":"a"}"#, "a,d,b,c"),
            ("a", #"{"to_before":"d"}"#, "b,c,a,d"), ("d", #"{"to_before":"a"}"#, "d,a,b,c"),
            ("b", #"{"to_after":"b"}"#, "a,b,c,d"), ("b", #"{"to_before":"b"}"#, "a,b,c,d"),
            ("b", #"{"to_after":"a"}"#, "a,b,c,d"), ("a", #"{"to_after":"d","to_before":"b"}"#, "b,c,d,a"),
        ])
    func move(feature: String, body: String, order: String) async throws {
        try await ServiceUnderTest.with(features: ["a", "b", "c", "d"]) { api in
            try await api.patch("/context_features/\(feature)/index", body, is: "204")
            let names = order.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ",")
            try await api.get("/context_features", is: #"200 {"context_features":[\#(names)]}"#)
            for (index, name) in order.split(separator: ",").enumerated() {
                try await api.get("/context_features/\(name)", is: #"200 {"index":\#(index)}"#)
            }
        }
    }

    @Test("Moving what is unknown, or nowhere")
    func badMove() async throws {
        try await ServiceUnderTest.with(features: ["a", "b"]) { api in
            try await api.patch("/context_features/x/index", #"{"to_after":"a"}"#, is: "404")
            try await api.patch("/context_features/a/index", #"{"to_after":"x"}"#, is: "404")
            try await api.patch("/context_features/a/index", #"{"to_before":"x"}"#, is: "404")
            try await api.patch("/context_features/a/index", "{}", is: "422 *")
            try await api.patch("/context_features/a/index", #"{"to_after":"a b"}"#, is: "422 *")
            try await api.get("/context_features", is: #"200 {"context_features":["a","b"]}"#)
        }
    }
}
