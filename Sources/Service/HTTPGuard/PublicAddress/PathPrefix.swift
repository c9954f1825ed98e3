import ContractRuntime

/// A path that clients see before the service's own paths, because a proxy adds it: `/settings`, or nothing.
public struct PathPrefix: Sendable, Hashable, CustomStringConvertible {
    /// No prefix.
    package static let none = PathPrefix(text: "")

    private static let maximumSize = 256

    /// Empty, or a slash and segments separated by slashes.
    package let text: String

    private init(text: String) { self.text = text }

    /// Parses a path; a final slash is ignored.
    ///
    /// - Returns: `nil` unless the text is a path of plain segments. These contain only letters, digits and `.`, `_`, `~`, `-`, and no
    ///   `//`, so that the path is valid in a URL, in HTML and in JSON, and never leads to another host.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.maximumSize, text.utf8.first == UInt8(ascii: "/") else { return nil }
        var segments = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        if segments.last == "" { segments.removeLast() }
        for segment in segments {
            guard !segment.isEmpty, segment != ".", segment != "..", segment.utf8.allSatisfy(\.isUnreserved) else {
                return nil
            }
        }
        self.text = segments.map { "/\($0)" }.joined()
    }

    /// The text of the prefix.
    public var description: String { text }
}
