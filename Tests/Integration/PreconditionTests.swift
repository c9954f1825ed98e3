import ContractJSON
import HTTPTypes
import HeksherAPI
import Testing

/// `If-Match` and `If-None-Match` of settings and rules.
@Suite struct PreconditionTests {
    /// An operation that changes the setting `a` or the rule 1.
    struct Change: CustomTestStringConvertible, Sendable {
        var method: HTTPRequest.Method
        var path: String
        var body: String?
        var testDescription: String { "\(method) \(path)" }
    }

    static let changes: [Change] = [
        Change(
            method: .post, path: "/settings/declare",
            body: #"{"name":"a","configurable_features":["theme"],"type":"int","default_value":1,"version":"1.1"}"#),
        Change(method: .put, path: "/settings/a/type", body: #"{"type":"float","version":"2.0"}"#),
        Change(method: .put, path: "/settings/a/name", body: #"{"name":"b","version":"2.0"}"#),
        Change(
            method: .put, path: "/settings/a/configurable_features",
            body: #"{"configurable_features":["theme","user"],"version":"2.0"}"#),
        Change(method: .post, path: "/settings/a/metadata", body: #"{"metadata":{"k":2},"version":"2.0"}"#),
        Change(method: .put, path: "/settings/a/metadata", body: #"{"metadata":{"k":2},"version":"2.0"}"#),
        Change(method: .delete, path: "/settings/a/metadata", body: #"{"version":"2.0"}"#),
        Change(method: .put, path: "/settings/a/metadata/k", body: #"{"value":2,"version":"2.0"}"#),
        Change(method: .delete, path: "/settings/a/metadata/k", body: #"{"version":"2.0"}"#),
        Change(method: .delete, path: "/settings/a"),
        Change(method: .put, path: "/rules/1/value", body: #"{"value":9}"#),
        Change(method: .patch, path: "/rules/1", body: #"{"value":9}"#),
        Change(method: .post, path: "/rules/1/metadata", body: #"{"metadata":{"k":2}}"#),
        Change(method: .put, path: "/rules/1/metadata", body: #"{"metadata":{"k":2}}"#),
        Change(method: .delete, path: "/rules/1/metadata"),
        Change(method: .put, path: "/rules/1/metadata/k", body: #"{"value":2}"#),
        Change(method: .delete, path: "/rules/1/metadata/k"),
        Change(method: .delete, path: "/rules/1"),
    ]

    private static func with(_ test: (ServiceUnderTest) async throws -> Void) async throws {
        try await ServiceUnderTest.with(features: ["theme", "user"]) { api in
            try await api.declare("a", metadata: ["k": 1])
            try await api.addRule("a", ["theme": "dark"], 1)
            try await api.expect(.put, "/rules/1/metadata/k", #"{"value":1}"#, is: "204")
            try await test(api)
        }
    }

    @Test("A change is made only if If-Match contains the tag of the stored setting or rule", arguments: changes)
    func conditional(_ change: Change) async throws {
        try await Self.with { api in
            let path = change.path.hasPrefix("/rules") ? "/rules/1" : "/settings/a"
            let before = try await api.send(.get, path)
            let tag = try #require(before.headerFields[.eTag])
            for field in ["\"x\"", "W/\(tag)", "\"x\", \"y\"", "\(tag.dropLast())0\""] {
                let answer = try await api.send(change.method, change.path, change.body, headers: [("If-Match", field)])
                let subject = path == "/rules/1" ? "the rule 1" : "the setting a"
                #expect(answer.summary == "412 If-Match does not hold: \(subject) has changed", "\(field)")
                #expect(try await api.send(.get, path).body == before.body)
            }
            let answer = try await api.send(
                change.method, change.path, change.body, headers: [("If-Match", "\"x\", \(tag)")])
            #expect(answer.status == 204 || answer.status == 200, "\(answer.summary)")
            #expect(try await api.send(.get, path).body != before.body)
        }
    }

    @Test("An asterisk in If-Match admits every setting and rule that exists", arguments: changes)
    func asterisk(_ change: Change) async throws {
        try await Self.with { api in
            let answer = try await api.send(change.method, change.path, change.body, headers: [("If-Match", "*")])
            #expect(answer.status == 204 || answer.status == 200, "\(answer.summary)")
        }
    }

    @Test("An unknown setting or rule gets 404 with If-Match, too, and a declaration of an unknown setting gets 412")
    func unknown() async throws {
        try await Self.with { api in
            for change in Self.changes where change.path != "/settings/declare" {
                let path = change.path.replacing("/a", with: "/unknown").replacing("/1", with: "/99")
                let answer = try await api.send(change.method, path, change.body, headers: [("If-Match", "\"x\"")])
                #expect(answer.status == 404, "\(path)")
            }
            let body = Self.changes[0].body?.replacing("\"a\"", with: "\"new\"").replacing("1.1", with: "1.0")
            let answer = try await api.send(.post, "/settings/declare", body, headers: [("If-Match", "*")])
            #expect(answer.summary == "412 If-Match does not hold: the setting new has changed")
            #expect(try await api.send(.get, "/settings/new").status == 404)
        }
    }

    @Test(
        "A value of If-Match that is not a list of tags gets 422 and changes nothing",
        arguments: ["x", "\"x", "x\"", "\"x\" \"y\"", "* , \"x\"", "**", "'x'", "\"a b\"", "w/\"x\"", ";"])
    func invalid(field: String) async throws {
        try await Self.with { api in
            for change in Self.changes {
                let answer = try await api.send(change.method, change.path, change.body, headers: [("If-Match", field)])
                #expect(answer.summary == "422 header.If-Match value_error.str.regex", "\(change.testDescription)")
            }
            #expect(try await api.send(.get, "/rules/1").text.contains(#""value":1,"#))
        }
    }

    @Test("A declaration that would change nothing, or is refused, is compared with If-Match as well")
    func declarations() async throws {
        try await Self.with { api in
            let tag = try #require(try await api.send(.get, "/settings/a").headerFields[.eTag])
            let same =
                #"{"name":"a","configurable_features":["theme"],"type":"int","default_value":0,"metadata":{"k":1}}"#
            let mismatch =
                #"{"name":"a","configurable_features":["theme"],"type":"str","default_value":"","version":"2.0"}"#
            // The second time, the service remembers the declaration.
            for _ in 0..<3 {
                #expect(try await api.send(.post, "/settings/declare", same).text == #"{"outcome":"uptodate"}"#)
                for (field, status) in [("\"x\"", 412), (tag, 200)] {
                    let answer = try await api.send(.post, "/settings/declare", same, headers: [("If-Match", field)])
                    #expect(answer.status.code == status)
                }
            }
            for (field, status) in [("\"x\"", 412), (tag, 409)] {
                let answer = try await api.send(.post, "/settings/declare", mismatch, headers: [("If-Match", field)])
                #expect(answer.status.code == status)
            }
        }
    }

    @Test("A tag changes with the setting or rule, and If-None-Match gets 304 while it is the same")
    func conditionalReads() async throws {
        try await Self.with { api in
            for path in ["/settings/a", "/rules/1"] {
                let first = try await api.send(.get, path)
                let tag = try #require(first.headerFields[.eTag])
                #expect(first.headerFields[.cacheControl] == "no-cache")
                for field in [tag, "W/\(tag)", "*", "\"x\", \(tag)"] {
                    let answer = try await api.send(.get, path, headers: [("If-None-Match", field)])
                    #expect(answer.status == 304 && answer.body.isEmpty && answer.headerFields[.eTag] == tag)
                }
                #expect(try await api.send(.get, path, headers: [("If-None-Match", "\"x\"")]).body == first.body)
            }
            var tags = try await [api.send(.get, "/rules/1").headerFields[.eTag]]
            for sql in [
                "UPDATE rules SET value = '5'", "UPDATE conditions SET feature_value = 'light'",
                "UPDATE rule_metadata SET value = '7'",
            ] {
                try await api.sql(sql)
                tags.append(try await api.send(.get, "/rules/1").headerFields[.eTag])
            }
            #expect(Set(tags).count == 4 && !tags.contains(nil))
        }
    }

    @Test("Of several clients that change what all of them have read, one succeeds")
    func competition() async throws {
        try await Self.with { api in
            for _ in 0..<5 {
                let tag = try #require(try await api.send(.get, "/rules/1").headerFields[.eTag])
                let size = Int.random(in: 1...1_000_000)
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            try await api.send(
                                .put, "/rules/1/value", #"{"value":\#(size * 10 + number)}"#,
                                headers: [("If-Match", tag)]
                            ).status.code
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses.sorted() == [204] + [Int](repeating: 412, count: 7))
            }
        }
    }

    @Test("The contract declares If-Match and 412 for each operation that changes a setting or a rule")
    func declared() throws {
        let document = try JSONValue(parsing: API.documentJSON.description)
        var found: Set<String> = []
        for (path, item) in document["paths"]?.members ?? [] {
            // Each of several operations can have its own condition.
            if path == MakeChanges.path { continue }
            for (method, operation) in item.members where ["post", "put", "patch", "delete"].contains(method) {
                let parameters = operation["parameters"]?.text ?? ""
                let hasField = parameters.contains("#/components/parameters/IfMatch")
                #expect(hasField == (operation["responses"]?["412"] != nil), "\(method) \(path)")
                if hasField { found.insert("\(method) \(path)") }
                let changes = path.contains("/settings/") || path.contains("/rules/")
                #expect(hasField == changes, "\(method) \(path)")
            }
        }
        #expect(found.count == Self.changes.count)
    }
}

extension JSONValue {
    fileprivate var members: [(key: String, value: JSONValue)] {
        if case .object(let members) = content { members } else { [] }
    }

    fileprivate subscript(name: String) -> JSONValue? { members.first { $0.key == name }?.value }
}
