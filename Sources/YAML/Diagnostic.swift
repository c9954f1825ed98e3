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

    public init(_ severity: Severity, _ message: String, file: String, position: SourcePosition?) {
        self.severity = severity
        self.file = file
        self.position = position
        self.message = message
    }

    public var description: String {
        let place = position.map { ":\($0.line):\($0.column)" } ?? ""
        return "\(file)\(place): \(severity.rawValue): \(message)"
    }
}
