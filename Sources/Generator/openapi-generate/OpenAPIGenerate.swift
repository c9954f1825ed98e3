import ArgumentParser

@main
struct OpenAPIGenerate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi-generate",
        abstract: "Generates Swift from OpenAPI documents, checks documents, and compares two of them.",
        discussion: """
            Documents can be of OpenAPI 3.0, 3.1 or 3.2, in YAML or JSON, and can refer to other files. Errors and warnings have the \
            form that compilers use:

              openapi.yaml:12:9: error: there is no 'Pett' in components/schemas
              openapi.yaml:40:5: note: there is 'Pet'

            A package need not call this program: the plugin ContractGeneratorPlugin runs it at each build. To commit the \
            generated files, use `swift package generate-openapi`.

            The exit status is 0 after success, 1 if a document or a configuration has errors, 64 for wrong arguments, 66 if a \
            file cannot be read, and 73 if a file cannot be written.
            """,
        subcommands: [Generate.self, Lint.self, Diff.self, Keywords.self], defaultSubcommand: Generate.self)
}
