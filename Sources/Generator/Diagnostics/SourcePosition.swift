/// A place in a document, in the form that people expect.
public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
    /// The name under which the document was read.
    public var file: String
    /// Counted from 1.
    public var line: Int
    /// Counted from 1, in characters.
    public var column: Int

    /// A position in the file of that name.
    public init(line: Int, column: Int, file: String = "") {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `openapi.yaml:12:9`
    public var description: String { "\(file):\(line):\(column)" }

    /// The position as a message at another position names it: `line 12` in the same file, `line 12 of pets.yaml` in another one.
    public func line(seenFrom other: SourcePosition) -> String {
        file == other.file ? "line \(line)" : "line \(line) of \(file)"
    }
}
