import OpenAPIDocument
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
    ///   - file: the document's name in diagnostics.
    public static func generate(_ text: [UInt8], file: String) -> Result {
        let parsed = Document.parse(text, file: file)
        guard let document = parsed.document else { return Result(files: nil, diagnostics: parsed.diagnostics) }
        let (plan, refusals) = Plan.make(of: document)
        let diagnostics = parsed.diagnostics + refusals
        if diagnostics.contains(where: { $0.severity == .error }) {
            return Result(files: nil, diagnostics: diagnostics)
        }
        return Result(files: plan.files(of: document), diagnostics: diagnostics)
    }
}

extension Plan {
    /// Plans a document. The plan is good only without errors.
    static func make(of document: Document) -> (plan: Plan, diagnostics: [Diagnostic]) {
        var planner = OperationPlanner(document: document)
        planner.schemas.planComponents()
        planner.planOperations()
        let plan = Plan(
            title: document.info.title, types: planner.schemas.types, patterns: planner.schemas.patterns,
            responses: planner.responses, tags: planner.tags)
        return (plan, planner.schemas.diagnostics)
    }

    func files(of document: Document) -> [Generator.File] {
        [
            Generator.File(name: "Schemas.swift", text: schemas()),
            Generator.File(name: "SchemaCoding.swift", text: schemaCoding()),
            Generator.File(name: "Patterns.swift", text: patternTable()),
            Generator.File(name: "Responses.swift", text: sharedResponses()),
            Generator.File(name: "Operations.swift", text: operationNamespaces()),
            Generator.File(name: "OperationCoding.swift", text: operationCoding()),
            Generator.File(name: "Server.swift", text: server()),
            Generator.File(name: "Document.swift", text: self.document(json: document.json)),
        ]
    }
}
