import HTTPGuard
import HeksherServer

/// A service that the user works with, stored under a name.
struct Profile: Equatable {
    var name: String
    var url: String
    var token: String?
    /// The file with the certificates of the authorities to trust.
    var cacert: String?

    /// The address of the service.
    ///
    /// - Throws: `ConfigurationError`.
    func address() throws(ConfigurationError) -> ServiceAddress {
        do {
            return try ServiceAddress(parsing: url)
        } catch {
            throw ConfigurationError("the profile \(name): \(error)")
        }
    }

    /// Whether a text can be the name of a profile: letters, digits, `_`, `.` and `-`.
    static func isName(_ text: String) -> Bool { text.wholeMatch(of: /[A-Za-z0-9_.-]+/) != nil }
}

/// The stored profiles, and which of them is the current one.
///
/// The text is in the form of many programs: `key = value` below `[name]`. Lines that begin with `#` are comments.
///
///     current = production
///
///     [production]
///     url = https://heksher.example.com
///     token = heksher_…
struct Profiles: Equatable {
    var current: String?
    /// In the order of the file.
    var list: [Profile] = []

    init() {}

    /// - Throws: `ConfigurationError` that names the file and the line.
    init(parsing text: String, of file: String) throws(ConfigurationError) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(line).trimmed
            func fail(_ sentence: String) -> ConfigurationError {
                ConfigurationError("\(file):\(index + 1): \(sentence)")
            }
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("[") {
                let name = String(line.dropFirst().dropLast())
                guard line.hasSuffix("]"), Profile.isName(name) else { throw fail("the name of a profile is [name]") }
                list.append(Profile(name: name, url: ""))
                continue
            }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String($0).trimmed }
            guard parts.count == 2 else { throw fail("a line is key = value, or [name]") }
            switch (parts[0], list.indices.last) {
            case ("current", nil): current = parts[1]
            case ("url", let last?): list[last].url = parts[1]
            case ("token", let last?): list[last].token = parts[1]
            case ("cacert", let last?): list[last].cacert = parts[1]
            default: throw fail("there is no key '\(parts[0])' here; a profile has url, token and cacert")
            }
        }
    }

    /// The text of the file.
    var text: String {
        var text = "# The profiles of heksher login. A profile is chosen with --profile or HEKSHER_PROFILE.\n"
        if let current { text += "current = \(current)\n" }
        for profile in list {
            text += "\n[\(profile.name)]\nurl = \(profile.url)\n"
            if let token = profile.token { text += "token = \(token)\n" }
            if let cacert = profile.cacert { text += "cacert = \(cacert)\n" }
        }
        return text
    }

    /// The profile of a name, or the current one.
    ///
    /// - Returns: `nil` if there is no current one.
    /// - Throws: `ConfigurationError` if the name is unknown.
    func profile(_ name: String?) throws(ConfigurationError) -> Profile? {
        guard let name = name ?? current else { return nil }
        guard let profile = list.last(where: { $0.name == name }) else {
            let known = list.isEmpty ? "" : "; there are \(list.map(\.name).listed)"
            throw ConfigurationError(
                "there is no profile '\(name)'\(known): 'heksher login --profile \(name)' stores it")
        }
        return profile
    }

    /// Adds a profile, or replaces that of the same name, and makes it the current one.
    mutating func set(_ profile: Profile) {
        if let index = list.firstIndex(where: { $0.name == profile.name }) {
            list[index] = profile
        } else {
            list.append(profile)
        }
        current = profile.name
    }

    /// Removes a profile. If it was the current one, there is no current one.
    ///
    /// - Returns: whether there was such a profile.
    mutating func remove(_ name: String) -> Bool {
        if current == name { current = nil }
        let count = list.count
        list.removeAll { $0.name == name }
        return list.count < count
    }
}
