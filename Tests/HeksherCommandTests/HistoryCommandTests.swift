import Testing

/// The commands that show the history.
@Suite struct HistoryCommandTests {
    @Test("An operator finds out who changed a rule, why, and what it was before")
    func history() async throws {
        try await CommandLineClient.withSamples { client in
            try await client("rule", "set", "1", "6", "--reason", "CHK-42: größer")
            try await client("rm", "ui.theme")
            let columns = ["--columns", "what,reason,via"]
            func history(_ arguments: String...) async throws -> [String] {
                let ended = try await HeksherCommand(["history"] + arguments + columns, client.variables).ended()
                #expect(ended.status == 0 && ended.error.isEmpty, "\(ended)")
                // The columns are at least two spaces apart.
                return ended.output.split(separator: "\n").dropFirst().map {
                    String($0).replacing(#/ {2,}/#, with: " | ")
                }
            }
            #expect(
                try await history() == [
                    "setting ui.theme deleted | - | api",
                    "rule 1 of checkout.retries changed: value: 5 → 6 | CHK-42: größer | api",
                    "rule 2 of checkout.retries added (-1 where environment=staging,tenant=acme) | - | api",
                    "rule 1 of checkout.retries added (5 where tenant=acme) | - | api",
                    "setting ui.theme added | - | api", "setting checkout.retries added | - | api",
                    #"context features: context_features: ["environment","tenant"] → ["environment","tenant","user"] | - | api"#,
                    #"context features: context_features: ["environment"] → ["environment","tenant"] | - | api"#,
                    #"context features: context_features: [] → ["environment"] | - | api"#,
                ])
            #expect(try await history("--rule", "1").count == 2)
            #expect(try await history("ui.theme").count == 2)
            #expect(try await history("--kind", "setting", "--limit", "2").count == 2)
            #expect(try await history("--since", "2020-01-01").count == 9)
            #expect(
                try await client.run("history", "--until", "2020-01-01").error == "There are no such changes.\n")
            let id = try #require(
                try await client("history", "--rule", "1", "--limit", "1", "--columns", "change").split(separator: "\n")
                    .last)
            let shown = try await client("show", "\(id)")
            #expect(shown.contains("REASON  CHK-42: größer\n") && shown.contains("via api, 127.0.0.1"))
            #expect(shown.contains("WHAT    rule 1 of checkout.retries changed\n          value: 5 → 6\n"))
            let json = try await client("show", "\(id)", "--json")
            #expect(json.contains(#""before":{"setting":"checkout.retries","value":5,"#))
        }
    }

    @Test("Mistakes in the arguments of the history are named")
    func mistakes() async throws {
        try await CommandLineClient.with { client in
            try await client.refused(["show", "77"], 3, "the history has no change 77")
            for (arguments, message) in [
                (["show", "x"], "a change is given by its number, which 'heksher history' shows"),
                (["history", "--limit", "0"], "--limit takes a number from 1 on"),
                (["history", "--since", "yesterday"], "since"),
                (
                    ["set", "x", "1", "--reason", String(repeating: "é", count: 501)],
                    "--reason takes at most 500 characters"
                ),
            ] {
                let ended = try await HeksherCommand(arguments, client.variables).ended()
                #expect(ended.status != 0 && ended.error.contains(message), "\(ended)")
            }
        }
    }
}
