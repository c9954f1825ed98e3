/// A place in a document, for people: lines and columns count from 1.
public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
    /// The document's name, as it was given to who read it.
    public var file: String
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int, file: String = "") {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `openapi.yaml:12:9`
    public var description: String { "\(file):\(line):\(column)" }

    /// `line 12`, for a message at a place in the same file; `line 12 of pets.yaml` elsewhere.
    public func line(seenFrom other: SourcePosition) -> String {
        file == other.file ? "line \(line)" : "line \(line) of \(file)"
    }
}
