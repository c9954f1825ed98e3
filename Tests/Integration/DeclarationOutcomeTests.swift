import HTTPTypes
import Testing

/// Each outcome of a declaration with each kind of difference that it can have.
@Suite struct DeclarationOutcomeTests {
    @Test("A mismatch lists removed features, narrowed types, and the rules that need them")
    func mismatch() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.ask(declaring: "a", ["configurable_features": #"["user","theme"]"#, "type": #""float""#])
            #expect(
                try await api.ask(declaring: "a") == """
                    409 {"outcome":"mismatch","differences":[\
                    {"level":"minor","message":"removal of configurable features ['user']"},\
                    {"level":"minor","attribute":"type","latest_value":"float"}]}
                    """)
            #expect(try await api.ask(addingRuleTo: "a", #"{"user":"ann"}"#, "1.5") == #"201 {"rule_id":1}"#)
            #expect(
                try await api.ask(declaring: "a", ["default_value": "1"]) == """
                    409 {"outcome":"mismatch","differences":[\
                    {"level":"minor","attribute":"default_value","latest_value":0},\
                    {"level":"mismatch","message":"configurable features ['user'] are still in use by rules [1]"},\
                    {"level":"mismatch","message":"setting type incompatible with values for rules: [1]"}]}
                    """)
        }
    }

    @Test("An upgrade lists every changed attribute, and an outdated declaration gets the same list")
    func upgradedAndOutdated() async throws {
        try await ServiceUnderTest.with(features: ["user", "theme"]) { api in
            try await api.ask(declaring: "old")
            #expect(
                try await api.ask(
                    declaring: "new",
                    [
                        "alias": #""old""#, "version": #""2.0""#, "configurable_features": #"["theme","user"]"#,
                        "type": #""float""#, "metadata": #"{"k":1}"#,
                    ]) == """
                        200 {"outcome":"upgraded","previous_version":"1.0","differences":[\
                        {"level":"minor","attribute":"name","latest_value":"old"},\
                        {"level":"minor","attribute":"metadata","latest_value":{}},\
                        {"level":"major","attribute":"configurable_features","latest_value":["theme"]},\
                        {"level":"major","attribute":"type","latest_value":"int"}]}
                        """)
            // The outdated declaration has neither the rule's feature nor a type for its value.
            try await api.ask(addingRuleTo: "new", #"{"user":"ann"}"#, "1.5")
            #expect(
                try await api.ask(declaring: "old") == """
                    200 {"outcome":"outdated","latest_version":"2.0","differences":[\
                    {"level":"minor","attribute":"name","latest_value":"new"},\
                    {"level":"minor","attribute":"metadata","latest_value":{"k":1}},\
                    {"level":"major","attribute":"configurable_features","latest_value":["user","theme"]},\
                    {"level":"major","attribute":"type","latest_value":"float"}]}
                    """)
            #expect(
                try await api.ask(declaring: "new", ["version": #""1.5""#, "type": #""str""#, "default_value": #""""#])
                    == """
                    200 {"outcome":"outdated","latest_version":"2.0","differences":[\
                    {"level":"minor","attribute":"default_value","latest_value":0},\
                    {"level":"minor","attribute":"metadata","latest_value":{"k":1}},\
                    {"level":"major","attribute":"configurable_features","latest_value":["user","theme"]},\
                    {"level":"major","attribute":"type","latest_value":"float"}]}
                    """)
            let stored = try await api.ask(.get, "/settings/old")
            #expect(stored.contains(#""version":"2.0""#) && stored.contains(#""type":"float""#), "\(stored)")
        }
    }

    @Test("A change of metadata is a minor upgrade")
    func metadata() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.ask(declaring: "a", ["metadata": #"{"k":1,"l":[]}"#])
            #expect(
                try await api.ask(declaring: "a", ["metadata": #"{"k":2}"#, "version": #""1.1""#]) == """
                    200 {"outcome":"upgraded","previous_version":"1.0","differences":[\
                    {"level":"minor","attribute":"metadata","latest_value":{"k":1,"l":[]}}]}
                    """)
            #expect(try await api.ask(.get, "/settings/a/metadata") == #"200 {"metadata":{"k":2}}"#)
        }
    }

    @Test("In a minor version, another type is rejected, and a subtype is accepted")
    func type() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.ask(declaring: "a")
            #expect(
                try await api.ask(
                    declaring: "a", ["type": #""str""#, "default_value": #""x""#, "version": #""1.1""#]) == """
                        409 {"outcome":"rejected","previous_version":"1.0","differences":[\
                        {"level":"minor","attribute":"default_value","latest_value":0},\
                        {"level":"major","attribute":"type","latest_value":"int"}]}
                        """)
            let stored = try await api.ask(.get, "/settings/a")
            #expect(
                stored.contains(#""type":"int","default_value":0,"#) && stored.contains(#""version":"1.0""#),
                "\(stored)")
            try await api.ask(declaring: "b", ["type": #""Enum[0,1,2]""#])
            #expect(
                try await api.ask(declaring: "b", ["type": #""Enum[0,1]""#, "version": #""1.1""#]) == """
                    200 {"outcome":"upgraded","previous_version":"1.0","differences":[\
                    {"level":"minor","attribute":"type","latest_value":"Enum[0,1,2]"}]}
                    """)
        }
    }

    @Test(
        "All problems of a declaration are listed in one response",
        arguments: [
            (#""nope""#, "0", "body.type value_error, body.alias value_error"),
            (#""str""#, "0", "body.default_value value_error, body.alias value_error"),
            (#""Enum[1e400]""#, "null", "body.type value_error, body.alias value_error"),
        ])
    func problems(type: String, defaultValue: String, problems: String) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let answer = try await api.ask(
                declaring: "a", ["type": type, "default_value": defaultValue, "alias": #""a""#])
            #expect(answer == "422 \(problems)")
        }
    }
}
