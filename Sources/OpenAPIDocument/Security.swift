public import YAML

/// A way of showing who somebody is (OpenAPI 3.1 §4.8.27).
public struct SecurityScheme: Sendable {
    public enum Kind: Sendable, Hashable {
        /// `Authorization` with an authentication scheme of RFC 9110 §11.1, as the document writes it.
        case http(scheme: String)
        case apiKey(name: String, location: Parameter.Location)
        case oauth2
        case openIDConnect
        case mutualTLS
    }

    public var kind: Kind
    public var description: String?
    /// Those that the flows of OAuth 2.0 know; `nil` where any are admitted.
    public var scopes: Set<String>?
    public var position: SourcePosition
}

/// Security schemes that are to be satisfied together, each with the scopes or roles that are asked for. None at all is satisfied
/// by anybody.
public struct SecurityRequirement: Sendable {
    public var schemes: [(name: String, scopes: [String])]
    public var position: SourcePosition
}
