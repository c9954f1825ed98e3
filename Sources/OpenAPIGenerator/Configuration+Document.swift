import OpenAPIDocument
import YAML

extension Configuration {
    /// The operations of a document that are to be generated.
    func selected(of items: [PathItem]) -> [PathItem] {
        guard !operations.included.isEmpty || !operations.excluded.isEmpty else { return items }
        return items.map { item in
            var item = item
            item.operations = item.operations.filter { operation in
                (operations.included.isEmpty || operations.included.contains(operation, item.template))
                    && !operations.excluded.contains(operation, item.template)
            }
            return item
        }
    }

    /// What the configuration names that the document does not have.
    ///
    /// - Parameter properties: those that were asked for a name, of those that have one: `pet_record.kind_of`.
    func complaints(about document: Document, properties: Set<String>) -> [Diagnostic] {
        let all = document.pathItems.flatMap(\.operations)
        let schemas = Set(document.components.schemas.keys)
        let ids = Set(all.compactMap(\.id))
        let tags = Set(all.flatMap(\.tags))
        let paths = document.pathItems.map(\.template)
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
        let known = document.components.schemas.flatMap { name, schema in schema.properties.keys.map { "\(name).\($0)" }
        }
        check(names.properties.keys.filter { !properties.contains($0.text) }, "property", Set(known))
        for selection in [operations.included, operations.excluded] {
            check(selection.tags, "operation with the tag", tags)
            check(selection.ids, "operation", ids)
            check(
                selection.paths.filter { path in !paths.contains { Operations.Selection.covers(path.text, $0) } },
                "path",
                Set(paths))
        }
        return complaints.sorted { ($0.position?.line ?? 0) < ($1.position?.line ?? 0) }
    }
}

extension Configuration.Operations.Selection {
    fileprivate func contains(_ operation: Operation, _ template: String) -> Bool {
        tags.contains { operation.tags.contains($0.text) } || ids.contains { $0.text == operation.id }
            || paths.contains { Self.covers($0.text, template) }
    }

    fileprivate static func covers(_ path: String, _ template: String) -> Bool {
        path.hasSuffix("/*") ? template.hasPrefix(path.dropLast()) : path == template
    }
}
