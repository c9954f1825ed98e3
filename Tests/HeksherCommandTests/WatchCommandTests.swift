import Testing

@Suite(.timeLimit(.minutes(20))) struct WatchCommandTests {
    @Test("'watch' prints a line for each change")
    func lines() async throws {
        try await CommandLineClient.withSamples { client in
            let watch = try PseudoTerminal(["watch"], client.variables)
            defer { watch.stop() }
            try await watch.shows("waiting for changes\n")
            try await client("rule", "add", "ui.theme", "dark", "--when", "tenant=acme")
            try await watch.shows("ui.theme has changed\n")
            try await client("features", "add", "region")
            try await watch.shows("the context features have changed\n")
        }
    }

    @Test("'watch' of some settings prints only their changes, as JSON on one line each or as CSV")
    func forms() async throws {
        try await CommandLineClient.withSamples { client in
            let json = try PseudoTerminal(["watch", "ui.*", "--json"], client.variables)
            let csv = try PseudoTerminal(["watch", "ui.theme", "--output", "csv"], client.variables)
            defer { for terminal in [json, csv] { terminal.stop() } }
            try await json.shows(#"{"event":"ready","#)
            try await csv.shows(",ready,\n")
            try await client("rule", "add", "checkout.retries", "7", "--when", "tenant=globex")
            try await client("rule", "add", "ui.theme", "dark", "--when", "tenant=globex")
            try await json.shows(#""settings":["ui.theme"],"context_features":false}"#)
            try await csv.shows(",change,ui.theme\n")
            #expect(!json.screen.contains("checkout.retries") && !csv.screen.contains("checkout.retries"))
        }
    }

    @Test("'watch' of an unknown setting ends with a sentence")
    func unknown() async throws {
        try await CommandLineClient.withSamples { client in
            let ended = try await HeksherCommand(["watch", "ui.them"], client.variables).ended()
            #expect(ended.status == 3 && ended.error.contains("ui.them"), "\(ended)")
        }
    }
}
