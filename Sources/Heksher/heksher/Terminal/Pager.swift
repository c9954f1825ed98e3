import ArgumentParser
import Configuration
import HeksherServer
import PosixSupport

/// A command whose output can be long, so that a pager shows it on a terminal.
protocol PagedCommand: AsyncParsableCommand {
    /// Whether this output goes through the pager, if it does not fit on the terminal.
    var isPaged: Bool { get }
}

extension PagedCommand {
    var isPaged: Bool { true }
}

/// Shows a long text on a terminal, page by page.
enum Pager {
    /// Shows a text that ends with a line feed: with the pager if the terminal is too small, otherwise at once. It returns when the user
    /// leaves the pager, so it runs on the main thread, which has no other work.
    ///
    /// - Throws: ``OutputError``.
    @MainActor static func show(_ text: String) throws(OutputError) {
        guard let size = terminalSize(), !Terminal.isDumb, lineCount(text, width: size.columns) >= size.rows,
            run(command, with: text)
        else { return try write(text, to: STDOUT_FILENO) }
    }

    /// The number of lines on a terminal with this many columns.
    static func lineCount(_ text: String, width: Int) -> Int {
        text.unstyled.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .reduce(0) { $0 + max(1, (String($1).displayWidth + width - 1) / width) }
    }

    /// A command of the shell. As for git, `less` ends by itself if the text fits, shows colours, and leaves the text on the terminal.
    private static var command: String {
        let start = "LESS=${LESS-FRX}; export LESS; "
        if let chosen = try? ConfigReader.environment.text(.pager) { return start + chosen }
        return start + "for pager in less more; do command -v $pager >/dev/null && exec $pager; done; exec cat"
    }

    /// - Returns: whether the program could be started.
    private static func run(_ command: String, with text: String) -> Bool {
        guard let pipe = popen(command, "w") else { return false }
        // Ctrl-C is meant for the pager, and a pager that ends early does not end this program.
        let former = signal(SIGINT, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        fputs(text, pipe)
        pclose(pipe)
        signal(SIGINT, former)
        return true
    }
}
