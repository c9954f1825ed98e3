import ContractJSON
import HTTPTypes
import Testing

@Suite struct ProblemLocationTests {
    private static let beyond = #"{"a":[1,1e400,{"b":-1e999,"c":1e300}],"d":"1e400"}"#

    @Test("Each number beyond the range of a double is reported with its location")
    func numbers() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            try await api.ask(declaring: "s")
            func two(_ place: String) -> String { "422 \(place).a.1 value_error, \(place).a.2.b value_error" }
            #expect(try await api.ask(addingRuleTo: "s", #"{"theme":"x"}"#, Self.beyond) == two("body.value"))
            #expect(try await api.ask(declaring: "n", ["default_value": Self.beyond]) == two("body.default_value"))
            #expect(
                try await api.ask(declaring: "n", ["metadata": #"{"k":\#(Self.beyond)}"#]) == two("body.metadata.k"))
            #expect(
                try await api.ask(.put, "/settings/s/metadata/k", #"{"value":\#(Self.beyond),"version":"1.1"}"#)
                    == two("body.value"))
            #expect(try await api.ask(.put, "/rules/1/value", #"{"value":1e400}"#) == "422 body.value value_error")
            #expect(
                try await api.ask(.put, "/rules/1/value", #"{"value":1,"unknown":[0,1e400]}"#)
                    == "422 body.unknown.1 value_error")
        }
    }

    @Test("Metadata that PostgreSQL cannot store are reported by key")
    func metadata() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let metadata =
                #"{"fine":"\\u0000","nul":"\u0000","deep":[{"x":["a\u0000"]}],"key":{"\u0000":1},"small":1e-20000}"#
            func all(_ place: String) -> String {
                "422 " + ["nul", "deep", "key", "small"].map { "\(place).\($0) value_error" }.joined(separator: ", ")
            }
            #expect(try await api.ask(declaring: "n", ["metadata": metadata]) == all("body.metadata"))
            try await api.ask(declaring: "s")
            #expect(
                try await api.ask(declaring: "s", ["metadata": metadata, "version": #""1.1""#]) == all("body.metadata"))
            let rule = #"{"setting":"s","feature_values":{"theme":"x"},"value":1,"metadata":"#
            #expect(try await api.ask(.post, "/rules", rule + metadata + "}") == all("body.metadata"))
            let id = try await api.ask(.post, "/rules", rule + "{}}").dropFirst("201 ".count).filter(\.isNumber)
            for method in [HTTPRequest.Method.post, .put] {
                #expect(
                    try await api.ask(
                        method, "/settings/s/metadata", #"{"metadata":\#(metadata),"version":"1.1"}"#)
                        == all("body.metadata"))
                #expect(
                    try await api.ask(method, "/rules/\(id)/metadata", #"{"metadata":\#(metadata)}"#)
                        == all("body.metadata"))
            }
            #expect(
                try await api.ask(.put, "/settings/s/metadata/k", #"{"value":{"x":"\u0000"},"version":"1.1"}"#)
                    == "422 body.value value_error")
            #expect(
                try await api.ask(.put, "/rules/\(id)/metadata/k", #"{"value":1e-20000}"#)
                    == "422 body.value value_error")
            #expect(
                try await api.ask(.put, "/rules/\(id)/metadata/k", #"{"value":1e-16383}"#) == "204")
            #expect(
                try await api.ask(.put, "/rules/\(id)/metadata/k", #"{"value":0.1e-16383}"#)
                    == "422 body.value value_error")
        }
    }

    @Test("Names that are too long for an index are reported by their member", arguments: [3_500, 20_000])
    func tooLong(length: Int) async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            var generator = SystemRandomNumberGenerator()
            let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
            let long = String((0..<length).compactMap { _ in letters.randomElement(using: &generator) })
            let cut = long.shortened(to: 120)
            #expect(
                try await api.ask(.post, "/context_features", #"{"context_feature":"\#(long)"}"#)
                    == "422 body.context_feature value_error")
            #expect(try await api.ask(declaring: long) == "422 body.name value_error")
            #expect(
                try await api.ask(declaring: "n", ["metadata": #"{"k":1,"\#(long)":1}"#])
                    == "422 body.metadata.\(cut) value_error")
            try await api.ask(declaring: "s")
            #expect(
                try await api.ask(.put, "/settings/s/name", #"{"name":"\#(long)","version":"1.1"}"#)
                    == "422 body.name value_error")
            #expect(
                try await api.ask(.post, "/settings/s/metadata", #"{"metadata":{"\#(long)":1},"version":"1.1"}"#)
                    == "422 body.metadata.\(cut) value_error")
            #expect(
                try await api.ask(.put, "/settings/s/metadata/\(long)", #"{"value":1,"version":"1.1"}"#)
                    == "422 path.key value_error")
            let rule = #"{"setting":"s","feature_values":{"theme":"x"},"value":1,"metadata":"#
            #expect(
                try await api.ask(.post, "/rules", rule + #"{"\#(long)":1}}"#)
                    == "422 body.metadata.\(cut) value_error")
            try await api.ask(addingRuleTo: "s", #"{"theme":"y"}"#, "1")
            let id = try await api.ask(.get, "/rules/search?setting=s&feature_values=theme:y").filter(\.isNumber)
                .dropFirst(3)
            #expect(
                try await api.ask(.put, "/rules/\(id)/metadata/\(long)", #"{"value":1}"#) == "422 path.key value_error")
            #expect(
                try await api.ask(.put, "/rules/\(id)/metadata", #"{"metadata":{"\#(long)":1}}"#)
                    == "422 body.metadata.\(cut) value_error")
        }
    }
}
