extension Plan {
    /// The text of an emitted file: a comment, imports, and declarations.
    ///
    /// - Parameters:
    ///   - name: the name of the file, without its extension.
    ///   - needsTypes: whether it mentions the types, which may be in another module.
    func file(_ name: String, needsTypes: Bool = false, _ body: (inout SwiftWriter) -> Void) -> String {
        var swift = SwiftWriter(configuration.access)
        swift.line("// Generated from the OpenAPI document of \(title.commentLine). Changes belong there.")
        swift.line()
        if needsTypes, let types = configuration.typesModule {
            swift.line("\(configuration.access.rawValue) import \(types)")
        }
        // All files import the runtime the same way, because Swift refuses a plain import in one file and `internal
        // import` in another.
        swift.line("public import ContractRuntime")
        swift.line()
        // Swift warns about a public import that no public declaration uses.
        swift.line("@usableFromInline typealias _\(name)Runtime = ContractRuntime.JSONValue")
        swift.line()
        body(&swift)
        return swift.text
    }
}
