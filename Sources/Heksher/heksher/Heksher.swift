import ArgumentParser
import Dispatch
import HTTPGuard
import HeksherServer
import LibPQ
import PosixSupport
import Telemetry

/// The entry point of the program: on the main thread, before there are other threads.
@main
enum Program {
    static func main() {
        StandardStreams.openClosedOnes()
        Heksher.start()
    }
}

struct Heksher: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Dynamic, typed, versioned settings whose values depend on context, served over HTTP.",
        discussion: """
            To try the service, run 'heksher dev', which starts a PostgreSQL server of its own, and in another terminal:
              heksher features add tenant
              heksher declare checkout.retries int 3 --by tenant
              heksher rule add checkout.retries 5 --when tenant=acme
              heksher explain checkout.retries --for tenant=acme

            To run it on a database of yours, set HEKSHER_DB_CONNECTION_STRING, run 'heksher migrate' once, then 'heksher serve'.

            The client commands take the address of the service from --url, from the variable HEKSHER_URL or from the profile that \
            'heksher login' stores, and the token, if the service requires one, from HEKSHER_TOKEN or the profile. They print tables, or \
            with --output the service's JSON, YAML, or CSV. 'heksher help --environment' lists all variables and options, and 'heksher \
            completion' prints a script for your shell.

            EXIT STATUS
              0   Success.
              1   The service refused the request, or an error occurred.
              3   A setting, rule or context feature does not exist.
              4   The request conflicts with stored data: the name is taken, a rule
                  has the same conditions, or the declaration differs.
              64  The arguments are invalid.
              69  The service is unreachable or unhealthy.
              76  The response does not come from a Heksher service.
              77  The service requires a token, or refused the one that was sent.
              78  An environment variable or a profile is missing or invalid.
              Every failure prints a sentence to standard error.
            """,
        version: HeksherApplication.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Service",
                subcommands: [
                    Serve.self, Migrate.self, TokenCommand.self, Healthcheck.self, Dev.self, Docs.self,
                    EnvironmentHelp.self,
                ]),
            CommandGroup(
                name: "Client",
                subcommands: [
                    Get.self, Query.self, Rules.self, Evaluate.self, Explain.self, Watch.self, History.self,
                    Show.self, Undo.self, Export.self, Diff.self, Apply.self, Copy.self, ScheduleCommand.self,
                    Declare.self, SetDefault.self, Rename.self, MetadataCommand.self, Remove.self, RuleCommand.self,
                    FeaturesCommand.self,
                ]),
            CommandGroup(
                name: "Set-up",
                subcommands: [
                    Login.self, Logout.self, ProfilesCommand.self, CompletionCommand.self, ManualCommand.self,
                ]),
        ])

    /// Runs the command. An error ends the program with a sentence and with one of the statuses that the help lists. Those from 64 on are
    /// defined in sysexits.h.
    ///
    /// An asynchronous `main` would run on threads of the runtime, which do not inherit blocked signals, and would hang if it got no
    /// thread.
    static func start() -> Never {
        do {
            // The parser takes a negative number for an option, unless white space precedes it, which JSON allows.
            let arguments = EnvironmentHelp.rewritten(
                CommandLine.arguments.dropFirst().map { $0.isNegativeNumber ? " \($0)" : $0 })
            let command = try parsed(arguments)
            let isService = command is any ServiceCommand
            if isService {
                do {
                    try ServiceProcess.current.begin()
                } catch {
                    fail(error, isService: true)
                }
            }
            run(command, isService: isService)
        } catch {
            if exitCode(for: error) == .success { MainActor.assumeIsolated { showHelp(error) } }
            fail(error, isService: false)
        }
    }

    /// Parses the arguments, and suggests corrections for misspelt ones.
    private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        let commands = CommandTree(Heksher.self)
        if let misspelling = commands.unknownCommand(in: arguments) { throw misspelling }
        do {
            return try parseAsRoot(arguments)
        } catch {
            if exitCode(for: error) == .validationFailure, let misspelling = try commands.unknownOption(in: arguments) {
                throw misspelling
            }
            throw error
        }
    }

    private static func run(_ command: sending any ParsableCommand, isService: Bool) -> Never {
        let task = Task {
            do {
                let isPaged = (command as? any PagedCommand)?.isPaged == true && outputIsTerminal()
                if isPaged { CollectedOutput.begin() }
                var failure: (any Error)?
                do {
                    if var command = command as? any AsyncParsableCommand {
                        try await command.run()
                    } else {
                        var command = command
                        try command.run()
                    }
                } catch {
                    failure = error
                }
                if isPaged { try await Pager.show(CollectedOutput.end()) }
                if let failure { throw failure }
            } catch  where isService && ServiceProcess.current.isEnding {
                ServiceProcess.current.tellOfEnd(by: error)
            } catch {
                if !isService, exitCode(for: error) == .success { await showHelp(error) }
                fail(error, isService: isService)
            }
            // The rest of a service's log gets a short time, because its reader may be gone.
            if isService { LineWriter.standardError.flush(within: lastMoment) }
            PosixSupport.exit(0)
        }
        guard isService else { dispatchMain() }
        ServiceProcess.current.set(cancel: { task.cancel() })
        // Dispatch would unblock signals on this thread. A service has no work for the main queue.
        SignalThread.sleepForever()
    }

    private static func fail(_ error: any Error, isService: Bool) -> Never {
        switch error {
        case let error as ConfigurationError: end(78, "heksher: \(error)", isService)
        case let misspelling as Misspelling:
            say(misspelling.message)
            exit(withError: ExitCode.validationFailure)
        case let refusal as Refusal:
            refusal.tell()
            exit(withError: ExitCode(refusal.status.rawValue))
        case let error as any CustomStringConvertible & Error where !isParsersOwn(error):
            end(ExitCode.failure.rawValue, "heksher: \(error)", isService)
        default:
            if exitCode(for: error) == .validationFailure {
                // The parser repeats the arguments, which may contain any characters.
                say(CommandTree.shortened(fullMessage(for: error)))
                exit(withError: ExitCode.validationFailure)
            }
            exit(withError: error)
        }
    }

    /// Shows a requested help page, or another text of the parser, and ends the program.
    @MainActor private static func showHelp(_ request: any Error) {
        let text = fullMessage(for: request)
        do {
            if !text.isEmpty { try Pager.show(text.hasSuffix("\n") ? text : "\(text)\n") }
        } catch {
            end(ExitCode.failure.rawValue, "heksher: \(error)", false)
        }
        PosixSupport.exit(0)
    }

    /// The time for writing the last lines of a service's log.
    private static let lastMoment = Duration.seconds(1)

    /// Ends the program with a sentence. For a service, it comes after the lines of its log, and waits for no reader.
    private static func end(_ status: Int32, _ sentence: String, _ isService: Bool) -> Never {
        if isService {
            tellOperator(sentence)
            LineWriter.standardError.flush(within: lastMoment)
        } else {
            say(sentence)
        }
        exit(withError: ExitCode(status))
    }

    /// Requested help, and invalid arguments: the parser formats these messages.
    private static func isParsersOwn(_ error: any Error) -> Bool {
        exitCode(for: error) != .failure || error is ExitCode
    }
}

extension String {
    fileprivate var isNegativeNumber: Bool {
        hasPrefix("-") && dropFirst().first.map { $0.isASCII && $0.isNumber } == true
    }
}
