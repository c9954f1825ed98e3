/// An error, warning or note about a document, in the form that compilers use and build systems show:
/// `openapi.yaml:12:9: error: …`.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    /// How serious a diagnostic is. An error prevents code from being generated.
    public enum Severity: String, Sendable, Hashable {
        case error
        case warning
        case note
    }

    /// The kind of a fault that does not prevent code from being generated. A configuration sets the severity of each kind.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// An alternative that repeats another one, or that no value can distinguish from another one.
        case alternative
        /// A default that does not fit its schema.
        case `default`
        /// A response without a description, or an operation without responses.
        case description
        /// A value that occurs twice in a list of distinct values.
        case duplicate
        /// A key without a value, or an empty list of schemas.
        case empty
        /// A `format` that is unknown, or that does not belong to the type.
        case format
        /// A keyword or a member that has no effect.
        case keyword
        /// A name of a component with characters that the specification does not allow.
        case name
        /// `nullable` where OpenAPI 3.0 gives it no effect.
        case nullable
        /// A faulty schema that no selected operation needs, and that is left out.
        case omission
        /// A path parameter that is optional, that the operation does not declare, or that the path does not contain. A
        /// parameter without a schema, or with a style that its location does not have.
        case parameter
        /// A regular expression that is not checked.
        case pattern
        /// A reference to a component of another kind, which is read as one of the expected kind.
        case reference
        /// A response to refused requests that the document does not declare, or whose body has no place for the reason.
        case refusal
        /// A security scheme, or a scope, that the document does not declare.
        case scheme
        /// A status in another spelling: `4xx`.
        case status
        /// A number or a boolean where the specification asks for a string, or the other way round.
        case text
        /// A schema without a `type`, or with one that does not exist or that its other keywords exclude.
        case type
        /// A schema that no value fits.
        case unsatisfiable
        /// A body or a part that is not validated against its schema.
        case unvalidated
        /// A variable of a server that the document does not declare, or whose default is not one of its values.
        case variable
    }

    /// Error, warning or note.
    public var severity: Severity
    /// `nil` if nothing can change the severity.
    public var kind: Kind?
    /// The name of the document's file.
    public var file: String
    /// `nil` if the diagnostic concerns the whole document.
    public var position: SourcePosition?
    /// The sentence for people.
    public var message: String
    /// Further places that are involved, and hints how to fix the fault.
    public var notes: [Diagnostic] = []

    /// A diagnostic in a file, with or without a position.
    public init(_ severity: Severity, _ message: String, file: String, position: SourcePosition?) {
        self.severity = severity
        self.file = file
        self.position = position
        self.message = message
    }

    /// A diagnostic at a position, in the file of that position.
    public init(_ severity: Severity, _ message: String, kind: Kind? = nil, at position: SourcePosition) {
        self.init(severity, message, file: position.file, position: position)
        self.kind = kind
    }

    /// One line for the diagnostic, then one for each of its notes.
    public var description: String {
        let place = position.map { ":\($0.line):\($0.column)" } ?? ""
        let line = "\(file)\(place): \(severity.rawValue): \(message)"
        return ([line] + notes.map(\.description)).joined(separator: "\n")
    }

    /// The diagnostic with one more note. Without a place, the note is at the diagnostic's own position.
    public func noting(_ message: String, at place: SourcePosition? = nil) -> Diagnostic {
        var noted = self
        var note = Diagnostic(.note, message, file: file, position: position)
        if let place { (note.file, note.position) = (place.file, place) }
        noted.notes.append(note)
        return noted
    }
}
