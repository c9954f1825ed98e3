import ArgumentParser
import Glibc
import HeksherServer
import Postgres

@main
struct Heksher: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Dynamic, typed, versioned settings whose values depend on context, served over HTTP.",
        discussion: """
            To try it, run 'heksher dev': it brings a PostgreSQL server of its own. To run it on a database that is there, \
            set HEKSHER_DB_CONNECTION_STRING, run 'heksher migrate' once, then 'heksher serve'.

            The commands that ask a service take its address from --url, or from HEKSHER_URL of the environment. They print \
            tables, or with --json what the service answers. A service that asks for a token takes it from HEKSHER_TOKEN.

            EXIT STATUS
              0   Done.
              1   The service refused, or something went wrong.
              3   What was named does not exist.
              4   It conflicts with what is stored: a name that is taken, a rule
                  with the same conditions, a declaration that differs.
              64  The arguments are wrong.
              69  The service does not answer, or is not well.
              76  What answers is no Heksher service.
              77  The service asks for a token, or for another one.
              78  A variable of the environment is missing or wrong.
              All but 0 come with a sentence on the standard error stream.
            """,
        version: HeksherApplication.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Service",
                subcommands: [
                    Serve.self, Migrate.self, TokenCommand.self, Healthcheck.self, Dev.self, Docs.self,
                ]),
            CommandGroup(
                name: "Client",
                subcommands: [
                    Get.self, Query.self, Declare.self, Remove.self, RuleCommand.self, FeaturesCommand.self,
                ]),
        ])

    /// Runs the command that was asked for. What goes wrong ends in a sentence, and in one of the statuses that the help
    /// lists; those from 64 on are as in sysexits.h.
    static func main() async {
        do {
            // The parser takes a negative number for an option, but for white space in front, which JSON allows.
            let arguments = CommandLine.arguments.dropFirst().map { $0.isNegativeNumber ? " \($0)" : $0 }
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as ConfigurationError {
            say("heksher: \(error)")
            exit(withError: ExitCode(78))
        } catch let refusal as Refusal {
            refusal.tell()
            exit(withError: ExitCode(refusal.status.rawValue))
        } catch let error as any CustomStringConvertible & Error where !isParsersOwn(error) {
            say("heksher: \(error)")
            exit(withError: ExitCode.failure)
        } catch {
            exit(withError: error)
        }
    }

    /// Help that was asked for, and arguments that are wrong: the parser knows how to tell of them.
    private static func isParsersOwn(_ error: any Error) -> Bool {
        exitCode(for: error) != .failure || error is ExitCode
    }
}

extension String {
    fileprivate var isNegativeNumber: Bool {
        hasPrefix("-") && dropFirst().first.map { $0.isASCII && $0.isNumber } == true
    }
}
