import JSON
import OrderedCollections
public import YAML

extension Document {
    /// Reads a document in YAML or JSON.
    ///
    /// - Parameter file: the document's name in diagnostics.
    /// - Returns: the document, unless it could not be made sense of, and all that is to be said about it. With errors among
    ///   the diagnostics the document is not to be used.
    public static func parse(_ text: [UInt8], file: String) -> (document: Document?, diagnostics: [Diagnostic]) {
        let root: YAMLNode
        do {
            root = try YAMLNode(parsing: text)
        } catch {
            return (nil, [Diagnostic(.error, error.message, file: file, position: error.position)])
        }
        var parser = DocumentParser(file: file, root: root)
        let document = parser.document()
        let diagnostics = parser.diagnostics.enumerated()
            .sorted { ($0.element.position?.line ?? 0, $0.offset) < ($1.element.position?.line ?? 0, $1.offset) }
            .map(\.element)
        return (document, diagnostics)
    }
}

/// Makes the model of the nodes, and says what is wrong with them.
struct DocumentParser {
    let file: String
    let root: YAMLNode
    private(set) var diagnostics: [Diagnostic] = []
    /// Where each operation id stands.
    var operationIDs: [String: SourcePosition] = [:]
    /// References to schemas, checked once all are known.
    var schemaReferences: [Schema.Reference] = []

    init(file: String, root: YAMLNode) {
        self.file = file
        self.root = root
    }

    mutating func error(_ message: String, at position: SourcePosition) {
        let diagnostic = Diagnostic(.error, message, file: file, position: position)
        // What several operations refer to is read for each of them.
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    mutating func warn(_ message: String, at position: SourcePosition) {
        let diagnostic = Diagnostic(.warning, message, file: file, position: position)
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    mutating func document() -> Document? {
        let known: Set<String> = [
            "openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags",
            "externalDocs",
        ]
        guard let fields = fields(root, "an OpenAPI document", known: known) else { return nil }
        checkVersion(fields)
        let info = info(fields)
        if fields["paths"] == nil, fields["components"] == nil, fields["webhooks"] == nil {
            error("the document has neither 'paths' nor 'components' nor 'webhooks'", at: root.position)
        }
        let components = components(fields["components"])
        let pathItems = pathItems(fields["paths"])
        for reference in schemaReferences where components.schemas[reference.name] == nil {
            error("there is no schema '\(reference.name)' in components", at: reference.position)
        }
        guard let info else { return nil }
        return Document(
            file: file, root: root, info: info, tags: tags(fields["tags"]), pathItems: pathItems, components: components
        )
    }

    private mutating func checkVersion(_ fields: Fields) {
        guard let node = required("openapi", of: fields, "an OpenAPI document") else { return }
        let version = string(node) ?? ""
        guard version.hasPrefix("3.0.") || version.hasPrefix("3.1.") else {
            return error("the version of OpenAPI is '\(version)'; 3.0 and 3.1 are supported", at: node.position)
        }
    }

    private mutating func info(_ document: Fields) -> Document.Info? {
        let known: Set<String> = [
            "title", "summary", "description", "termsOfService", "contact", "license", "version",
        ]
        guard let node = required("info", of: document, "an OpenAPI document"),
            let fields = fields(node, "info", known: known),
            let title = string(required("title", of: fields, "info")),
            let version = string(required("version", of: fields, "info"))
        else { return nil }
        return Document.Info(title: title, version: version)
    }

    private mutating func tags(_ node: YAMLNode?) -> [Document.Tag] {
        (sequence(node) ?? []).compactMap { node in
            guard let fields = fields(node, "a tag", known: ["name", "description", "externalDocs"]),
                let name = string(required("name", of: fields, "a tag"))
            else { return nil }
            return Document.Tag(name: name, description: string(fields["description"]))
        }
    }

    private mutating func components(_ node: YAMLNode?) -> Document.Components {
        let known: Set<String> = [
            "schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links",
            "callbacks", "pathItems",
        ]
        guard let node, let fields = fields(node, "components", known: known) else {
            return Document.Components(schemas: [:])
        }
        for section in fields.members {
            guard let members = self.fields(section.value, "'\(section.name)'", known: nil) else { continue }
            for (name, key, _) in members.members where !name.utf8.allSatisfy(\.isComponentName) {
                error(
                    "the name '\(name)' of a component has other characters than letters, digits, '.', '-' and '_'",
                    at: key.position)
            }
        }
        return Document.Components(schemas: schemas(fields["schemas"]))
    }
}

extension UInt8 {
    /// `^[a-zA-Z0-9\.\-_]+$` (OpenAPI 3.1 §4.8.7)
    fileprivate var isComponentName: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
