import Foundation
import PostgresTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct HeksherCommandTests {
    @Test("--help describes every subcommand with its variables, examples and statuses")
    func help() async throws {
        let all = try await HeksherCommand.run("--help")
        #expect(all.status == 0)
        for name in ["serve", "migrate", "dev"] {
            #expect(all.output.contains("  \(name) "))
            #expect(try await HeksherCommand.run(name, "--help").output.contains("HEKSHER_DB_"))
        }
        for name in ["get", "query", "rules", "declare", "set", "rm", "rule", "features", "login"] {
            #expect(all.output.contains("  \(name) "))
        }
        for status in [0, 1, 3, 4, 64, 69, 76, 78] {
            #expect(all.output.contains("\n  \(status)\(status < 10 ? "   " : "  ")"))
        }
        for command in [["get"], ["query"], ["declare"], ["rm"], ["rule", "add"], ["features", "move"]] {
            let help = try await HeksherCommand(command + ["--help"]).ended().output
            #expect(
                help.contains("EXAMPLE") && help.contains("  heksher \(command.joined(separator: " ")) "), "\(help)")
            #expect(help.contains("HEKSHER_URL"))
        }
        #expect(try await HeksherCommand.run("docs", "--help").output.contains("HEKSHER_PAGES_DIR"))
        #expect(try await HeksherCommand.run("--version").output == "0.1.0\n")
    }

    @Test(
        "A missing or invalid variable ends the program with one sentence and status 78",
        arguments: [
            (["serve"], [:], "HEKSHER_DB_CONNECTION_STRING is not set"),
            (["migrate"], [:], "HEKSHER_DB_CONNECTION_STRING is not set"),
            (["serve"], ["HEKSHER_DB_CONNECTION_STRING": "mysql://h/d"], "must begin with postgresql://"),
            (["serve"], ["HEKSHER_DB_CONNECTION_STRING": "postgresql://h/d", "PORT": "http"], "PORT"),
            (["serve"], ["HEKSHER_DB_CONNECTION_STRING": "postgresql://h/d", "PORT": "65536"], "PORT"),
            (
                ["serve"], ["HEKSHER_DB_CONNECTION_STRING": "postgresql://h/d", "HEKSHER_DB_POOL_SIZE": "0"],
                "HEKSHER_DB_POOL_SIZE"
            ),
            (["dev"], ["HEKSHER_DB_POOL_SIZE": "many"], "HEKSHER_DB_POOL_SIZE"),
            (["dev"], ["HEKSHER_PAGES_DIR": "/nowhere"], "HEKSHER_PAGES_DIR"),
            (["serve"], ["DOC_ONLY": "true", "HEKSHER_PAGES_DIR": "/nowhere"], "HEKSHER_PAGES_DIR"),
            (["docs", "--output", "/nowhere"], ["HEKSHER_PAGES_DIR": "/nowhere"], "'make pages'"),
        ] as [([String], [String: String], String)])
    func configuration(arguments: [String], variables: [String: String], sentence: String) async throws {
        let ended = try await HeksherCommand(arguments, variables).ended()
        #expect(ended.status == 78)
        #expect(ended.error.contains(sentence), "\(ended.error)")
        #expect(ended.error.split(separator: "\n").count == 1, "\(ended.error)")
    }

    @Test(
        "Wrong arguments end the program with status 64",
        arguments: [["serve", "--port", "x"], ["serve", "--port", "70000"], ["nothing"]])
    func arguments(arguments: [String]) async throws {
        let ended = try await HeksherCommand(arguments).ended()
        #expect(ended.status == 64)
        #expect(ended.error.contains("Usage: heksher"))
    }

    @Test("If the database is unreachable, the program ends with one sentence", arguments: ["serve", "migrate"])
    func noDatabase(command: String) async throws {
        let variables = ["HEKSHER_DB_CONNECTION_STRING": "postgresql://user:hidden@127.0.0.1:1/none"]
        let ended = try await HeksherCommand([command], variables).ended()
        #expect(ended.status == 1)
        #expect(ended.error.split(separator: "\n").count == 1, "\(ended.error)")
        #expect(ended.error.contains("127.0.0.1") && !ended.error.contains("hidden"), "\(ended.error)")
    }

    @Test(
        "'migrate' reports what it applies, and then that nothing is pending; 'serve' needs an up-to-date schema"
    )
    func migrate() async throws {
        try await TestDatabase.with { database in
            let server = try await TestServer.shared()
            let variables = ["HEKSHER_DB_CONNECTION_STRING": server.connectionString(database: database.name)]
            let early = try await HeksherCommand.run("serve", "--port", "0", variables: variables)
            #expect(early.status == 1)
            #expect(early.error.contains("heksher migrate"), "\(early.error)")
            #expect(
                try await HeksherCommand.run("migrate", "--status", variables: variables).output.hasPrefix(
                    "pending  0001_"))
            #expect(
                try await HeksherCommand.run("migrate", "--dry-run", variables: variables).output.contains(
                    "CREATE TABLE"))
            #expect(try await HeksherCommand.run("migrate", variables: variables).output.hasPrefix("applied  0001_"))
            #expect(
                try await HeksherCommand.run("migrate", "--status", variables: variables).output.hasPrefix(
                    "applied  0001_"))
            #expect(try await HeksherCommand.run("migrate", "--dry-run", variables: variables).output == "")
            #expect(
                try await HeksherCommand.run("migrate", variables: variables).output == "The schema is up to date.\n")
            let serving = try HeksherCommand(["serve", "--port", "0"], variables)
            let address = try await serving.address()
            #expect(try await serving.client().getHealth().ok.version == "0.1.0")
            let port = try #require(address.split(separator: ":").last)
            let second = try await HeksherCommand.run(
                "serve", variables: variables.merging(["PORT": String(port)]) { $1 })
            #expect(second.status == 1)
            #expect(second.error.contains(port) && second.error.split(separator: "\n").count == 1, "\(second.error)")
            serving.signal(SIGTERM)
            #expect(try await serving.ended().status == 0)
        }
    }

    @Test("'dev' keeps its data, and stops its PostgreSQL server after SIGTERM and SIGKILL")
    func dev() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "heksher-dev-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: directory) }
        let postmaster = directory.appending(path: "postgres/data/postmaster.pid").path()

        let first = try HeksherCommand(["dev", "--port", "0", "--directory", directory.path(), "--sample"])
        let sample = try await first.client().queryRules().ok.body
        #expect(sample.settings.keys.contains("search.results_per_page"))
        let address = try await first.address()
        try await first.said("\nOpen \(address)/ for an overview, and \(address)/docs for the API.")
        let second = try await HeksherCommand.run("dev", "--port", "0", "--directory", directory.path())
        #expect(second.status == 1)
        #expect(second.error.contains("another process"), "\(second.error)")
        first.signal(SIGTERM)
        #expect(try await first.ended().status == 0)
        #expect(!FileManager.default.fileExists(atPath: postmaster))

        let third = try HeksherCommand(["dev", "--port", "0", "--directory", directory.path()])
        #expect(try await third.client().queryRules().ok.body == sample)
        #expect(FileManager.default.fileExists(atPath: postmaster))
        third.signal(SIGKILL)
        _ = try await third.ended()
        while FileManager.default.fileExists(atPath: postmaster) { try await Task.sleep(for: .milliseconds(10)) }

        let fourth = try HeksherCommand(["dev", "--port", "0", "--directory", directory.path()])
        _ = try await fourth.address()
        fourth.signal(SIGINT)
        #expect(try await fourth.ended().status == 0)
    }
}
