import ArgumentParser
import HeksherServer

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make tokens for those who may use a service.", subcommands: [TokenNew.self])
}

struct TokenNew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a token.",
        discussion: """
            Prints the line for HEKSHER_ACCESS_FILE, and on the standard error stream the token, which cannot be found out \
            from the line. The line ends with the prefixes, or with * for a token without limits. SIGHUP makes a running \
            service read its file again:

              heksher token new checkout --role declare --prefix checkout. >> access
              kill -HUP PID
            """)

    @Argument(help: "The token's name in the log, for example the program or person that uses it.")
    var name: String

    @Option(
        help: "read; declare: declare settings, too; write: everything.",
        completion: .list(["read", "declare", "write"]),
        transform: { text in
            guard let role = AccessRole(rawValue: text) else {
                throw ValidationError("a role is read, declare or write")
            }
            return role
        })
    var role: AccessRole

    @Option(help: "Limit it to settings whose names begin so; may be given several times.")
    var prefix: [String] = []

    func run() async throws {
        let token = try NewToken(name: name, role: role, prefixes: prefix)
        say("The token of \(name), which is shown this once: \(token.text)")
        try show(token.line)
    }
}
