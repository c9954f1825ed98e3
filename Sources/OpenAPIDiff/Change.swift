public import YAML

/// One difference between two versions of a contract, and what it means to those who hold to the older one.
public struct Change: Sendable, Hashable {
    public enum Compatibility: String, Sendable, Hashable {
        /// Some client that holds to the older version may fail.
        case breaking
        case compatible
    }

    public var compatibility: Compatibility
    /// The operation, `GET /pets/{id}`, or the schema, `Pet`, that several operations may use.
    public var subject: String
    /// `the response 200: the property 'name' is no longer required`
    public var message: String
    /// In the newer version; in the older one for what is removed.
    public var position: SourcePosition
}

extension Change: CustomStringConvertible {
    /// `openapi.yaml:12:9: breaking: GET /pets/{id}: …`
    public var description: String { "\(position): \(compatibility.rawValue): \(subject): \(message)" }
}
