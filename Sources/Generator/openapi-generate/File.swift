import ArgumentParser
import PosixSupport

/// Reads and writes whole files.
enum File {
    /// The system's reason why a file cannot be read or written.
    struct Failure: Error, CustomStringConvertible {
        var description: String

        static func last(_ path: String) -> Failure {
            Failure(description: "\(path): \(String(cString: strerror(errno)))")
        }
    }

    static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw Failure.last(path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            bytes += chunk[..<count]
            if count < chunk.count { break }
        }
        guard ferror(file) == 0 else { throw Failure.last(path) }
        return bytes
    }

    /// Reads a file. If that fails, it ends the program.
    static func readOrExit(_ path: String) throws -> [UInt8] {
        do {
            return try read(path)
        } catch {
            writeToStandardError("error: \(error)")
            throw ExitCode(66)
        }
    }

    /// Writes a file, unless the file already has this text. Otherwise build systems would rebuild everything that
    /// depends on it.
    static func write(_ text: String, to path: String) throws {
        if let known = try? read(path), known.elementsEqual(text.utf8) { return }
        guard let file = fopen(path, "wb") else { throw Failure.last(path) }
        let written = fwrite(text, 1, text.utf8.count, file)
        guard fclose(file) == 0, written == text.utf8.count else { throw Failure.last(path) }
    }

    static func writeToStandardError(_ line: String) {
        let line = Array((line + "\n").utf8)
        _ = PosixSupport.write(STDERR_FILENO, line, line.count)
    }
}
