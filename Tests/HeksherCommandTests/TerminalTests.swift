import Foundation
import Testing

/// The program on a terminal.
@Suite(.timeLimit(.minutes(20))) struct TerminalTests {
    @Test("On a terminal there are colours, unless NO_COLOR is set or the terminal has none")
    func colours() async throws {
        try await CommandLineClient.withSamples { client in
            func screen(_ variables: [String: String]) async throws -> String {
                try await PseudoTerminal(["get"], client.variables.merging(variables) { $1 }).ended().screen
            }
            #expect(try await screen([:]).hasPrefix("\u{1B}[1mNAME "))
            for variables in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
                #expect(try await screen(variables).hasPrefix("NAME "))
            }
            let refused = try await PseudoTerminal(["get", "none"], client.variables).ended()
            #expect(
                refused.status == 3
                    && refused.screen == "\u{1B}[31mheksher:\u{1B}[0m the setting none does not exist\n",
                "\(refused)")
        }
    }

    @Test("Output that does not fit on the terminal goes through the pager")
    func pager() async throws {
        try await CommandLineClient.withSamples { client in
            func ended(_ arguments: [String], rows: UInt16, _ pager: String) async throws -> (
                status: Int32, screen: String
            ) {
                let variables = client.variables.merging(["PAGER": pager, "NO_COLOR": "1"]) { $1 }
                return try await PseudoTerminal(arguments, variables, rows: rows).ended()
            }
            let marking = "sed 's/^/> /'"
            let long = try await ended(["query"], rows: 4, marking)
            #expect(long.status == 0 && long.screen.hasPrefix("> SETTING "), "\(long)")
            #expect(long.screen.split(separator: "\n").allSatisfy { $0.hasPrefix("> ") })
            #expect(try await ended(["query"], rows: 24, marking).screen.hasPrefix("SETTING "))
            // A pager that ends early is no error.
            let early = try await ended(["query"], rows: 4, "head -n 1")
            #expect(
                early.status == 0 && early.screen.hasPrefix("SETTING ")
                    && early.screen.split(separator: "\n").count == 1)
            #expect(try await ended(["get", "--help"], rows: 24, marking).screen.hasPrefix("> OVERVIEW: "))
            #expect(try await ended(["help", "--environment"], rows: 24, marking).screen.hasPrefix("> ENVIRONMENT\n"))
        }
    }

    @Test("Before it deletes something, a command shows it and asks")
    func confirmation() async throws {
        try await CommandLineClient.withSamples { client in
            let variables = client.variables.merging(["NO_COLOR": "1"]) { $1 }
            let refused = try PseudoTerminal(["rm", "checkout.retries"], variables)
            try await refused.shows(
                """
                This deletes:
                  checkout.retries (int, default 3, version 1.0)
                    rule 1: 5 where tenant=acme
                    rule 2: -1 where environment=staging,tenant=acme
                Delete 1 setting and 2 rules? [y/N]
                """)
            refused.type("\n")
            let ended = try await refused.ended()
            #expect(ended.status == 1 && ended.screen.hasSuffix("heksher: nothing is deleted\n"), "\(ended)")
            #expect(try await client("get", "checkout.retries").contains("NAME"))

            let rule = try PseudoTerminal(["rule", "rm", "1"], variables)
            try await rule.shows("  rule 1 of checkout.retries: 5 where tenant=acme\nDelete 1 rule? [y/N]")
            rule.type("y\n")
            #expect(try await rule.ended().screen.hasSuffix("Rule 1 is deleted.\n"))
            let key = try PseudoTerminal(["metadata", "rm", "checkout.retries", "owner"], variables)
            try await key.shows("owner=\"core\"\nDelete 1 key? [y/N]")
            key.type("no\n")
            #expect(try await key.ended().status == 1)
            let feature = try PseudoTerminal(["features", "rm", "user"], variables)
            try await feature.shows("This deletes the context feature user.\nDelete it? [y/N]")
            feature.type("yes\n")
            #expect(try await feature.ended().status == 0)
            let silent = try await PseudoTerminal(["rm", "checkout.retries", "--yes"], variables).ended()
            #expect(silent.screen == "checkout.retries is deleted, and its rules with it.\n", "\(silent)")
        }
    }

    @Test("'login' asks for the address and the token, and does not show the token")
    func login() async throws {
        try await CommandLineClient.with { client in
            let address = try #require(client.variables["HEKSHER_URL"])
            let login = try PseudoTerminal(["login"], ["NO_COLOR": "1"])
            try await login.shows("Address of the service [http://127.0.0.1:8080]: ")
            login.type("nonsense\n")
            try await login.shows("'nonsense' is not the address of a service")
            login.type("\(address)\n")
            try await login.shows("Token (empty if the service asks for none): ")
            login.type("secrets\u{7F}\n")
            let ended = try await login.ended()
            #expect(
                ended.status == 0
                    && ended.screen.hasSuffix(
                        "\(address) is the profile default, and the current one. It runs Heksher 0.1.0.\n")
            )
            #expect(!ended.screen.contains("secret"))
            let interrupted = try PseudoTerminal(["login", "--url", address])
            try await interrupted.shows("Token")
            interrupted.type("\u{3}")
            #expect(try await interrupted.ended().status == SIGINT)
        }
    }

    @Test("A request that takes more than a second shows its progress, which the result replaces")
    func progress() async throws {
        try await CommandLineClient.withSamples { client in
            let lock = try await client.database.pool.withConnection { connection in
                // On a busy machine, PostgreSQL ends the session before the command gives up.
                try await connection.run(
                    script: """
                        SET idle_in_transaction_session_timeout = '5s'; BEGIN; LOCK TABLE settings IN ACCESS EXCLUSIVE MODE
                        """)
                let waiting = try PseudoTerminal(["get"], client.variables)
                try await waiting.shows("Waiting for \(client.variables["HEKSHER_URL"] ?? "") (")
                try? await connection.run(script: "COMMIT")
                return waiting
            }
            let ended = try await lock.ended()
            #expect(ended.status == 0 && ended.screen.contains("\r\u{1B}[K\u{1B}[1mNAME "), "\(ended)")
        }
    }

    @Test("A migration that takes more than a second reports its progress, also without a terminal")
    func migration() async throws {
        try await ServiceAtHand.withDatabase { database, variables in
            let waiting = try await database.pool.withConnection { connection in
                try await connection.run(script: "BEGIN; LOCK TABLE heksher_migrations IN ACCESS EXCLUSIVE MODE")
                let terminal = try PseudoTerminal(["migrate"], variables)
                let file = try HeksherCommand(["migrate"], variables)
                try await file.said("Migrating the database: waiting for another process that migrates it (")
                try await terminal.shows(
                    "\r\u{1B}[KMigrating the database: waiting for another process that migrates it (")
                try await connection.run(script: "COMMIT")
                let ended = try await file.ended()
                #expect(ended.status == 0 && ended.output == "The schema is up to date.\n", "\(ended)")
                return terminal
            }
            #expect(try await waiting.ended().screen.hasSuffix("\r\u{1B}[KThe schema is up to date.\n"))
        }
    }
}
