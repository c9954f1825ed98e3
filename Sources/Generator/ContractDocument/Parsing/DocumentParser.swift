import ContractJSON
import ContractYAML
public import Diagnostics
import OrderedCollections

extension Document {
    /// Parses a document in YAML or JSON, and the files that its references lead to.
    ///
    /// - Parameters:
    ///   - file: the document's path. Diagnostics contain it, and references are relative to it.
    ///   - omissions: the parts to leave out.
    ///   - reading: reads another file, given its path. It is called once for each file. Its errors become diagnostics
    ///     at the reference.
    /// - Returns: the document, and all diagnostics. The document is `nil` if it cannot be understood. If there are
    ///   errors among the diagnostics, do not use the document.
    public static func parse(
        _ text: [UInt8], file: String, omitting omissions: Omissions = Omissions(),
        reading: @escaping (_ path: String) throws -> [UInt8] = Self.readingNothing
    ) -> (document: Document?, diagnostics: [Diagnostic]) {
        let root: YAMLNode
        do {
            root = try YAMLNode(parsing: text, file: file)
        } catch {
            return (nil, [Diagnostic(.error, error.message, at: error.position)])
        }
        var parser = DocumentParser(
            file: file, root: root, files: DocumentFiles(main: file, root: root, read: reading), omissions: omissions)
        var document = parser.document()
        // Names of components in other files can only be settled once all of them are known. Parsing needs the names,
        // so it runs a second time.
        if !parser.names.unnamed.isEmpty {
            parser = parser.withSettledNames()
            document = parser.document()
        }
        return (document, parser.diagnostics.inOrder(of: file))
    }

    /// The reader for documents that consist of one file: it always throws.
    public static func readingNothing(_ path: String) throws -> [UInt8] {
        struct SingleFile: Error, CustomStringConvertible {
            var description: String { "the document is to be in one file" }
        }
        throw SingleFile()
    }
}

/// Turns nodes into the model of a document, and collects diagnostics.
struct DocumentParser {
    let file: String
    let root: YAMLNode
    var files: DocumentFiles
    private(set) var diagnostics: [Diagnostic] = []
    private var said: Set<Diagnostic> = []
    /// The version of OpenAPI; 3.1 if the document does not name one.
    private(set) var version = Document.Version.v3_1
    /// The positions of the operation IDs so far.
    var operationIDs: [String: SourcePosition] = [:]
    /// The targets of references, by the file and the text of the reference.
    var targets: [[String]: Target] = [:]
    var names = ComponentNames()
    var bundle = Bundle()
    /// Schemas outside of the document's own components that references lead to and that have not been parsed yet.
    var foreignSchemas: [(name: String, node: YAMLNode)] = []
    var queued: Set<String> = []
    /// The reasons why regular expressions are not supported, by their texts; `nil` for supported ones.
    var patternFaults: [String: String?] = [:]
    /// Errors for the generation of servers: paths that match the same requests as earlier paths.
    var twinPaths: [Diagnostic] = []
    /// By name; `nil` for invalid ones. They are parsed before the operations that require them.
    var securitySchemes: OrderedDictionary<String, SecurityScheme?> = [:]
    /// The document's security requirements, for operations without their own.
    var security: [SecurityRequirement] = []
    /// `$self`: the URI of the document, which references in it can begin with.
    private(set) var ownURI: String?
    let omissions: Omissions
    /// The positions of parts that are left out.
    var omittedPlaces: Set<SourcePosition> = []
    /// The positions of components that are left out, unless the rest of the document refers to them.
    var unusedPlaces: Set<SourcePosition> = []
    /// The labels of all operations, including those that are left out.
    var labels: [OperationLabel] = []

    init(file: String, root: YAMLNode, files: DocumentFiles, omissions: Omissions) {
        self.file = file
        self.root = root
        self.files = files
        self.omissions = omissions
    }

    /// A new parser for the same document, which knows the names of components in other files.
    func withSettledNames() -> DocumentParser {
        var next = DocumentParser(file: file, root: root, files: files, omissions: omissions)
        let sections = root.mapping?.first { $0.key.name == "components" }?.value.mapping ?? []
        let taken = sections.map { key, value in (key.name ?? "", value.mapping?.compactMap(\.key.name) ?? []) }
        next.names = names.settled(taken: Dictionary(taken) { first, _ in first }, main: files.main)
        return next
    }

    mutating func error(_ message: String, at position: SourcePosition) {
        say(Diagnostic(.error, message, at: position))
    }

    mutating func warn(_ message: String, _ kind: Diagnostic.Kind, at position: SourcePosition) {
        say(Diagnostic(.warning, message, kind: kind, at: position))
    }

    mutating func note(_ message: String, at position: SourcePosition) {
        say(Diagnostic(.note, message, at: position))
    }

    /// Adds a diagnostic, unless it exists: a shared object is parsed for each operation that refers to it.
    mutating func say(_ diagnostic: Diagnostic) {
        if said.insert(diagnostic).inserted { diagnostics.append(diagnostic) }
    }

    mutating func document() -> Document? {
        let known: Set<String> = [
            "openapi", "swagger", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security",
            "tags", "externalDocs", "$self",
        ]
        guard let fields = fields(root, "an OpenAPI document", known: known) else { return nil }
        checkVersion(fields)
        ownURI = string(fields["$self"])
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
        // This includes schemes that operations require but the document does not declare.
        components.securitySchemes = securitySchemes.compactMapValues(\.self)
        followReferences()
        guard let info else { return nil }
        return Document(
            file: file, root: bundled(), isInOneFile: files.paths.count == 1, version: version, info: info,
            tags: tags, servers: servers, pathItems: pathItems, twinPaths: twinPaths, labels: labels,
            components: components)
    }

    private mutating func checkVersion(_ fields: Fields) {
        if let node = fields["swagger"] {
            return error(
                "this is a document of OpenAPI 2.0 (Swagger); 3.0, 3.1 and 3.2 are supported, and converters bring it there",
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
        } else if text == "3.2" || text.hasPrefix("3.2.") {
            version = .v3_2
        } else {
            error("the version of OpenAPI is '\(text)'; 3.0, 3.1 and 3.2 are supported", at: node.position)
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
            let known: Set<String> = ["name", "description", "externalDocs", "summary", "parent", "kind"]
            guard let fields = fields(node, "a tag", known: known),
                let name = string(required("name", of: fields, "a tag"))
            else { return nil }
            let description = string(fields["description"]) ?? string(fields["summary"])
            return Document.Tag(name: name, description: description)
        }
    }

    private mutating func components(_ node: YAMLNode?) -> Document.Components {
        let known: Set<String> = [
            "schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links",
            "callbacks", "pathItems", "mediaTypes",
        ]
        guard let node, let fields = fields(node, "components", known: known) else {
            return Document.Components(schemas: [:], securitySchemes: [:])
        }
        claimNames(fields)
        for section in fields.members {
            guard let members = self.fields(section.value, "'\(section.name)'", known: nil) else { continue }
            for (name, key, _) in members.members where !name.utf8.allSatisfy(\.isComponentName) {
                warn(
                    "the name '\(name)' of a component has other characters than letters, digits, '.', '-' and '_'",
                    .name,
                    at: key.position)
            }
        }
        securitySchemes = securitySchemes(fields["securitySchemes"])
        return Document.Components(
            schemas: componentSchemas(fields["schemas"]), securitySchemes: [:])
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
