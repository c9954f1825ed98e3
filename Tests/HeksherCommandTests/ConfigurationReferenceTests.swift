import ContractJSON
import HeksherServer
import Testing

/// `heksher help --environment`.
@Suite(.timeLimit(.minutes(20))) struct ConfigurationReferenceTests {
    @Test("The list contains every variable and option, with its meaning, default and release")
    func text() async throws {
        let ended = try await HeksherCommand.run("help", "--environment")
        #expect(ended.status == 0 && ended.error == "")
        for variable in EnvironmentVariable.allCases {
            #expect(ended.output.contains("\n  \(variable.name)\n    \(variable.declaration.meaning.prefix(20))"))
        }
        for option in ["--host <host>", "--sample", "--token <token>", "--where <filter>", "--version <version>"] {
            #expect(ended.output.contains("\n  \(option)\n"))
        }
        let words = ended.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("Read by: serve, dev, healthcheck, client. Since: 0.1.0."))
        #expect(!ended.output.contains("\n  --help") && !ended.output.contains("\n  --version\n"))
        #expect(!ended.output.contains("help-environment") && words.contains("Read by: help --environment."))
    }

    @Test(
        "With --json, it is a document with the same entries",
        arguments: [["--environment", "--json"], ["--json", "--environment"]])
    func json(options: [String]) async throws {
        let ended = try await HeksherCommand(["help"] + options).ended()
        #expect(ended.status == 0)
        let text = try JSONValue(parsing: ended.output).text
        #expect(
            text.contains(
                #"{"name":"HEKSHER_DB_POOL_SIZE","meaning":"The most connections to the database, besides one for queries.","#
                    + #""default":"8","since":"0.1.0","commands":["serve","dev"],"secret":false}"#))
        #expect(text.contains(#""name":"SENTRY_DSN""#) && text.contains(#""since":"the original""#))
        #expect(text.contains(#""name":"--url <url>","meaning":"The address of the service.","#))
        #expect(text.contains(#""commands":["client"]"#))
    }

    @Test("The command behind it is not listed")
    func hidden() async throws {
        let ended = try await HeksherCommand.run("--help")
        #expect(!ended.output.contains("help-environment"))
        let words = ended.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("help --environment"))
        #expect(try await HeksherCommand.run("help", "serve").output.contains("USAGE: heksher serve"))
    }
}
