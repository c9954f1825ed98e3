import PosixSupport

/// Questions to the user on a terminal. They wait for the answer, so they run on the main thread, which has no other work.
@MainActor enum Prompt {
    /// Asks for a line.
    ///
    /// - Returns: the line without white space around it; `nil` at the end of the input.
    static func line(_ question: String) -> String? {
        ask(question)
        return readLine()?.trimmed
    }

    /// Asks a question that `y` or `yes` affirms.
    static func confirms(_ question: String) -> Bool {
        ["y", "yes"].contains(line("\(question) [y/N] ")?.lowercased())
    }

    /// Asks for a line that the terminal does not show.
    ///
    /// - Returns: the line without white space around it; `nil` at the end of the input.
    static func secret(_ question: String) -> String? {
        var former = termios()
        guard tcgetattr(STDIN_FILENO, &former) == 0 else { return line(question) }
        var silent = former
        // Ctrl-C comes as a character, so that the terminal never stays silent.
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        ask(question)
        let ending = typed()
        tcsetattr(STDIN_FILENO, TCSADRAIN, &former)
        ask("\n")
        if ending.key == Key.interrupt { interrupt() }
        return ending.key == nil && ending.line.isEmpty ? nil : String(decoding: ending.line, as: UTF8.self).trimmed
    }

    /// Ends the program as Ctrl-C does. Dispatch blocks signals on this thread, and a signal to the whole process arrives at another
    /// thread, perhaps after this one has continued.
    private static func interrupt() {
        var interrupt = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
        raise(SIGINT)
    }

    private enum Key {
        static let interrupt: UInt8 = 0x03
        static let end: UInt8 = 0x04
        static let returns: [UInt8] = [0x0A, 0x0D]
        static let deletions: [UInt8] = [0x08, 0x7F]
    }

    /// Reads until a key ends the line; the key is `nil` at the end of the input.
    private static func typed() -> (line: [UInt8], key: UInt8?) {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                return (line, nil)
            }
            switch byte {
            case Key.interrupt, Key.returns[0], Key.returns[1]: return (line, byte)
            case Key.end: return (line, nil)
            case Key.deletions[0], Key.deletions[1]:
                // A character may have several bytes.
                while let last = line.popLast(), last & 0xC0 == 0x80 {}
            default: line.append(byte)
            }
        }
    }

    private static func ask(_ question: String) {
        try? write(question, to: STDERR_FILENO)
    }
}

extension String {
    /// The text without white space at its ends.
    var trimmed: String {
        String(trimmingPrefix(while: \.isWhitespace).reversed().trimmingPrefix(while: \.isWhitespace).reversed())
    }
}
