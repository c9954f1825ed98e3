import PosixSupport
import Telemetry

/// Prints a message for the user.
func say(_ line: String) {
    // If the message cannot be written, there is nothing left to do.
    try? write(line.printable(keeping: "\n") + "\n", to: STDERR_FILENO)
}

/// Prints a message for the operator of a service, in the order of the log. It never waits: see ``LineWriter``.
func tellOperator(_ line: String) {
    LineWriter.standardError.write(line.printable(keeping: "\n"))
}

/// Prints the output of a command.
///
/// - Throws: ``OutputError``.
func show(_ text: String) throws(OutputError) {
    try write(text + "\n", to: STDOUT_FILENO)
}

/// The reason why writing to standard output failed.
struct OutputError: Error, CustomStringConvertible {
    var description: String
}

/// Whether standard output is a terminal.
func outputIsTerminal() -> Bool { isatty(STDOUT_FILENO) == 1 }

/// The number of columns of the terminal on standard output; `nil` if it is not a terminal, or does not report them.
func terminalWidth() -> Int? {
    var size = winsize()
    guard outputIsTerminal(), ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
        return nil
    }
    return Int(size.ws_col)
}

private func write(_ text: String, to descriptor: Int32) throws(OutputError) {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
        let written = bytes[start...].withUnsafeBytes { writeSome($0, to: descriptor) }
        if written >= 0 {
            start += written
        } else if errno != EINTR {
            throw OutputError(description: "the output cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}
