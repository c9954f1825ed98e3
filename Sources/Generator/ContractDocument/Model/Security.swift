public import Diagnostics

/// A way in which a client identifies itself (OpenAPI 3.1 §4.8.27).
public struct SecurityScheme: Sendable {
    /// The kind of credentials that the scheme requires.
    public enum Kind: Sendable, Hashable {
        /// `Authorization` with an authentication scheme of RFC 9110 §11.1, spelled as in the document.
        case http(scheme: String)
        /// A key with a name, in a header field, in the query or in a cookie.
        case apiKey(name: String, location: Parameter.Location)
        /// An OAuth 2.0 token, which requests contain as a bearer token.
        case oauth2
        /// An OpenID Connect token, which requests contain as a bearer token.
        case openIDConnect
        /// A certificate that the client presents in the TLS handshake.
        case mutualTLS
        /// The document requires a scheme of this name, but does not declare it.
        case undeclared
    }

    /// The kind of credentials that the scheme requires.
    public var kind: Kind
    /// The description, in Markdown.
    public var description: String?
    /// The scopes of all OAuth 2.0 flows; `nil` if any scope is allowed.
    public var scopes: Set<String>?
    /// The position of the scheme's declaration.
    public var position: SourcePosition
}

/// Security schemes that a request must satisfy together, each with the required scopes or roles. Every request
/// satisfies a requirement without schemes.
public struct SecurityRequirement: Sendable {
    /// The names of the schemes, and the scopes or roles.
    public var schemes: [(name: String, scopes: [String])]
    /// The position of the requirement.
    public var position: SourcePosition
}
