import ArgumentParser

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Write the manual, a page for each command, for the program man.",
        discussion: """
            The pages contain the same text as --help.

            EXAMPLE
              heksher manual ~/.local/share/man/man1
              man heksher-rule-add
            """)

    @Argument(help: "The directory to write to. It is made if it is missing.", completion: .directory)
    var directory: String

    func run() throws {
        let pages = try ManualPage.all(of: Heksher.self)
        try WrittenFile.makeDirectories(directory)
        for page in pages { try WrittenFile.write(Array(page.text.utf8), to: "\(directory)/\(page.file)") }
        try show("\(directory)/heksher.1 is the first of \(pages.count) pages.")
    }
}
