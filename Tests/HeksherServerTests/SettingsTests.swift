import Testing

@Suite struct SettingsTests {
    @Test("Settings are listed by name, in code point order, with more on demand")
    func list() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.get("/settings", is: #"200 {"settings":[]}"#)
            for name in ["b", "a.b", "B", "a_b"] { try await api.declare(name) }
            try await api.declare("c", ["configurable_features": #"["theme","user"]"#, "metadata": #"{"k":[1]}"#])
            try await api.put("/settings/c/name", #"{"name":"d","version":"1.0"}"#, is: "204")
            try await api.put("/settings/d/name", #"{"name":"a","version":"1.0"}"#, is: "204")
            func summary(_ name: String) -> String {
                #"{"name":"\#(name)","type":"int","default_value":0,"version":"1.0"}"#
            }
            let names = ["B", "a", "a.b", "a_b", "b"]
            let plain = "200 {\"settings\":[\(names.map(summary).joined(separator: ","))]}"
            try await api.get("/settings", is: plain)
            for no in ["false", "0", "NO", "off", "F", "n"] {
                try await api.get("/settings?include_additional_data=\(no)", is: plain)
            }
            for yes in ["true", "1", "Yes", "ON", "t", "y"] {
                let list = try await api.send(.get, "/settings?include_additional_data=\(yes)").text
                #expect(
                    list.contains(
                        """
                        {"name":"a","type":"int","default_value":0,"version":"1.0",\
                        "configurable_features":["user","theme"],"metadata":{"k":[1]},"aliases":["c","d"]}
                        """), "\(list)")
            }
            for bad in ["", "2", "truely", "ja"] {
                try await api.get(
                    "/settings?include_additional_data=\(bad)", is: "422 query.include_additional_data type_error.bool")
            }
        }
    }

    @Test("Whatever is no setting is unknown", arguments: ["nope", "a%20b", "%00", "%F0%9F%98%80", "a%2Fb", "%25"])
    func unknown(name: String) async throws {
        try await ServiceUnderTest.with { api in
            try await api.get("/settings/\(name)", is: "404 *")
            try await api.delete("/settings/\(name)", is: "404 *")
            try await api.put("/settings/\(name)/type", #"{"type":"int","version":"1.1"}"#, is: "404 *")
            try await api.put("/settings/\(name)/name", #"{"name":"a","version":"1.1"}"#, is: "404 *")
            try await api.put(
                "/settings/\(name)/configurable_features", #"{"configurable_features":["a"],"version":"1.1"}"#,
                is: "404 *")
            try await api.get("/settings/\(name)/metadata", is: "404 *")
            for method in ["POST", "PUT"] {
                let send = method == "POST" ? api.post : api.put
                try await send(
                    "/settings/\(name)/metadata", #"{"metadata":{},"version":"1.1"}"#, "404 *", #_sourceLocation)
            }
            try await api.delete("/settings/\(name)/metadata", #"{"version":"1.1"}"#, is: "404 *")
            try await api.put("/settings/\(name)/metadata/k", #"{"value":1,"version":"1.1"}"#, is: "404 *")
            try await api.delete("/settings/\(name)/metadata/k", #"{"version":"1.1"}"#, is: "404 *")
        }
    }

    @Test("Deleting takes rules, metadata and aliases with it")
    func delete() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.declare("a", ["metadata": #"{"k":1}"#])
            try await api.put("/settings/a/name", #"{"name":"b","version":"1.0"}"#, is: "204")
            let id = try await api.addRule("b", #"{"theme":"dark"}"#, "5")
            try await api.put("/rules/\(id)/metadata", #"{"metadata":{"k":1}}"#, is: "204")
            try await api.delete("/settings/a", is: "204")
            for name in ["a", "b"] {
                try await api.get("/settings/\(name)", is: "404 the setting \(name) does not exist")
                try await api.delete("/settings/\(name)", is: "404 the setting \(name) does not exist")
            }
            try await api.get("/rules/\(id)", is: "404")
            for table in [
                "settings", "configurable", "rules", "conditions", "setting_metadata", "rule_metadata",
                "setting_aliases",
            ] {
                try await api.sql("DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM \(table)), '\(table)'; END $$")
            }
        }
    }
}
