import Testing

/// `heksher features values`.
@Suite(.timeLimit(.minutes(20))) struct FeatureValuesCommandTests {
    @Test("The values of a context feature are set, shown, used and allowed again")
    func values() async throws {
        try await CommandLineClient.with { client in
            try await client("features", "add", "region")
            let any = try await HeksherCommand.run("features", "values", "region", variables: client.variables)
            #expect(any.status == 0 && any.output.isEmpty && any.error == "region may have any value.\n")
            #expect(
                try await client("features", "values", "region", "eu-west", "a, b")
                    == "region may have these values only: eu-west, a, b\n")
            #expect(
                try await client("features", "values", "region") == """
                    VALUE
                    eu-west
                    a, b

                    """)
            #expect(
                try await client("features", "values", "region", "--json") == #"{"values":["eu-west","a, b"]}"# + "\n")
            try await client("declare", "x", "int", "1", "--by", "region")
            let list = "['eu-west', 'a, b']"
            let refusal = "'mars' is not among the values of the context feature region: \(list)"
            try await client.refused(
                ["rule", "add", "x", "2", "--when", "region=mars"], 1, "feature_values.region: \(refusal)")
            try await client.refused(
                ["evaluate", "--for", "region=mars"], 1, "context: \(refusal) (offset 7)")
            try await client.refused(
                ["explain", "x", "--for", "region=mars"], 1, "context: \(refusal) (offset 7)")
            try await client("rule", "add", "x", "2", "--when", "region=eu-west")
            try await client.refused(
                ["features", "values", "region", "a, b"], 4,
                """
                rules have other values:
                  rule 1 of the setting x has the value 'eu-west'
                """)
            #expect(try await client("features", "values", "region", "--any") == "region may have any value.\n")
            try await client("rule", "add", "x", "3", "--when", "region=mars")
        }
    }

    @Test("An unknown feature, and arguments that contradict each other, are refused")
    func refusals() async throws {
        try await CommandLineClient.with { client in
            for arguments in [[], ["x"], ["--any"]] as [[String]] {
                try await client.refused(
                    ["features", "values", "none"] + arguments, 3,
                    "the context feature none does not exist; there are none")
            }
            for (arguments, sentence) in [
                (["x", "--any"], "--any allows any value, so no values can be given with it"),
                (["x", ""], "the value of region cannot be used: it is empty"),
                (["a\nb"], "the value of region cannot be used: it has a control character"),
            ] {
                let ended = try await HeksherCommand(
                    ["features", "values", "region"] + arguments, client.variables
                ).ended()
                #expect(ended.status == 64 && ended.error.contains(sentence), "\(ended)")
            }
        }
    }
}
