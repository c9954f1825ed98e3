import Configuration
import FoundationEssentials
import HTTPGuard
import HeksherServer
import PosixSupport

/// The file of the profiles. Only its owner can read it, because it contains tokens.
struct ProfileFile {
    /// `nil` if the user has no home.
    let path: String?

    /// `heksher/config` in `XDG_CONFIG_HOME`, which is `~/.config` unless it is set.
    static var standard: ProfileFile {
        let folder = try? ConfigReader.environment.text(.configurationHome)
        let home = ProcessInfo.processInfo.environment["HOME"].flatMap { $0.isEmpty ? nil : "\($0)/.config" }
        return ProfileFile(path: (folder ?? home).map { "\($0)/heksher/config" })
    }

    /// The profiles; none if there is no file.
    ///
    /// - Throws: `ConfigurationError`.
    func read() throws(ConfigurationError) -> Profiles {
        guard let path else { return Profiles() }
        guard let file = fopen(path, "r") else {
            guard errno == ENOENT || errno == ENOTDIR else { throw .failed(path) }
            return Profiles()
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        guard ferror(file) == 0 else { throw .failed(path) }
        return try Profiles(parsing: String(decoding: bytes, as: UTF8.self), of: path)
    }

    /// Replaces the file, or creates it and its folders.
    ///
    /// - Throws: `ConfigurationError`.
    func write(_ profiles: Profiles) throws(ConfigurationError) {
        guard let path else {
            throw ConfigurationError(
                "profiles need a place: set HOME, or \(EnvironmentVariable.configurationHome.name)")
        }
        var folder = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
            folder += "\(part)/"
            guard folder == "/" || mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw .failed(folder) }
        }
        // Another process sees the old file or the new one.
        let draft = "\(path).\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failed(draft) }
        do {
            try heksher.write(profiles.text, to: descriptor)
        } catch {
            close(descriptor)
            unlink(draft)
            throw ConfigurationError("\(path): \(error)")
        }
        guard close(descriptor) == 0, rename(draft, path) == 0 else { throw .failed(path) }
    }
}

extension ConfigurationError {
    fileprivate static func failed(_ path: String) -> ConfigurationError {
        ConfigurationError("\(path): \(String(cString: strerror(errno)))")
    }
}

/// The folder in which the program runs.
func currentFolder() -> String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
}
