public import Diagnostics

/// One difference between two versions of a contract, and its effect on clients of the older version.
public struct Change: Sendable, Hashable {
    /// The effect of a change on clients that follow the older version.
    public enum Compatibility: String, Sendable, Hashable {
        /// Some of these clients may fail.
        case breaking
        /// All of these clients continue to work.
        case compatible
    }

    /// Whether the change may break clients of the older version.
    public var compatibility: Compatibility
    /// The operation, such as `GET /pets/{id}`, or a schema that several operations may use, such as `Pet`.
    public var subject: String
    /// The change as a sentence: `the response 200: the property 'name' is no longer required`.
    public var message: String
    /// The position in the newer version; for a removal, in the older one.
    public var position: SourcePosition
}

extension Change: CustomStringConvertible {
    /// `openapi.yaml:12:9: breaking: GET /pets/{id}: …`
    public var description: String { "\(position): \(compatibility.rawValue): \(subject): \(message)" }
}
