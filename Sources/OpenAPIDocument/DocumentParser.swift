import JSON
import OrderedCollections
public import YAML

extension Document {
    /// Reads a document in YAML or JSON, with the files that its references lead to.
    ///
    /// - Parameters:
    ///   - file: the document's path: its name in diagnostics, and what the paths of references are relative to.
    ///   - reading: reads another file, once, by its path. What it throws is told at the reference.
    /// - Returns: the document, unless it could not be made sense of, and all that is to be said about it. With errors among
    ///   the diagnostics the document is not to be used.
    public static func parse(
        _ text: [UInt8], file: String, reading: @escaping (_ path: String) throws -> [UInt8] = Self.readingNothing
    ) -> (document: Document?, diagnostics: [Diagnostic]) {
        let root: YAMLNode
        do {
            root = try YAMLNode(parsing: text, file: file)
        } catch {
            return (nil, [Diagnostic(.error, error.message, at: error.position)])
        }
        var parser = DocumentParser(file: file, root: root, sources: Sources(main: file, root: root, read: reading))
        var document = parser.document()
        // What stands elsewhere is named once all of it is known, and the names are needed on the way.
        if !parser.names.unnamed.isEmpty {
            parser = parser.withSettledNames()
            document = parser.document()
        }
        return (document, parser.diagnostics.inOrder(of: file))
    }

    /// For documents in one file.
    public static func readingNothing(_ path: String) throws -> [UInt8] {
        struct SingleFile: Error, CustomStringConvertible {
            var description: String { "the document is to be in one file" }
        }
        throw SingleFile()
    }
}

/// Makes the model of the nodes, and says what is wrong with them.
struct DocumentParser {
    let file: String
    let root: YAMLNode
    var sources: Sources
    private(set) var diagnostics: [Diagnostic] = []
    private var said: Set<Diagnostic> = []
    /// The version of OpenAPI; 3.1 if the document gives none.
    private(set) var version = Document.Version.v3_1
    /// Where each operation id stands.
    var operationIDs: [String: SourcePosition] = [:]
    /// Where references lead, by the file that they stand in and their text.
    var targets: [[String]: Target] = [:]
    var names = ComponentNames()
    var bundle = Bundle()
    /// Schemas that references lead to outside of the document's own components, which are still to be read.
    var foreignSchemas: [(name: String, node: YAMLNode)] = []
    var queued: Set<String> = []
    /// By name, `nil` for those that are wrong; known before what requires them.
    var securitySchemes: OrderedDictionary<String, SecurityScheme?> = [:]
    /// What the document requires of operations that do not say it themselves.
    var security: [SecurityRequirement] = []

    init(file: String, root: YAMLNode, sources: Sources) {
        self.file = file
        self.root = root
        self.sources = sources
    }

    /// A parser that begins anew, but knows the names of what references lead to.
    func withSettledNames() -> DocumentParser {
        var next = DocumentParser(file: file, root: root, sources: sources)
        let sections = root.mapping?.first { $0.key.name == "components" }?.value.mapping ?? []
        let taken = sections.map { key, value in (key.name ?? "", value.mapping?.compactMap(\.key.name) ?? []) }
        next.names = names.settled(taken: Dictionary(taken) { first, _ in first }, main: sources.main)
        return next
    }

    mutating func error(_ message: String, at position: SourcePosition) {
        say(Diagnostic(.error, message, at: position))
    }

    mutating func warn(_ message: String, at position: SourcePosition) {
        say(Diagnostic(.warning, message, at: position))
    }

    mutating func note(_ message: String, at position: SourcePosition) {
        say(Diagnostic(.note, message, at: position))
    }

    /// Adds a diagnostic, if it is new: what several operations refer to is read for each of them.
    mutating func say(_ diagnostic: Diagnostic) {
        if said.insert(diagnostic).inserted { diagnostics.append(diagnostic) }
    }

    mutating func document() -> Document? {
        let known: Set<String> = [
            "openapi", "swagger", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security",
            "tags",
            "externalDocs",
        ]
        guard let fields = fields(root, "an OpenAPI document", known: known) else { return nil }
        checkVersion(fields)
        let info = info(fields)
        if fields["paths"] == nil, fields["components"] == nil, fields["webhooks"] == nil {
            error("the document has neither 'paths' nor 'components' nor 'webhooks'", at: root.position)
        }
        var components = components(fields["components"])
        security = securityRequirements(fields["security"]) ?? []
        let servers = servers(fields["servers"])
        let pathItems = pathItems(fields["paths"])
        if let node = fields["webhooks"] {
            note("nothing is generated of webhooks, which are requests that a service makes", at: node.position)
        }
        let tags = tags(fields["tags"])
        components.schemas.merge(remainingSchemas()) { own, _ in own }
        followReferences()
        guard let info else { return nil }
        return Document(
            file: file, root: bundled(), isInOneFile: sources.files.count == 1, version: version, info: info,
            tags: tags, servers: servers, pathItems: pathItems, components: components)
    }

    private mutating func checkVersion(_ fields: Fields) {
        if let node = fields["swagger"] {
            return error(
                "this is a document of OpenAPI 2.0 (Swagger); 3.0 and 3.1 are supported, and converters bring it there",
                at: node.position)
        }
        guard let node = required("openapi", of: fields, "an OpenAPI document") else { return }
        let text: String? =
            if case .scalar(.float(let number)) = node.content { number } else { string(node) }
        guard let text else { return }
        if text == "3.0" || text.hasPrefix("3.0.") {
            version = .v3_0
        } else if text == "3.1" || text.hasPrefix("3.1.") {
            version = .v3_1
        } else {
            error("the version of OpenAPI is '\(text)'; 3.0 and 3.1 are supported", at: node.position)
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
            return Document.Components(schemas: [:], securitySchemes: [:])
        }
        claimNames(fields)
        for section in fields.members {
            guard let members = self.fields(section.value, "'\(section.name)'", known: nil) else { continue }
            for (name, key, _) in members.members where !name.utf8.allSatisfy(\.isComponentName) {
                error(
                    "the name '\(name)' of a component has other characters than letters, digits, '.', '-' and '_'",
                    at: key.position)
            }
        }
        securitySchemes = securitySchemes(fields["securitySchemes"])
        return Document.Components(
            schemas: componentSchemas(fields["schemas"]), securitySchemes: securitySchemes.compactMapValues(\.self))
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
