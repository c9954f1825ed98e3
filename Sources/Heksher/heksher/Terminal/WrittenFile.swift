import PosixSupport

/// Files that commands write.
enum WrittenFile {
    /// Creates a directory, and missing directories above it.
    static func makeDirectories(_ path: String) throws(WriteError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            made += "\(name)/"
            guard mkdir(made, 0o777) == 0 || errno == EEXIST else { throw .last(made) }
        }
    }

    /// Writes a file, in place of any file of this name.
    static func write(_ body: [UInt8], to path: String) throws(WriteError) {
        guard let file = fopen(path, "wb") else { throw .last(path) }
        let count = fwrite(body, 1, body.count, file)
        guard fclose(file) == 0, count == body.count else { throw .last(path) }
    }
}

/// The reason why a file could not be written.
struct WriteError: Error, CustomStringConvertible {
    var description: String

    fileprivate static func last(_ path: String) -> WriteError {
        WriteError(description: "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
