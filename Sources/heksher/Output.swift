import Glibc

/// Tells the person at the terminal what goes on.
func say(_ line: String) {
    // Nothing is left to do if nobody can be told.
    try? write(line.printable(keeping: "\n") + "\n", to: STDERR_FILENO)
}

/// Prints what a command was asked for.
///
/// - Throws: ``OutputError``.
func show(_ text: String) throws(OutputError) {
    try write(text + "\n", to: STDOUT_FILENO)
}

/// Why the standard output stream takes no more.
struct OutputError: Error, CustomStringConvertible {
    var description: String
}

/// The columns of the terminal that the standard output stream is; `nil` if it is none.
func terminalWidth() -> Int? {
    var size = winsize()
    guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
        return nil
    }
    return Int(size.ws_col)
}

private func write(_ text: String, to descriptor: Int32) throws(OutputError) {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
        let written = bytes[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written >= 0 {
            start += written
        } else if errno != EINTR {
            throw OutputError(description: "the output cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}
