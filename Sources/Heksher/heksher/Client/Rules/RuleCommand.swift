import ArgumentParser

struct RuleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rule",
        abstract: "Add, find, show, change and delete rules.",
        discussion: """
            A rule gives a setting another value where all of its conditions hold. 'heksher query' shows all rules.
            """,
        subcommands: [RuleAdd.self, RuleFind.self, RuleGet.self, RuleSet.self, RuleRemove.self])

    /// The sentence about a rule that does not exist; the service's response has none.
    static func unknown(_ id: Int) -> String { "rule \(id) does not exist" }
}
