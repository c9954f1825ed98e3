import Testing

/// The commands that show values, and conditions with values of any characters.
@Suite struct EvaluationCommandTests {
    @Test("Values in a context, with the rules that they come from")
    func evaluate() async throws {
        try await CommandLineClient.withSamples { client in
            #expect(
                try await client("evaluate", "--for", "tenant=acme,environment=staging") == """
                    SETTING           VALUE    RULE
                    checkout.retries  -1       2
                    ui.theme          "light"  default

                    """)
            #expect(
                try await client("evaluate", "checkout.retries", "--for", "tenant=acme", "--for", "user=ann") == """
                    SETTING           VALUE  RULE
                    checkout.retries  5      1

                    """)
            #expect(
                try await client("evaluate", "checkout.retries", "--json")
                    == #"{"settings":{"checkout.retries":{"value":3,"rule_id":null}}}"# + "\n")
            try await client.refused(["evaluate", "none"], 3, "the setting none does not exist")
            let unknown = try await HeksherCommand.run(
                "evaluate", "ui.theme", "--for", "tennant=acme,tenant=x", "--json", variables: client.variables)
            #expect(
                unknown.status == 0
                    && unknown.output == #"{"settings":{"ui.theme":{"value":"light","rule_id":null}}}"# + "\n")
            #expect(
                unknown.error
                    == "heksher: warning: 'tennant' is not a context feature; there are environment, tenant, user\n")
        }
    }

    @Test("An explanation says which rule wins, why the others do not, and what is unknown")
    func explain() async throws {
        try await CommandLineClient.withSamples { client in
            try await client("rule", "add", "checkout.retries", "7", "--when", "environment=staging")
            try await client("rule", "add", "checkout.retries", "0", "--when", "tenant=Smith, Jones & Co")
            #expect(
                try await client("explain", "checkout.retries", "--for", "tenant=acme,environment=staging") == """
                    checkout.retries is -1, by rule 2.

                    RULE     OUTCOME         CONDITIONS                       VALUE  WHY
                    2        wins            environment=staging,tenant=acme  -1     all conditions match
                    1        loses           tenant=acme                      5      rule 2 has a condition on environment
                    3        loses           environment=staging              7      rule 2 has a condition on tenant
                    4        does not match  tenant="Smith, Jones & Co"       0      tenant is acme
                    default  does not apply  -                                3      rule 2 matches

                    """)
            let default_ = try await client("explain", "checkout.retries")
            #expect(default_.hasPrefix("checkout.retries is 3, its default: no rule matches.\n"))
            #expect(
                default_.contains("environment is not given; tenant is not given\n")
                    && default_.contains("\ndefault  applies  "))
            #expect(
                try await client("explain", "ui.theme").hasPrefix(
                    #"ui.theme is "light", its default: it has no rules."#))
            let unknown = try await HeksherCommand.run(
                "explain", "ui.theme", "--for", "tennant=acme", variables: client.variables)
            #expect(
                unknown.status == 0
                    && unknown.error
                        == "heksher: warning: 'tennant' is not a context feature; there are environment, tenant, user\n"
            )
            #expect(
                try await client("explain", "ui.theme", "--json").hasPrefix(
                    #"{"setting":"ui.theme","type":"Enum[\"dark\",\"light\"]","#))
            try await client.refused(["explain", "none"], 3, "the setting none does not exist")
        }
    }

    @Test("A query warns of features that do not exist")
    func warning() async throws {
        try await CommandLineClient.withSamples { client in
            let ended = try await HeksherCommand.run(
                "query", "ui.theme", "--where", "nosuch=1", "--where", "tenant=*", variables: client.variables)
            #expect(ended.status == 0 && ended.output.contains("ui.theme  -           \"light\"  default"))
            #expect(
                ended.error
                    == "heksher: warning: 'nosuch' is not a context feature; there are environment, tenant, user\n")
        }
    }

    @Test("Conditions have values of any characters, each written as the command line shows it")
    func values() async throws {
        try await CommandLineClient.withSamples { client in
            for (id, value, shown) in [
                (3, "us-east-1", "us-east-1"), (4, "a,b", #""a,b""#), (5, "*", #""*""#), (6, "a=b", "a=b"),
                (7, #"say "x""#, #""say \"x\"""#),
            ] {
                let added = try await HeksherCommand.run(
                    "rule", "add", "ui.theme", #""dark""#, "--when", "tenant=\(value)", variables: client.variables)
                #expect(added.output == "Rule \(id) is added.\n")
                #expect(added.error.contains("the text '*'") == (value == "*"))
                let found = try await client("rule", "find", "ui.theme", "--when", "tenant=\(value)")
                #expect(found == "\(id)\n")
                #expect(try await client("rule", "get", "\(id)").contains("CONDITIONS  tenant=\(shown)\n"))
                #expect(try await client("evaluate", "ui.theme", "--for", "tenant=\(shown)").contains("  \(id)\n"))
                guard value != "*" else { continue }
                #expect(
                    try await client("query", "ui.theme", "--where", "tenant=\(value)").contains(
                        "tenant=\(shown)  \"dark\"   \(id)\n"))
            }
            #expect(try await client("query", "ui.theme", "--where", #"tenant:("*")"#).contains("  5\n"))
        }
    }

    @Test(
        "A value that the service would refuse is refused in a sentence",
        arguments: [
            (
                ["rule", "add", "a", "1", "--when", "tenant=a\tb"],
                "--when: the value of tenant cannot be used: it has a control character"
            ),
            (
                ["rule", "find", "a", "--when", "ten-ant=a"],
                "--when: 'ten-ant' cannot be the name of a context feature"
            ),
            (["query", "--where", "tenant="], "--where: the value of tenant cannot be used: it is empty"),
            (
                ["query", "--where", "tenant:(a"],
                "--where takes feature=value, feature=*, or feature:(value,value) and feature:* joined by commas: expecting ',' or ')' (offset 9)"
            ),
            (
                ["evaluate", "--for", "tenant"],
                "--for takes feature=value joined by commas, as in tenant=acme,user=ann or 'tenant=\"Smith, Jones & Co\"': expecting '=' (offset 6)"
            ),
            (["evaluate", "--for", "tenant=a", "--for", "tenant=b"], "--for names tenant more than once"),
            (["explain", "a", "--for", "tenant=a,user=*"], "a value '*' must be in quotation marks (offset 14)"),
        ])
    func refused(arguments: [String], sentence: String) async throws {
        let ended = try await HeksherCommand(arguments, ["HEKSHER_URL": "http://127.0.0.1:1"]).ended()
        #expect(ended.status == 64 && ended.error.contains(sentence), "\(ended)")
    }

    @Test(
        "The help of the commands explains which rule wins, and has examples",
        arguments: ["evaluate", "explain", "query"])
    func help(command: String) async throws {
        let ended = try await HeksherCommand([command, "--help"], [:]).ended()
        #expect(ended.status == 0 && ended.output.contains("EXAMPLES\n") && ended.output.contains("heksher \(command)"))
    }
}
