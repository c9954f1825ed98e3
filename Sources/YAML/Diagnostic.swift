/// Something to be said about a document, in the form that compilers use and build systems show:
/// `openapi.yaml:12:9: error: …`.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    public enum Severity: String, Sendable, Hashable {
        case error
        case warning
        case note
    }

    public var severity: Severity
    public var file: String
    /// `nil` for what concerns the document as a whole.
    public var position: SourcePosition?
    public var message: String
    /// What helps to mend it, or other places that it is about.
    public var notes: [Diagnostic] = []

    public init(_ severity: Severity, _ message: String, file: String, position: SourcePosition?) {
        self.severity = severity
        self.file = file
        self.position = position
        self.message = message
    }

    /// Says it of a place in the file that the place is in.
    public init(_ severity: Severity, _ message: String, at position: SourcePosition) {
        self.init(severity, message, file: position.file, position: position)
    }

    /// A line, and one for each note.
    public var description: String {
        let place = position.map { ":\($0.line):\($0.column)" } ?? ""
        let line = "\(file)\(place): \(severity.rawValue): \(message)"
        return ([line] + notes.map(\.description)).joined(separator: "\n")
    }

    /// The diagnostic with a note, which concerns the same place if none is given.
    public func noting(_ message: String, at place: SourcePosition? = nil) -> Diagnostic {
        var noted = self
        var note = Diagnostic(.note, message, file: file, position: position)
        if let place { (note.file, note.position) = (place.file, place) }
        noted.notes.append(note)
        return noted
    }
}
