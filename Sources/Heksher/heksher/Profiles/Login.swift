import ArgumentParser
import Configuration
import HTTPGuard
import HeksherAPI
import HeksherServer
import PosixSupport
import Telemetry

struct Login: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Store the address of a service and a token for it, as a profile.",
        discussion: """
            The profile becomes the current one, so that client commands need no further options. The profiles are in \
            ~/.config/heksher/config, which only you can read.

            On a terminal, the command asks for the address and the token unless they are given. Otherwise, the token is the first \
            line of the standard input stream. Before it stores the profile, it tries the token.

            EXAMPLES
              heksher login --url localhost:8080
              heksher login --url https://heksher.example.com --profile production
              heksher login --url https://heksher.example.com < token.txt
            """)

    @Option(help: "The address of the service to store. (default: the terminal asks for it)")
    var url: String?

    @Option(help: "The name of the profile to store.", completion: .profiles)
    var profile = "default"

    @Option(
        help: ArgumentHelp(
            "The file of certificates, in PEM, of the authorities to trust for this service.", valueName: "file"),
        completion: .file())
    var cacert: String?

    func validate() throws {
        guard Profile.isName(profile) else {
            throw ValidationError("--profile: the name of a profile has only letters, digits, \"_\", \".\" and \"-\"")
        }
        do {
            if let url { _ = try ServiceAddress(parsing: url) }
        } catch {
            throw ValidationError("--url: \(error)")
        }
    }

    func run() async throws {
        var profiles = try ProfileFile.standard.read()
        let former = profiles.list.first { $0.name == profile }
        let address = try await address(else: former?.url ?? "http://127.0.0.1:8080")
        let token = await Self.token()
        // The file is found from any folder.
        let cacert = cacert.map { $0.hasPrefix("/") ? $0 : "\(currentFolder())/\($0)" }
        let service = RemoteService(
            address, token: token, authorities: try cacert.map { try ServiceAccess.authorities(in: $0) },
            timeout: .seconds(30), form: .table)
        _ = try await service.read { try await $0.listContextFeatures().ok }
        let version = try await service.read { try await $0.getHealth().ok.version }
        profiles.set(Profile(name: profile, url: address.text, token: token, cacert: cacert))
        try ProfileFile.standard.write(profiles)
        try show(
            "\(address.text) is the profile \(profile), and the current one. It runs Heksher \(version.printable()).")
    }

    private func address(else usual: String) async throws -> ServiceAddress {
        if let url { return try ServiceAddress(parsing: url) }
        guard Terminal.canAsk else { throw ValidationError("--url names the service") }
        while true {
            guard let answer = await Prompt.line("Address of the service [\(usual)]: ") else {
                throw ValidationError("--url names the service")
            }
            do {
                return try ServiceAddress(parsing: answer.isEmpty ? usual : answer)
            } catch {
                say("heksher: \(error)")
            }
        }
    }

    private static func token() async -> String? {
        let answer =
            Terminal.canAsk
            ? await Prompt.secret("Token (empty if the service asks for none): ")
            : await MainActor.run { readLine()?.trimmed }
        return answer.flatMap { $0.isEmpty ? nil : $0 }
    }
}

struct Logout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete a profile, and its token with it.",
        discussion: """
            The token stays valid for the service; its operator removes it from the access file.

            EXAMPLE
              heksher logout --profile production
            """)

    @Option(help: "The profile to delete. (default: the current one)", completion: .profiles)
    var profile: String?

    func run() async throws {
        var profiles = try ProfileFile.standard.read()
        guard let name = profile ?? profiles.current else { throw ConfigurationError("there is no current profile") }
        guard profiles.remove(name) else { throw ConfigurationError("there is no profile '\(name)'") }
        try ProfileFile.standard.write(profiles)
        try show("The profile \(name.printable()) is deleted.")
    }
}

struct ProfilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles", abstract: "List the profiles, or choose the current one.",
        discussion: """
            EXAMPLES
              heksher profiles
              heksher profiles --use production
            """)

    @Option(
        help: ArgumentHelp("Make this profile the current one.", valueName: "profile"), completion: .profiles)
    var use: String?

    func run() async throws {
        var profiles = try ProfileFile.standard.read()
        if let use {
            guard let profile = try profiles.profile(use) else { return }
            profiles.current = profile.name
            try ProfileFile.standard.write(profiles)
        }
        var table = Table(.fixed("PROFILE"), .flexible("ADDRESS"), .fixed("TOKEN"), .fixed("CURRENT"))
        for profile in profiles.list {
            table.add(
                profile.name, profile.url, profile.token == nil ? "no" : "yes",
                profile.name == profiles.current ? "yes" : "")
        }
        guard !table.isEmpty else { return say("There are no profiles: 'heksher login' stores one.") }
        try show(
            table.text(width: terminalSize()?.columns, isStyled: Style.isEnabled(on: STDOUT_FILENO)))
    }
}
