import ArgumentParser

@main
struct OpenAPIGenerate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi-generate",
        abstract: "Makes Swift of OpenAPI documents, checks them, and tells what has changed between two.",
        discussion: """
            Documents are those of OpenAPI 3.0, 3.1 and 3.2, in YAML or JSON; their references may lead to other files. What is wrong \
            with one, or not supported, is told in the form that compilers use:

              openapi.yaml:12:9: error: there is no 'Pett' in components/schemas
              openapi.yaml:40:5: note: there is 'Pet'

            Packages need not call this: the plugin ContractGeneratorPlugin does at each build, and \
            `swift package generate-openapi` does for those who commit what is generated.

            The exit status is 0 if all is well, 1 if a document or a configuration has errors, 64 if the command is called \
            otherwise than described here, 66 if a file cannot be read, 73 if one cannot be written.
            """,
        subcommands: [Generate.self, Lint.self, Diff.self, Keywords.self], defaultSubcommand: Generate.self)
}
