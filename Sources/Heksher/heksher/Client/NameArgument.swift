import ArgumentParser
import HeksherAPI

/// The name of a setting or of a context feature on the command line. The service validates names, but an empty name would request all of
/// them.
struct NameArgument: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        text = argument
    }

    /// Whether it stands for several settings: `*` for any characters, and `?` for one.
    var isPattern: Bool { text.contains { $0 == "*" || $0 == "?" } }

    /// Whether a name matches the pattern.
    func matches(_ name: String) -> Bool { Self.matches(Array(text)[...], Array(name)[...]) }

    /// Linear in the product of both lengths: after a failure, only the last `*` takes more characters.
    private static func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
        var (pattern, name) = (pattern, name)
        var retry: (pattern: ArraySlice<Character>, name: ArraySlice<Character>)?
        while !name.isEmpty || !pattern.isEmpty {
            if pattern.first == "*" {
                pattern = pattern.dropFirst()
                retry = (pattern, name)
            } else if let character = name.first, let wanted = pattern.first, wanted == "?" || wanted == character {
                (pattern, name) = (pattern.dropFirst(), name.dropFirst())
            } else if let last = retry, !last.name.isEmpty {
                retry = (last.pattern, last.name.dropFirst())
                (pattern, name) = (last.pattern, last.name.dropFirst())
            } else {
                return false
            }
        }
        return true
    }
}

extension [NameArgument] {
    var havePattern: Bool { contains { $0.isPattern } }

    /// The names, with the names of all matching settings in place of a pattern.
    ///
    /// - Throws: ``Refusal``, also if no setting matches a pattern.
    func expanded(_ service: RemoteService) async throws -> [String] {
        guard havePattern else { return map(\.text) }
        return try expanded(among: try await service.read { try await $0.listSettings().ok.settings.map(\.name) })
    }

    /// - Parameter known: the names of all settings.
    /// - Throws: ``Refusal`` if no setting matches a pattern.
    func expanded(among known: [String]) throws -> [String] {
        var names: [String] = []
        for argument in self {
            guard argument.isPattern else {
                names.append(argument.text)
                continue
            }
            let matching = known.filter(argument.matches)
            guard !matching.isEmpty else { throw Refusal(.notFound, "no setting matches \(argument.text)") }
            names += matching.filter { !names.contains($0) }
        }
        return names
    }
}

/// The argument of a command that needs one setting.
struct SettingArgument: ParsableArguments {
    @Argument(help: "The setting, by name or alias.", completion: .settings)
    var setting: NameArgument

    var text: String { setting.text }
}
