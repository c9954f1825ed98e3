import ArgumentParser
import Dispatch
import HeksherClient
import Synchronization

// The words that a shell offers while the user types. The parser runs these functions for the scripts of `heksher completion`.

extension CompletionKind {
    /// The names of the service's settings.
    static var settings: CompletionKind {
        .custom { words, _, _ in
            CompletionRequest(words).names { try await $0.read { try await $0.listSettings().ok.settings.map(\.name) } }
        }
    }

    /// The names of the service's context features.
    static var features: CompletionKind { features { $0 } }

    /// The beginnings of conditions: `tenant=`.
    static var conditions: CompletionKind { features { "\($0)=" } }

    private static func features(_ form: @escaping @Sendable (String) -> String) -> CompletionKind {
        .custom { words, _, _ in
            CompletionRequest(words).names { service in
                try await service.read { try await $0.listContextFeatures().ok.contextFeatures }.map(form)
            }
        }
    }

    /// The names of the stored profiles.
    static var profiles: CompletionKind {
        .custom { _, _, _ in (try? ProfileFile.standard.read().list.map(\.name)) ?? [] }
    }

    /// The simple types of settings, and the first words of the others. The script of fish does not quote brackets.
    static var types: CompletionKind {
        .list(["int", "float", "str", "bool", "Enum", "Flags", "Sequence", "Mapping"])
    }
}

/// A line that the user is typing, which may name the service.
private struct CompletionRequest {
    /// A shell waits for the words, so a service that does not answer in this time has none.
    private static let seconds = 2

    private let options: ServiceOptions?

    init(_ words: [String]) {
        var arguments: [String] = ["--timeout", "\(Self.seconds)"]
        for (index, word) in words.enumerated() {
            for name in ["--url", "--profile", "--cacert", "--token"] {
                if word.hasPrefix("\(name)=") { arguments.append(Self.unquoted(word)) }
                if word == name, index + 1 < words.count { arguments += [name, Self.unquoted(words[index + 1])] }
            }
        }
        options = try? ServiceOptions.parse(arguments)
    }

    /// The shell passes words as the user types them.
    private static func unquoted(_ word: String) -> String { word.filter { !"'\"\\".contains($0) } }

    /// Asks the service for names. It waits for them on the calling thread, the main one, which has no other work.
    ///
    /// - Returns: nothing if the service cannot be asked.
    func names(_ read: @escaping @Sendable (RemoteService) async throws -> [String]) -> [String] {
        guard let options, let service = try? options.service() else { return [] }
        let (found, end) = (FoundNames(), DispatchSemaphore(value: 0))
        Task {
            if let names = try? await read(service) { found.set(names) }
            end.signal()
        }
        _ = end.wait(timeout: .now() + .seconds(Self.seconds))
        return found.list
    }
}

/// Names that one thread finds for another one.
private final class FoundNames: Sendable {
    private let names = Mutex<[String]>([])

    var list: [String] { names.withLock { $0 } }

    func set(_ list: [String]) { names.withLock { $0 = list } }
}

struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a script with which a shell completes commands.",
        discussion: """
            The script completes commands and options, and asks the service of HEKSHER_URL, of the profile or of --url for the names \
            of settings and context features.

            EXAMPLES
              source <(heksher completion bash)
              heksher completion bash > ~/.local/share/bash-completion/completions/heksher
              heksher completion zsh > ~/.zsh/completions/_heksher
              heksher completion fish > ~/.config/fish/completions/heksher.fish

            In zsh, ~/.zshrc needs two lines: fpath=(~/.zsh/completions $fpath), and then autoload -Uz compinit && compinit.
            """)

    @Argument(help: "The shell: bash, zsh or fish.", completion: .list(["bash", "zsh", "fish"]))
    var shell: String

    func validate() throws {
        guard CompletionShell(rawValue: shell) != nil else {
            throw ValidationError("there are scripts for bash, zsh and fish, not for '\(shell)'")
        }
    }

    func run() throws {
        guard let shell = CompletionShell(rawValue: shell) else { return }
        try show(Heksher.completionScript(for: shell))
    }
}
