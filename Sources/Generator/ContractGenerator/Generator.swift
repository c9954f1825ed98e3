public import ContractDocument
import ContractYAML
public import Diagnostics

/// Generates Swift from OpenAPI documents.
public enum Generator {
    /// A file to write.
    public struct File: Sendable, Hashable {
        /// The name of the file: `Schemas.swift`.
        public var name: String
        /// The content of the file.
        public var text: String
    }

    /// The result of a run of the generator.
    public struct Result: Sendable {
        /// The files, in a fixed order; `nil` if the document has errors.
        public var files: [File]?
        /// Errors, warnings and notes, in the document's order.
        public var diagnostics: [Diagnostic]
    }

    /// Generates Swift from a document. The same document and configuration always result in the same files.
    ///
    /// - Parameters:
    ///   - text: the document, in YAML or JSON.
    ///   - file: the document's path. Diagnostics contain it, and references are relative to it.
    ///   - reading: reads another file that a reference leads to, given its path. It is called once for each file.
    ///   - configuration: the options. They do not affect the names of the files, because build systems need these in
    ///     advance. The file of a part that is not selected contains only a comment.
    public static func generate(
        _ text: [UInt8], file: String, configuration: Configuration = Configuration(),
        reading: @escaping (_ path: String) throws -> [UInt8] = Document.readingNothing
    ) -> Result {
        let checked = checked(text, file, configuration, reading)
        return Result(
            files: checked.planned.map { $0.plan.files(of: $0.document, source: text) },
            diagnostics: checked.diagnostics)
    }

    /// Returns the diagnostics that ``generate(_:file:configuration:reading:)`` would return for a document.
    public static func check(
        _ text: [UInt8], file: String, configuration: Configuration = Configuration(),
        reading: @escaping (_ path: String) throws -> [UInt8] = Document.readingNothing
    ) -> [Diagnostic] {
        checked(text, file, configuration, reading).diagnostics
    }

    private static func checked(
        _ text: [UInt8], _ file: String, _ configuration: Configuration, _ reading: @escaping (String) throws -> [UInt8]
    ) -> (planned: (document: Document, plan: Plan)?, diagnostics: [Diagnostic]) {
        DeepStack.run { planned(text, file, configuration, reading) }
    }

    private static func planned(
        _ text: [UInt8], _ file: String, _ configuration: Configuration, _ reading: @escaping (String) throws -> [UInt8]
    ) -> (planned: (document: Document, plan: Plan)?, diagnostics: [Diagnostic]) {
        var files: [String: Swift.Result<[UInt8], any Error>] = [:]
        let readingOnce = { (path: String) throws -> [UInt8] in
            let result = files[path] ?? Swift.Result { try reading(path) }
            files[path] = result
            return try result.get()
        }
        var omissions = configuration.omissions
        var warnings: [Diagnostic] = []
        // Leaving out a faulty component can make others faulty, so this repeats until no component is left out.
        while true {
            let parsed = Document.parse(text, file: file, omitting: omissions, reading: readingOnce)
            guard let document = parsed.document else { return (nil, parsed.diagnostics) }
            let (plan, refusals) = Plan.make(of: document, configuration)
            // If a line has an error already, further errors about it would only repeat it.
            let wrong = Set(parsed.diagnostics.filter { $0.severity == .error }.map(Line.init(of:)))
            let all = parsed.diagnostics + refusals.filter { !wrong.contains(Line(of: $0)) } + warnings
            let omitted = configuration.omitted(of: document, all)
            if !omitted.names.isSubset(of: omissions.schemas) {
                omissions.schemas.formUnion(omitted.names)
                warnings += omitted.warnings
                continue
            }
            let diagnostics = configuration.counted(all.inOrder(of: file))
            let hasErrors = diagnostics.contains { $0.severity == .error }
            return (hasErrors ? nil : (document, plan), diagnostics)
        }
    }
}

/// The line of a diagnostic.
private struct Line: Hashable {
    var file: String
    var number: Int?

    init(of diagnostic: Diagnostic) {
        file = diagnostic.file
        number = diagnostic.position?.line
    }
}

extension Plan {
    /// Plans a document. Do not use the plan if there are errors among the diagnostics.
    static func make(of document: Document, _ configuration: Configuration) -> (plan: Plan, diagnostics: [Diagnostic]) {
        let whole = document
        let document = document.withInheritance
        var planner = OperationPlanner(document: document, configuration: configuration)
        planner.schemas.planComponents()
        planner.planOperations()
        planner.schemas.breakCycles()
        let plan = Plan(
            configuration: configuration, title: document.info.title, types: planner.schemas.types,
            patterns: planner.schemas.patterns, validators: planner.schemas.validators,
            validatedComponents: planner.schemas.validatedComponents, defaults: planner.schemas.defaults,
            responses: planner.responses, credentials: planner.security.cases,
            servers: planner.servers, tags: planner.tags)
        let twins = configuration.parts.contains(.server) ? document.twinPaths : []
        let complaints =
            twins + configuration.complaints(about: whole, properties: planner.schemas.names.usedProperties)
        return (plan, planner.schemas.diagnostics + complaints)
    }

    func files(of document: Document, source: [UInt8]) -> [Generator.File] {
        [
            file("Schemas", .types) { schemas() },
            file("SchemaCoding", .types) { schemaCoding() },
            file("Patterns", .types) { patternTable() },
            file("Responses", .types) { sharedResponses() },
            file("Operations", .types) { operationNamespaces() },
            file("OperationCoding", .types) { operationCoding() },
            file("Security", .types) { security() },
            file("Server", .server) { server() },
            file("Document", .server) {
                let json = document.json
                // JSON is also YAML.
                return self.document(
                    json: json, source: document.isInOneFile ? String(decoding: source, as: UTF8.self) : json)
            },
            file("Client", .client) { client() },
        ]
    }

    private func file(_ name: String, _ part: Configuration.Part, _ text: () -> String) -> Generator.File {
        let isWanted = configuration.parts.contains(part)
        return Generator.File(
            name: "\(name).swift",
            text: isWanted
                ? text()
                : "// openapi-generator.yaml does not ask for the \(part.rawValue).\n")
    }
}
