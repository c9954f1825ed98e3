import ContractDocument
import Diagnostics

extension Configuration {
    /// The parts of a document that the configuration leaves out.
    var omissions: Omissions {
        var omissions = Omissions()
        let (included, excluded) = (operations.included, operations.excluded)
        omissions.omitsOperation = { operation in
            !(included.isEmpty || included.contains(operation)) || excluded.contains(operation)
        }
        omissions.openSchemas = Set(schemas.excluded.map(\.text))
        return omissions
    }

    /// Whether the configuration selects some of the operations or schemas.
    var isSelective: Bool {
        !operations.included.isEmpty || !operations.excluded.isEmpty || !schemas.included.isEmpty
    }

    /// Diagnostics about names in the configuration that do not occur in the document.
    ///
    /// - Parameter properties: the configured properties that the planner has found, such as `pet_record.kind_of`.
    func complaints(about document: Document, properties: Set<String>) -> [Diagnostic] {
        let ids = Set(document.labels.compactMap(\.id))
        let tags = Set(document.labels.flatMap(\.tags))
        let paths = Set(document.labels.map(\.template))
        let schemas = Set(document.components.schemas.keys).union(document.declaredSchemas)
        var complaints: [Diagnostic] = []
        func check(_ texts: some Sequence<Text>, _ what: String, _ known: Set<String>) {
            for text in texts where !known.contains(text.text) {
                let diagnostic = Diagnostic(.error, "the document has no \(what) '\(text.text)'", at: text.position)
                let near = NearMiss.nearest(to: text.text, among: known.sorted())
                complaints.append(near.map { diagnostic.noting("there is '\($0)'") } ?? diagnostic)
            }
        }
        check(names.types.keys, "schema", schemas)
        check(names.operations.keys, "operation", ids)
        check(streams, "operation", ids)
        let known = document.components.schemas.flatMap { name, schema in schema.properties.keys.map { "\(name).\($0)" }
        }
        let omitted = schemas.filter { document.components.schemas[$0] == nil }
        check(
            names.properties.keys.filter { key in
                !properties.contains(key.text) && !omitted.contains { key.text.hasPrefix("\($0).") }
            }, "property", Set(known))
        check(self.schemas.included + self.schemas.excluded, "schema", schemas)
        for selection in [operations.included, operations.excluded] {
            check(selection.tags, "operation with the tag", tags)
            check(selection.ids, "operation", ids)
            check(
                selection.paths.filter { path in !paths.contains { Operations.Selection.covers(path.text, $0) } },
                "path", paths)
        }
        return complaints.sorted { ($0.position?.line ?? 0) < ($1.position?.line ?? 0) }
    }
}

extension Configuration.Operations.Selection {
    fileprivate func contains(_ operation: OperationLabel) -> Bool {
        tags.contains { operation.tags.contains($0.text) } || ids.contains { $0.text == operation.id }
            || paths.contains { Self.covers($0.text, operation.template) }
    }

    fileprivate static func covers(_ path: String, _ template: String) -> Bool {
        path.hasSuffix("/*") ? template.hasPrefix(path.dropLast()) : path == template
    }
}
