/// The three descriptors with which each program starts.
public enum StandardStreams {
    /// Opens `/dev/null` in place of closed standard streams (`2>&-`). Otherwise, a file or a connection could get the number of a stream,
    /// and would receive everything that is written to it.
    public static func openClosedOnes() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
            // The system assigns the lowest free number, which is this one.
            let file = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
            if file >= 0, file != descriptor { close(file) }
        }
    }
}

/// Writes bytes to a descriptor: `write(2)`, under a name that no method hides.
///
/// - Returns: the number of bytes written, or -1 with `errno` if none were.
public func writeSome(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
