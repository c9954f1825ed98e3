import HTTPTypes
import LibPQ
import Testing

@Suite struct ContextFeatureMoveTests {
    @Test(
        "A move with an invalid member is refused; null counts as absent, and one member is required",
        arguments: [
            (#"{"to_after":"bad name","to_before":"a"}"#, "422 body.to_after value_error.str.regex"),
            (#"{"to_after":5,"to_before":"a"}"#, "422 body.to_after type_error.string"),
            (#"{"to_after":"a","to_before":"bad name"}"#, "422 body.to_before value_error.str.regex"),
            (#"{"to_after":"a","to_before":[]}"#, "422 body.to_before type_error.string"),
            (
                #"{"to_after":"","to_before":{}}"#,
                "422 body.to_after value_error.str.regex, body.to_before type_error.string"
            ),
            (#"{"to_after":"bad name"}"#, "422 body.to_after value_error.str.regex"),
            (#"{"to_after":null,"to_before":1}"#, "422 body.to_before type_error.string"),
            ("{}", "422 body value_error"), (#"{"to_after":null}"#, "422 body value_error"),
            (#"{"to_after":null,"to_before":null}"#, "422 body value_error"), (#"{"other":1}"#, "422 body value_error"),
            ("[]", "422 body type_error.dict"), ("null", "422 body type_error.dict"),
        ])
    func refused(body: String, answer: String) async throws {
        try await ServiceUnderTest.with(features: ["a", "b"]) { api in
            let found = try await api.ask(.patch, "/context_features/b/index", body)
            #expect(found == answer)
            #expect(try await api.ask(.get, "/context_features") == #"200 {"context_features":["a","b"]}"#)
        }
    }

    @Test(
        "A move may contain null members or both members",
        arguments: [
            (#"{"to_after":null,"to_before":"a"}"#, #"["b","a"]"#),
            (#"{"to_after":"a","to_before":null}"#, #"["a","b"]"#),
            (#"{"to_before":"a"}"#, #"["b","a"]"#), (#"{"to_after":"a","to_before":"a"}"#, #"["a","b"]"#),
        ])
    func accepted(body: String, order: String) async throws {
        try await ServiceUnderTest.with(features: ["a", "b"]) { api in
            let found = try await api.ask(.patch, "/context_features/b/index", body)
            #expect(found == "204")
            #expect(try await api.ask(.get, "/context_features") == #"200 {"context_features":\#(order)}"#)
        }
    }

    @Test("Moves succeed with any order of the table's rows")
    func rowOrder() async throws {
        let names = ["a", "b", "c", "d", "e"]
        try await ServiceUnderTest.with(features: names) { api in
            for seed in 0..<4 {
                // An updated row moves to the end of the table.
                let order = names.sorted {
                    ($0.utf8.first ?? 0) &* UInt8(53 + seed * 2) < ($1.utf8.first ?? 0) &* UInt8(53 + seed * 2)
                }
                for name in order {
                    try await api.sql("UPDATE context_features SET index = index WHERE name = '\(name)'")
                }
                for name in names {
                    for target in names {
                        for member in ["to_after", "to_before"] {
                            #expect(
                                try await api.ask(
                                    .patch, "/context_features/\(name)/index", #"{"\#(member)":"\#(target)"}"#) == "204"
                            )
                        }
                    }
                }
                try await api.expectConsecutiveIndices(count: names.count)
            }
        }
    }
}

extension ServiceUnderTest {
    /// Expects that the stored indices are consecutive from 0.
    func expectConsecutiveIndices(count: Int) async throws {
        let stored: Statement = "SELECT index FROM context_features ORDER BY index"
        let indices = try await database.pool.run(stored())
        #expect(try indices.map { $0.isNull(0) ? -1 : try $0.int(0) } == Array(0..<count))
    }
}
