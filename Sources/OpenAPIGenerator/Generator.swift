public import OpenAPIDocument
public import YAML

/// Makes Swift of OpenAPI documents.
public enum Generator {
    /// A file to be written.
    public struct File: Sendable, Hashable {
        /// `Schemas.swift`
        public var name: String
        public var text: String
    }

    public struct Result: Sendable {
        /// The files, in a fixed order; `nil` when the document has errors.
        public var files: [File]?
        /// Errors, warnings and notes, in the document's order.
        public var diagnostics: [Diagnostic]
    }

    /// Reads a document and makes Swift of it. The same document always gives the same files.
    ///
    /// - Parameters:
    ///   - text: the document, in YAML or JSON.
    ///   - file: the document's path: its name in diagnostics, and what the paths of references are relative to.
    ///   - reading: reads another file that a reference leads to, by its path; each is read once.
    ///   - configuration: what to make of it. The files are the same, whatever that is, since build systems want to know them
    ///     before; those of a part that is not wanted are empty but for a comment.
    public static func generate(
        _ text: [UInt8], file: String, configuration: Configuration = Configuration(),
        reading: @escaping (_ path: String) throws -> [UInt8] = Document.readingNothing
    ) -> Result {
        let checked = checked(text, file, configuration, reading)
        return Result(
            files: checked.planned.map { $0.plan.files(of: $0.document, source: text) },
            diagnostics: checked.diagnostics)
    }

    /// Tells what ``generate(_:file:configuration:reading:)`` would say of a document.
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
        let parsed = Document.parse(text, file: file, reading: reading)
        guard let document = parsed.document else { return (nil, parsed.diagnostics) }
        let (plan, refusals) = Plan.make(of: document, configuration)
        // What is wrong at a line already is not to be told again in other words.
        let wrong = Set(parsed.diagnostics.filter { $0.severity == .error }.map(Line.init(of:)))
        let diagnostics = (parsed.diagnostics + refusals.filter { !wrong.contains(Line(of: $0)) }).inOrder(of: file)
        let hasErrors = diagnostics.contains { $0.severity == .error }
        return (hasErrors ? nil : (document, plan), diagnostics)
    }
}

/// The line that a diagnostic is about.
private struct Line: Hashable {
    var file: String
    var number: Int?

    init(of diagnostic: Diagnostic) {
        file = diagnostic.file
        number = diagnostic.position?.line
    }
}

extension Plan {
    /// Plans a document. The plan is good only without errors.
    static func make(of document: Document, _ configuration: Configuration) -> (plan: Plan, diagnostics: [Diagnostic]) {
        let all = document
        var document = document
        document.pathItems = configuration.selected(of: all.pathItems)
        var planner = OperationPlanner(document: document, configuration: configuration)
        planner.schemas.planComponents()
        planner.planOperations()
        planner.schemas.breakCycles()
        let plan = Plan(
            configuration: configuration, title: document.info.title, types: planner.schemas.types,
            patterns: planner.schemas.patterns, validators: planner.schemas.validators,
            validatedComponents: planner.schemas.validatedComponents, defaults: planner.schemas.defaults,
            responses: planner.responses, credentials: planner.security.cases,
            servers: document.servers, tags: planner.tags)
        let complaints = configuration.complaints(about: all, properties: planner.schemas.names.usedProperties)
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
                // JSON is YAML as well.
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
                ? configuration.access.applied(to: text())
                : "// openapi-generator.yaml does not ask for the \(part.rawValue).\n")
    }
}
