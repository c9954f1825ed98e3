import Testing

/// Misspelt commands and options.
@Suite(.timeLimit(.minutes(20))) struct SuggestionTests {
    @Test(
        "A misspelt command or option ends with status 64 and a suggestion",
        arguments: [
            (["gte"], "'heksher' has no command 'gte'. Did you mean 'get'?"),
            (["halthcheck"], "'heksher' has no command 'halthcheck'. Did you mean 'healthcheck'?"),
            (["delete", "x"], "'heksher' has no command 'delete'. Did you mean 'rm'?"),
            (["nothing"], "'heksher' has no command 'nothing'.\nUsage: heksher <subcommand>\n"),
            (["rule", "ad", "x", "1"], "'heksher rule' has no command 'ad'. Did you mean 'add'?"),
            (["features", "lst"], "'heksher features' has no command 'lst'. Did you mean 'list'?"),
            (["help", "nope"], "'heksher' has no command 'nope'."),
            (["help", "rule", "remove"], "'heksher rule' has no command 'remove'. Did you mean 'rm'?"),
            (["get", "--jsn"], "There is no option '--jsn'. Did you mean '--json'?"),
            (
                ["rule", "add", "x", "1", "--wen", "a=b"],
                "There is no option '--wen'. Did you mean '--when'?\nUsage: heksher rule add "
            ),
            (["features", "--colums=a"], "There is no option '--colums'. Did you mean '--columns'?"),
            (["serve", "--prot", "1"], "There is no option '--prot'. Did you mean '--port'?"),
            (["get", "--frobnicate"], "There is no option '--frobnicate'.\n"),
        ])
    func misspelt(arguments: [String], sentence: String) async throws {
        let ended = try await HeksherCommand(arguments).ended()
        #expect(ended.status == 64 && ended.output.isEmpty, "\(ended)")
        #expect(ended.error.hasPrefix("heksher: \(sentence)") && ended.error.contains("Usage: heksher"), "\(ended)")
    }

    @Test(
        "The right words are no mistakes",
        arguments: [
            ["help"], ["help", "rule", "add"], ["rule", "--help"], ["help", "--help"], ["features", "--help"],
        ])
    func right(arguments: [String]) async throws {
        let ended = try await HeksherCommand(arguments).ended()
        #expect(ended.status == 0 && ended.output.contains("USAGE: heksher"), "\(ended)")
    }
}
