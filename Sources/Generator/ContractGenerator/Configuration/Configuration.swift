import ContractYAML
public import Diagnostics

/// The options of the generator, as in `openapi-generator.yaml`. docs/generator/configuration.md describes them.
public struct Configuration: Sendable, Hashable {
    /// A part of the generated code.
    public enum Part: String, Sendable, Hashable, CaseIterable {
        /// The types of bodies, inputs and outputs, with their coding and validation.
        case types
        /// A protocol for each tag, the routes, and the document itself.
        case server
        /// A client.
        case client
    }

    /// The access level of the generated declarations.
    public enum Access: String, Sendable, Hashable, CaseIterable {
        /// For every package.
        case `public`
        /// For the targets of the same package.
        case package
        /// For the same target.
        case `internal`
    }

    /// The formats of strings for which the runtime has types.
    public enum Format: String, Sendable, Hashable, CaseIterable {
        /// A day, `ContractRuntime.CalendarDate`.
        case date
        /// A point in time, `ContractRuntime.DateTime`.
        case dateTime = "date-time"
    }

    /// Protocols to which the types of `components` conform if the configuration asks for that.
    public enum Conformance: String, Sendable, Hashable, CaseIterable {
        /// Swift's coders can write and read the values.
        case codable = "Codable"
    }

    /// `emit`
    public var parts: Set<Part>
    /// `access`
    public var access = Access.public
    /// `types`: the module with the types, if this configuration does not generate them.
    public var typesModule: String?
    /// `formats`
    public var formats: Set<Format> = []
    /// `conformances`
    public var conformances: Set<Conformance> = []
    /// `names`
    public var names = Names()
    /// `operations`
    public var operations = Operations()
    /// `schemas`
    public var schemas = Schemas()
    /// `streams`: the operations whose bodies arrive and are sent as streams, by their IDs.
    public var streams: [Text] = []
    /// `diagnostics`: severities of faults that do not prevent generation, by kind.
    public var severities: [Diagnostic.Kind: Severity] = [:]
    /// `strict`: whether such faults are errors. Kinds that `diagnostics` declares `silent` stay silent.
    public var isStrict = false

    /// The severity of a kind of fault.
    public enum Severity: String, Sendable, Hashable, CaseIterable {
        /// The generator writes no files.
        case error
        /// The generator reports the fault and continues.
        case warning
        /// The generator does not report the fault.
        case silent
    }

    /// A configuration that generates all parts into one module, with public declarations.
    public init() {
        parts = Set(Part.allCases)
    }

    /// A text with its position in the configuration.
    public struct Text: Sendable, Hashable {
        /// The text.
        public var text: String
        /// The position of the text in the configuration.
        public var position: SourcePosition
    }

    /// Swift names that replace derived ones.
    public struct Names: Sendable, Hashable {
        /// The names of types, by names in `components/schemas`: `pet_record: Pet`.
        public var types: [Text: String] = [:]
        /// The names of operations, by their IDs: `getPetById: pet`.
        public var operations: [Text: String] = [:]
        /// The names of properties, by the names of the schema and the property: `pet_record.kind_of: kind`.
        public var properties: [Text: String] = [:]
    }

    /// The selection of operations to generate; all, if it is empty.
    public struct Operations: Sendable, Hashable {
        /// Operations that match any of these.
        public struct Selection: Sendable, Hashable {
            /// Tags of operations.
            public var tags: [Text] = []
            /// Path templates as in the document; `/pets/*` stands for all paths below `/pets`.
            public var paths: [Text] = []
            /// Operation IDs.
            public var ids: [Text] = []

            var isEmpty: Bool { tags.isEmpty && paths.isEmpty && ids.isEmpty }
        }

        /// The operations to generate; all, if it is empty.
        public var included = Selection()
        /// `except`
        public var excluded = Selection()
    }

    /// The selection of component schemas to generate; all, if it is empty.
    public struct Schemas: Sendable, Hashable {
        /// `names`: the schemas to generate in addition to those that operations need; all, if it is empty.
        public var included: [Text] = []
        /// `except`: schemas that the generator reads as empty schemas, so that their values are `JSONValue`.
        public var excluded: [Text] = []
    }

    /// Parses a configuration in YAML.
    ///
    /// - Parameter file: the name of the configuration in diagnostics.
    /// - Returns: the configuration, or `nil` if there are errors; and all diagnostics.
    public static func parse(_ text: [UInt8], file: String) -> (
        configuration: Configuration?, diagnostics: [Diagnostic]
    ) {
        let root: YAMLNode
        do {
            root = try YAMLNode(parsing: text, file: file)
        } catch {
            return (nil, [Diagnostic(.error, error.message, at: error.position)])
        }
        var parser = ConfigurationParser()
        let configuration = parser.configuration(root)
        return (parser.diagnostics.isEmpty ? configuration : nil, parser.diagnostics)
    }
}
