import ContractJSON
import ContractRuntime
import ContractYAML
import HTTPTypes
import HeksherAPI
import HeksherDomain
import Testing

@testable import HeksherServer

/// Settings as a document: `GET` and `PUT /document`.
@Suite struct DocumentTests {
    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["theme", "user"]) { api in
            try await api.declare(
                "b.x", features: ["user", "theme"], type: "float", default: JSONValue(parsing: "1.0"),
                metadata: ["k": [1]])
            try await api.declare("a.x", features: ["theme"])
            try await api.rename("a.x", to: "a.y")
            try await api.addRule("b.x", ["user": "ann"], 2)
            try await api.addRule("b.x", ["theme": "dark", "user": "ann"], 3)
            try await api.addRule("b.x", ["theme": "dark"], 4)
            try await test(api)
        }
    }

    private static let expected = #"""
        {"context_features":["theme","user"],"settings":{"a.y":{"type":"int","default_value":0,"configurable_features":["theme"],"version":"1.0","aliases":["a.x"],"metadata":{},"rules":[]},"b.x":{"type":"float","default_value":1.0,"configurable_features":["theme","user"],"version":"1.0","aliases":[],"metadata":{"k":[1]},"rules":[{"when":{"theme":"dark"},"value":4,"metadata":{}},{"when":{"theme":"dark","user":"ann"},"value":3,"metadata":{}},{"when":{"user":"ann"},"value":2,"metadata":{}}]}}}
        """#

    @Test(
        "The document is sorted, has a strong ETag, can be limited to a prefix, and exists as YAML with the same values"
    )
    func reading() async throws {
        try await Self.with { api in
            let response = try await api.send(.get, "/document")
            #expect(response.text == Self.expected)
            let tag = try #require(response.headerFields[.eTag])
            #expect(try await api.send(.get, "/document", headers: [("If-None-Match", tag)]).status == .notModified)
            let part = try await api.send(.get, "/document?prefix=a.")
            #expect(part.text.contains("a.y") && !part.text.contains("b.x"))
            let yaml = try await api.send(.get, "/document", headers: [("Accept", "application/yaml")])
            #expect(yaml.headerFields[.contentType] == "application/yaml" && yaml.headerFields[.eTag] != tag)
            #expect(yaml.text == YAMLWriter.text(try JSONValue(parsing: response.body)) + "\n")
            try await api.expect(.put, "/context_features/theme/values", #"{"values":["dark","light"]}"#, is: "204")
            #expect(
                try await api.send(.get, "/document").text.hasPrefix(
                    #"{"context_features":[{"name":"theme","values":["dark","light"]},"user"],"#))
        }
    }

    @Test("The document of a moment is the one of that moment, and putting it back restores it")
    func past() async throws {
        try await Self.with { api in
            var documents: [(at: String, text: String)] = []
            let operations: [(HTTPRequest.Method, String, String?)] = [
                (.put, "/rules/1/value", #"{"value":7}"#), (.delete, "/rules/2", nil),
                (.put, "/settings/b.x/name", #"{"name":"c","version":"1.1"}"#), (.delete, "/settings/a.x", nil),
                (.post, "/context_features", #"{"context_feature":"new"}"#),
                (.put, "/settings/c/metadata", #"{"metadata":{},"version":"1.2"}"#), (.delete, "/settings/c", nil),
            ]
            for (method, path, body) in operations {
                documents.append((try await Self.now(api), try await api.send(.get, "/document").text))
                #expect(try await api.send(method, path, body).status.code < 300)
            }
            for (at, text) in documents {
                #expect(try await api.send(.get, "/document?at=\(at)").text == text)
            }
            for (_, text) in documents.shuffled() + [(at: "", text: Self.expected)] {
                let response = try await api.send(.put, "/document?prune=true&downgrade=true", text)
                #expect(response.status == .ok, "\(response.summary)")
                #expect(try await api.send(.get, "/document").text == text)
            }
            try await api.expect(.get, "/document?at=2001-01-01T00:00:00Z", is: "404 *")
            try await api.expect(.get, "/document?at=2999-01-01T00:00:00Z", is: "422 query.at value_error")
            try await api.expect(.get, "/document?at=yesterday", is: "422 query.at value_error")
        }
    }

    /// The present time, percent-encoded, by the database's clock. Later changes are after it.
    private static func now(_ api: ServiceUnderTest) async throws -> String {
        let change = try #require(try await api.client.listChanges(limit: 1).ok.changes.first)
        return change.at.replacing(":", with: "%3A")
    }

    @Test("Writing the document changes nothing, whatever the options")
    func identity() async throws {
        try await Self.with { api in
            for query in ["", "?prune=true", "?downgrade=true", "?prefix=b.", "?prefix=b.&prune=true"] {
                let prefix = query.contains("prefix") ? "?prefix=b." : ""
                let text = try await api.send(.get, "/document\(prefix)").text
                let response = try await api.send(.put, "/document\(query)", text)
                #expect(
                    response.text.contains(#""change_id":null"#) && response.text.contains(#""items":[]"#),
                    "\(query) \(response.text)")
                #expect(try await api.send(.get, "/document").text == Self.expected)
            }
        }
    }

    @Test("A document creates, upgrades and renames settings, adds and changes rules, and deletes only if it prunes")
    func applying() async throws {
        try await Self.with { api in
            let document = #"""
                {"context_features":["region","theme","user"],"settings":{
                  "new":{"type":"str","default_value":"x","configurable_features":["region"],"version":"4.2","aliases":["old"],
                    "rules":[{"when":{"region":"eu"},"value":"y","metadata":{"t":1},"expires_at":"2999-01-01T00:00:00.5Z"}]},
                  "b.z":{"type":"float","default_value":2,"configurable_features":["theme","user"],"version":"1.1","aliases":["b.x"],
                    "rules":[{"when":{"theme":"dark"},"value":40},{"when":{"theme":"light"},"value":5},{"when":{"theme":"gone"},"value":1,"expires_at":"2001-01-01T00:00:00Z"}]}}}
                """#
            let tried = try await api.apply(document, "?dry_run=true")
            #expect(try await api.send(.get, "/document").text == Self.expected)
            let made = try await api.apply(document, "?plan=\(tried.plan)")
            #expect(
                made.items.map { "\($0.kind.rawValue) \($0.setting ?? "")" }.sorted() == [
                    "context_features ", "rule b.z", "rule b.z", "rule new", "setting b.z", "setting new",
                ])
            let text = try await api.send(.get, "/document").text
            #expect(
                text == #"""
                    {"context_features":["region","theme","user"],"settings":{"a.y":{"type":"int","default_value":0,"configurable_features":["theme"],"version":"1.0","aliases":["a.x"],"metadata":{},"rules":[]},"b.z":{"type":"float","default_value":2,"configurable_features":["theme","user"],"version":"1.1","aliases":["b.x"],"metadata":{},"rules":[{"when":{"theme":"dark"},"value":40,"metadata":{}},{"when":{"theme":"dark","user":"ann"},"value":3,"metadata":{}},{"when":{"theme":"light"},"value":5,"metadata":{}},{"when":{"user":"ann"},"value":2,"metadata":{}}]},"new":{"type":"str","default_value":"x","configurable_features":["region"],"version":"4.2","aliases":["old"],"metadata":{},"rules":[{"when":{"region":"eu"},"value":"y","metadata":{"t":1},"expires_at":"2999-01-01T00:00:00.500000Z"}]}}}
                    """#)
            // The IDs of rules that stay are the same.
            #expect(try await api.send(.get, "/rules/3").text.contains(#""value":40"#))
            _ = try await api.apply(document, "?prune=true")
            let pruned = try await api.send(.get, "/document").text
            #expect(!pruned.contains("a.y") && !pruned.contains(#""user":"ann""#))
            _ = try await api.undo(
                try #require(made.changeId).isEmpty
                    ? "" : try #require(try await api.client.listChanges(limit: 1).ok.changes.first).id)
            #expect(try await api.send(.get, "/document").text == text)
        }
    }

    @Test(
        "A setting that differs at a version that is not higher, or whose version does not allow it, is a conflict",
        arguments: [
            (
                #"{"type":"float","default_value":2,"configurable_features":["theme","user"],"metadata":{"k":[1]}}"#,
                "differs from the stored one (default_value), and its version 1.0 is not higher than the stored 1.0"
            ),
            (
                #"{"type":"float","default_value":2,"configurable_features":["theme","user"],"metadata":{"k":[1]},"version":"0.9"}"#,
                "and its version 0.9 is not higher than the stored 1.0"
            ),
            (
                #"{"type":"str","default_value":"","configurable_features":["theme","user"],"version":"1.1"}"#,
                "does not allow the differences from version 1.0"
            ),
            (
                #"{"type":"float","default_value":2,"configurable_features":["theme"],"version":"2.0"}"#,
                "does not allow the differences"
            ),
            (
                #"{"type":"float","default_value":1,"configurable_features":["nope"],"version":"2.0"}"#,
                "the context features ['nope'] do not exist"
            ),
        ])
    func conflicts(setting: String, message: String) async throws {
        try await Self.with { api in
            let response = try await api.send(.put, "/document", #"{"settings":{"b.x":\#(setting)}}"#)
            #expect(response.status == .conflict && response.text.contains(message), "\(response.summary)")
            #expect(try await api.send(.get, "/document").text == Self.expected)
        }
    }

    @Test(
        "All problems of a document are listed with their paths",
        arguments: [
            (#"{"settings":{},"extra":1}"#, "", "422 body.extra value_error"),
            (
                #"{"settings":{"n":{"type":"int","default_value":1,"configurable_features":["theme"],"rulez":[]}}}"#,
                "", "422 body.settings.n.rulez value_error"
            ),
            (
                #"{"settings":{"n":{"type":"int","default_value":"x","configurable_features":["theme"],"rules":[{"when":{"theme":"a"},"value":1},{"when":{"theme":"a"},"value":"y"},{"when":{"user":"a"},"value":1},{"when":{},"value":1}]}}}"#,
                "",
                "422 body.settings.n.default_value value_error, body.settings.n.rules.1.value value_error, body.settings.n.rules.1.when value_error, body.settings.n.rules.2.when.user value_error, body.settings.n.rules.3.when value_error"
            ),
            (
                #"{"settings":{"n":{"type":"Enum","default_value":"x","configurable_features":["theme"]}}}"#, "",
                "422 body.settings.n.type value_error"
            ),
            (
                #"{"settings":{"n":{"type":"int","default_value":1,"configurable_features":["theme"],"aliases":["n","m"]},"m":{"type":"int","default_value":1,"configurable_features":["theme"]}}}"#,
                "", "422 body.settings.n.aliases value_error, body.settings.n.aliases.1 value_error"
            ),
            (
                #"{"settings":{"n":{"type":"int","default_value":1,"configurable_features":["theme"]}}}"#, "?prefix=x.",
                "422 body.settings.n value_error"
            ),
            (#"{"context_features":["a","a"],"settings":{}}"#, "", "422 body.context_features.1 value_error"),
            (
                #"{"settings":{"m":{"type":"int"},"n":{"type":"int","default_value":"x","configurable_features":["theme"]}},"more":1}"#,
                "",
                "422 body.settings.m.default_value value_error.missing, body.settings.m.configurable_features value_error.missing, body.more value_error, body.settings.n.default_value value_error"
            ),
            (#"{"settings":[]}"#, "?prune=maybe", "422 query.prune type_error.bool, body.settings type_error.dict"),
        ])
    func problems(document: String, query: String, expected: String) async throws {
        try await Self.with { api in try await api.expect(.put, "/document\(query)", document, is: expected) }
    }

    @Test("A token with limits reads and applies documents within them, and cannot change context features")
    func limits() async throws {
        try await AccessTests.with { api, _ in
            let headers = [("Authorization", "Bearer \(AccessTests.token("team_a"))")]
            let text = try await api.send(.get, "/document", headers: headers).text
            #expect(text.contains("team_a.") && !text.contains("team_b."))
            #expect(try await api.send(.put, "/document?prune=true", text, headers: headers).status == .ok)
            let setting = #"{"type":"int","default_value":1,"configurable_features":["theme"]}"#
            let own = try await api.send(
                .put, "/document", #"{"settings":{"team_a.doc":\#(setting)}}"#, headers: headers)
            #expect(own.status == .ok, "\(own.summary)")
            let other = try await api.send(
                .put, "/document", #"{"settings":{"team_b.doc":\#(setting)}}"#, headers: headers)
            #expect(other.status == .forbidden)
            let features = try await api.send(
                .put, "/document", #"{"context_features":["more","theme"],"settings":{}}"#, headers: headers)
            #expect(features.status == .conflict && features.text.contains("limited"), "\(features.summary)")
            let reader = try await api.send(
                .put, "/document", text, headers: [("Authorization", "Bearer \(AccessTests.token("team_a_reader"))")])
            #expect(reader.status == .forbidden)
        }
    }
}

extension ServiceUnderTest {
    /// Applies a document, which must succeed.
    func apply(_ document: String, _ query: String = "", at location: SourceLocation = #_sourceLocation) async throws
        -> Schemas.ChangeResult
    {
        let response = try await send(.put, "/document\(query)", document)
        var problems = ValidationProblems()
        guard case .ok(.json(let result))? = ApplyDocument.Output(response, &problems) else {
            Issue.record("\(response.summary)", sourceLocation: location)
            throw CancellationError()
        }
        return result
    }
}
