public import YAML

/// What is to be made of a document: `openapi-generator.yaml`.
public struct Configuration: Sendable, Hashable {
    public enum Part: String, Sendable, Hashable, CaseIterable {
        /// The types of bodies, inputs and outputs, with their coding and validation.
        case types
        /// A protocol for each tag, the routes, and the document itself.
        case server
        /// A client.
        case client
    }

    /// `emit`
    public var parts: Set<Part>
    /// `types`: the module that has the types, when they are not emitted.
    public var typesModule: String?

    /// Everything in one module.
    public init() {
        parts = Set(Part.allCases)
    }

    /// Reads a configuration in YAML.
    ///
    /// - Parameter file: its name in diagnostics.
    /// - Returns: the configuration, unless there are errors.
    public static func parse(_ text: [UInt8], file: String) -> (
        configuration: Configuration?, diagnostics: [Diagnostic]
    ) {
        let root: YAMLNode
        do {
            root = try YAMLNode(parsing: text)
        } catch {
            return (nil, [Diagnostic(.error, error.message, file: file, position: error.position)])
        }
        var parser = ConfigurationParser(file: file)
        let configuration = parser.configuration(root)
        return (parser.diagnostics.isEmpty ? configuration : nil, parser.diagnostics)
    }
}

private struct ConfigurationParser {
    var file: String
    var diagnostics: [Diagnostic] = []

    private mutating func error(_ message: String, at node: YAMLNode) {
        diagnostics.append(Diagnostic(.error, message, file: file, position: node.position))
    }

    mutating func configuration(_ root: YAMLNode) -> Configuration {
        var configuration = Configuration()
        guard let members = root.mapping else {
            error("the configuration is a mapping, not \(root.kind)", at: root)
            return configuration
        }
        for (key, value) in members {
            switch key.string {
            case "emit": configuration.parts = parts(value)
            case "types": configuration.typesModule = module(value)
            default: error("the configuration knows 'emit' and 'types', not '\(key.string ?? key.kind)'", at: key)
            }
        }
        let emitsTypes = configuration.parts.contains(.types)
        if !emitsTypes, configuration.typesModule == nil {
            error("without 'types' among what to emit, 'types' has to name the module that has them", at: root)
        }
        if emitsTypes, configuration.typesModule != nil {
            error("'types' names a module that has the types, which are emitted here too", at: root)
        }
        return configuration
    }

    private mutating func parts(_ node: YAMLNode) -> Set<Configuration.Part> {
        guard let elements = node.sequence, !elements.isEmpty else {
            error("'emit' is a list of types, server and client, at least one", at: node)
            return [.types]
        }
        return Set(
            elements.compactMap { element in
                if let part = element.string.flatMap(Configuration.Part.init) { return part }
                error(
                    "what can be emitted is types, server and client, not '\(element.string ?? element.kind)'",
                    at: element)
                return nil
            })
    }

    private mutating func module(_ node: YAMLNode) -> String? {
        let isName = { (text: String) in
            text.utf8.first.map { !(0x30...0x39).contains($0) } == true
                && text.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || byte == 0x5F
                }
        }
        if let name = node.string, isName(name) { return name }
        error("'types' is the name of a Swift module", at: node)
        return nil
    }
}
