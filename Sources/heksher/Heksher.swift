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
            """,
        version: HeksherApplication.version,
        subcommands: [Serve.self, Migrate.self, Healthcheck.self, Dev.self])

    /// Runs the command that was asked for. What goes wrong ends in one sentence, and in exit status 78 (`EX_CONFIG` of
    /// sysexits.h) if it is the configuration's fault.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as ConfigurationError {
            say("heksher: \(error)")
            exit(withError: ExitCode(78))
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

/// Tells the person at the terminal what goes on.
func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
