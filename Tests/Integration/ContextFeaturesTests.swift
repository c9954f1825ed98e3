import HeksherAPI
import Testing

@Suite struct ContextFeaturesTests {
    @Test("New features are appended, also the first one, and a duplicate gets 409")
    func add() async throws {
        try await ServiceUnderTest.with { api in
            #expect(try await api.features == [])
            try await api.client.addContextFeature(body: .init(contextFeature: "zone")).noContent()
            try await api.client.addContextFeature(body: .init(contextFeature: "Tenant_2")).noContent()
            #expect(try await api.features == ["zone", "Tenant_2"])
            let again = try await api.client.addContextFeature(body: .init(contextFeature: "zone"))
            #expect(again.response().status == .conflict)
            #expect(try await api.features == ["zone", "Tenant_2"])
        }
    }

    @Test("An invalid name of a feature is refused", arguments: ["", "a b", "a-b", "a.b", "é", #"a\n"#, #"\u0000"#])
    func badName(name: String) async throws {
        try await ServiceUnderTest.with { api in
            try await api.expect(
                .post, "/context_features", #"{"context_feature":"\#(name)"}"#,
                is: "422 body.context_feature value_error.str.regex")
        }
    }

    @Test(
        "An invalid body of a new feature is refused with the location of the problem",
        arguments: [
            ("{}", "body.context_feature value_error.missing"),
            (#"{"context_feature":1}"#, "body.context_feature type_error.string"),
            (#"{"context_feature":null}"#, "body.context_feature type_error.string"),
            ("[]", "body type_error.dict"), ("", "body value_error.missing"), ("{", "body value_error.jsondecode"),
        ])
    func badBody(body: String, problem: String) async throws {
        try await ServiceUnderTest.with { api in
            try await api.expect(.post, "/context_features", body, is: "422 \(problem)")
        }
    }

    @Test("A feature is returned with its index")
    func index() async throws {
        try await ServiceUnderTest.with(features: ["user", "trust", "theme"]) { api in
            let first = try await api.client.getContextFeature(name: "user").ok
            let last = try await api.client.getContextFeature(name: "theme").ok
            #expect(first.index == 0 && last.index == 2)
            #expect(try await api.client.getContextFeature(name: "nope") == .notFound)
            #expect(try await api.client.getContextFeature(name: "no pe\0") == .notFound)
        }
    }

    @Test("Deleting a feature renumbers the others")
    func delete() async throws {
        try await ServiceUnderTest.with(features: ["a", "b", "c", "d"]) { api in
            try await api.client.deleteContextFeature(name: "b").noContent()
            #expect(try await api.features == ["a", "c", "d"])
            #expect(try await api.client.getContextFeature(name: "c").ok.index == 1)
            #expect(try await api.client.getContextFeature(name: "d").ok.index == 2)
            #expect(try await api.client.deleteContextFeature(name: "b") == .notFound)
            #expect(try await api.client.deleteContextFeature(name: "\0") == .notFound)
        }
    }

    @Test("A feature that a setting is configurable by cannot be deleted")
    func deleteInUse() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.declare("a")
            #expect(try await api.client.deleteContextFeature(name: "theme").response().status == .conflict)
            try await api.client.deleteSetting(name: "a").noContent()
            try await api.client.deleteContextFeature(name: "theme").noContent()
        }
    }

    @Test(
        "Features are moved before or after others",
        arguments: [
            ("a", .after("c"), ["b", "c", "a", "d"]), ("d", .after("a"), ["a", "d", "b", "c"]),
            ("a", .before("d"), ["b", "c", "a", "d"]), ("d", .before("a"), ["d", "a", "b", "c"]),
            ("b", .after("b"), ["a", "b", "c", "d"]), ("b", .before("b"), ["a", "b", "c", "d"]),
            ("b", .after("a"), ["a", "b", "c", "d"]),
        ] as [(String, Schemas.ContextFeatureMove, [String])])
    func move(feature: String, move: Schemas.ContextFeatureMove, order: [String]) async throws {
        try await ServiceUnderTest.with(features: ["a", "b", "c", "d"]) { api in
            try await api.client.moveContextFeature(name: feature, body: move).noContent()
            #expect(try await api.features == order)
            for (index, name) in order.enumerated() {
                #expect(try await api.client.getContextFeature(name: name).ok.index == index)
            }
        }
    }

    @Test("If a move has to_after and to_before, to_after wins")
    func moveTwice() async throws {
        try await ServiceUnderTest.with(features: ["a", "b", "c", "d"]) { api in
            try await api.expect(
                .patch, "/context_features/a/index", #"{"to_after":"d","to_before":"b"}"#, is: "204")
            #expect(try await api.features == ["b", "c", "d", "a"])
        }
    }

    @Test("Moving an unknown feature or to an unknown place gets 404, and an invalid move 422")
    func badMove() async throws {
        try await ServiceUnderTest.with(features: ["a", "b"]) { api in
            #expect(try await api.client.moveContextFeature(name: "x", body: .after("a")) == .notFound)
            #expect(try await api.client.moveContextFeature(name: "a", body: .after("x")) == .notFound)
            #expect(try await api.client.moveContextFeature(name: "a", body: .before("x")) == .notFound)
            for neither in ["{}", #"{"to_after":null}"#, #"{"to_after":null,"to_before":null}"#] {
                try await api.expect(.patch, "/context_features/a/index", neither, is: "422 body value_error")
            }
            try await api.expect(.patch, "/context_features/a/index", #"{"to_after":"a b"}"#, is: "422 *")
            #expect(try await api.features == ["a", "b"])
        }
    }
}
