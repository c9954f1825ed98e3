import HTTPTypes
import Testing

@Suite struct AliasTests {
    @Test("Every operation accepts an alias in place of the name")
    func aliases() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.ask(declaring: "a", ["type": #""float""#])
            #expect(try await api.ask(.put, "/settings/a/name", #"{"name":"b","version":"1.0"}"#) == "204")
            #expect(try await api.ask(.put, "/settings/a/type", #"{"type":"int","version":"1.1"}"#) == "204")
            #expect(
                try await api.ask(
                    .put, "/settings/a/configurable_features",
                    #"{"configurable_features":["user","theme"],"version":"2.0"}"#)
                    == "204")
            #expect(
                try await api.ask(.post, "/settings/a/metadata", #"{"metadata":{"k":1,"l":2},"version":"2.1"}"#)
                    == "204")
            #expect(try await api.ask(.put, "/settings/a/metadata/m", #"{"value":3,"version":"2.2"}"#) == "204")
            #expect(try await api.ask(.delete, "/settings/a/metadata/l", #"{"version":"2.3"}"#) == "204")
            #expect(try await api.ask(.get, "/settings/a/metadata") == #"200 {"metadata":{"k":1,"m":3}}"#)
            #expect(
                try await api.ask(.get, "/settings/b") == """
                    200 {"name":"b","configurable_features":["user","theme"],"type":"int","default_value":0,\
                    "metadata":{"k":1,"m":3},"aliases":["a"],"version":"2.3"}
                    """)
            #expect(
                try await api.ask(.put, "/settings/a/metadata", #"{"metadata":{"n":4},"version":"2.4"}"#) == "204")
            #expect(try await api.ask(.get, "/settings/a/metadata") == #"200 {"metadata":{"n":4}}"#)
            #expect(try await api.ask(.delete, "/settings/a/metadata", #"{"version":"2.5"}"#) == "204")
            #expect(try await api.ask(.get, "/settings/b/metadata") == #"200 {"metadata":{}}"#)
            #expect(try await api.ask(.get, "/settings/b").contains(#""version":"2.5""#))
        }
    }

    @Test("A context feature cannot be deleted while any setting is configurable by it")
    func deletingFeature() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            for name in ["a", "b", "c"] { try await api.ask(declaring: name) }
            for name in ["a", "b", "c"] {
                #expect(try await api.ask(.delete, "/context_features/theme").hasPrefix("409 "))
                #expect(try await api.ask(.get, "/context_features") == #"200 {"context_features":["user","theme"]}"#)
                #expect(try await api.ask(.delete, "/settings/\(name)") == "204")
            }
            #expect(try await api.ask(.delete, "/context_features/theme") == "204")
        }
    }

    @Test("HEAD returns the headers of GET for settings, rules and metadata, without the body")
    func head() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.ask(declaring: "a", ["metadata": #"{"k":1}"#])
            try await api.ask(addingRuleTo: "a", #"{"theme":"x"}"#, "1")
            for path in [
                "/settings/a", "/settings/a/metadata", "/rules/1", "/rules/1/metadata",
                "/rules/search?setting=a&feature_values=theme:x", "/context_features",
            ] {
                let (head, get) = (try await api.send(.head, path), try await api.send(.get, path))
                #expect(head.status == 200 && get.status == 200 && head.body.isEmpty, "\(path)")
                #expect(head.headerFields[.contentLength] == "\(get.body.count)")
                #expect(head.headerFields[.contentType] == get.headerFields[.contentType])
            }
            for path in ["/rules/2", "/rules/2/metadata", "/settings/b/metadata", "/rules/x"] {
                let (head, get) = (try await api.send(.head, path), try await api.send(.get, path))
                #expect(head.status == get.status && get.status.code >= 400 && head.body.isEmpty, "\(path)")
            }
        }
    }
}
