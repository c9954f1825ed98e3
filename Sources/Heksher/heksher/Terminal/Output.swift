import PosixSupport
import Synchronization
import Telemetry

/// Prints a message for the user. On a terminal, a prefix such as `heksher:` has a colour.
func say(_ line: String) {
    let text = line.printable(keeping: "\n")
    // If the message cannot be written, there is nothing left to do.
    try? write((Style.isEnabled(on: STDERR_FILENO) ? Style.message(text) : text) + "\n", to: STDERR_FILENO)
}

/// Prints a message for the operator of a service, in the order of the log. It never waits: see ``LineWriter``.
func tellOperator(_ line: String) {
    LineWriter.standardError.write(line.printable(keeping: "\n"))
}

/// Prints the output of a command, or adds it to ``CollectedOutput`` while that collects.
///
/// - Throws: ``OutputError``.
func show(_ text: String) throws(OutputError) {
    if !CollectedOutput.add(text) { try write(text + "\n", to: STDOUT_FILENO) }
}

/// The output of a command that is not printed at once: because a pager shows it, or because it is compared with earlier output.
enum CollectedOutput {
    private static let text = Mutex<String?>(nil)

    /// Collects what ``show(_:)`` gets from now on.
    static func begin() { text.withLock { $0 = "" } }

    /// Ends collecting, and returns the text.
    static func end() -> String {
        text.withLock { text in
            defer { text = nil }
            return text ?? ""
        }
    }

    fileprivate static func add(_ line: String) -> Bool {
        text.withLock { text in
            guard text != nil else { return false }
            text?.append("\(line)\n")
            return true
        }
    }
}

/// The reason why writing to standard output failed.
struct OutputError: Error, CustomStringConvertible {
    var description: String
}

/// Whether standard output is a terminal.
func outputIsTerminal() -> Bool { isatty(STDOUT_FILENO) == 1 }

/// The size of the terminal on standard output, in characters; `nil` if it is not a terminal, or does not report its size.
func terminalSize() -> (rows: Int, columns: Int)? {
    var size = winsize()
    guard outputIsTerminal(), ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return nil }
    return (Int(size.ws_row), Int(size.ws_col))
}

/// Writes a text, whatever it contains.
func write(_ text: String, to descriptor: Int32) throws(OutputError) {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
        let written = bytes[start...].withUnsafeBytes { writeSome($0, to: descriptor) }
        if written >= 0 {
            start += written
        } else if errno == EPIPE, descriptor == STDOUT_FILENO {
            endWithoutReader()
        } else if errno != EINTR {
            throw OutputError(description: "the output cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}

/// Ends the program as other programs end if the reader of their output has gone, such as `head`: silently, by SIGPIPE. NIO ignores the
/// signal.
private func endWithoutReader() -> Never {
    signal(SIGPIPE, SIG_DFL)
    kill(getpid(), SIGPIPE)
    _exit(128 + SIGPIPE)
}
