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

    /// Who sees what is generated.
    public enum Access: String, Sendable, Hashable, CaseIterable {
        case `public`
        case package
        case `internal`
    }

    /// The formats of strings that can be types of the runtime.
    public enum Format: String, Sendable, Hashable, CaseIterable {
        case date
        case dateTime = "date-time"

        /// As generated code names it, whatever types the document has.
        var type: String {
            switch self {
            case .date: "OpenAPIRuntime.CalendarDate"
            case .dateTime: "OpenAPIRuntime.DateTime"
            }
        }
    }

    /// `emit`
    public var parts: Set<Part>
    /// `access`
    public var access = Access.public
    /// `types`: the module that has the types, when they are not emitted.
    public var typesModule: String?
    /// `formats`
    public var formats: Set<Format> = []
    /// `names`
    public var names = Names()
    /// `operations`
    public var operations = Operations()

    /// Everything in one module, for everybody.
    public init() {
        parts = Set(Part.allCases)
    }

    /// A text with its place in the configuration.
    public struct Text: Sendable, Hashable {
        public var text: String
        public var position: SourcePosition
    }

    /// Names in Swift where those made of the document's are not wanted, by the document's.
    public struct Names: Sendable, Hashable {
        /// By the name in `components/schemas`: `pet_record: Pet`.
        public var types: [Text: String] = [:]
        /// By operation id: `getPetById: pet`.
        public var operations: [Text: String] = [:]
        /// By the name in `components/schemas` and that of the property: `pet_record.kind_of: kind`.
        public var properties: [Text: String] = [:]
    }

    /// Which operations are generated; all, if nothing is said.
    public struct Operations: Sendable, Hashable {
        /// Operations that fit any of these.
        public struct Selection: Sendable, Hashable {
            public var tags: [Text] = []
            /// Templates as the document has them; `/pets/*` are all below `/pets`.
            public var paths: [Text] = []
            public var ids: [Text] = []

            var isEmpty: Bool { tags.isEmpty && paths.isEmpty && ids.isEmpty }
        }

        public var included = Selection()
        /// `except`
        public var excluded = Selection()
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
            root = try YAMLNode(parsing: text, file: file)
        } catch {
            return (nil, [Diagnostic(.error, error.message, at: error.position)])
        }
        var parser = ConfigurationParser()
        let configuration = parser.configuration(root)
        return (parser.diagnostics.isEmpty ? configuration : nil, parser.diagnostics)
    }
}
