import ArgumentParser

struct FeaturesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "List, add, move and delete context features, and limit their values.",
        discussion: """
            Context features are what values can depend on, from the most general to the most specific. Among the rules that \
            apply, those on more specific features have precedence. Without a subcommand, they are listed.
            """,
        subcommands: [
            FeaturesList.self, FeaturesAdd.self, FeaturesMove.self, FeaturesValues.self, FeaturesRemove.self,
        ],
        defaultSubcommand: FeaturesList.self)
}
