/// Credentials for one of the contract's alternatives. The generated `Credentials` conforms to it.
public protocol SecurityCredentials: Sendable, Hashable {
    /// Identifies an alternative: the cases without their values.
    associatedtype Kind: Sendable, Hashable

    /// The alternative that these credentials are for.
    var kind: Kind { get }

    /// The credentials of a kind in a request; `nil` if any part of them is missing.
    static func read(_ kind: Kind, from source: some CredentialSource) -> Self?

    /// Adds the credentials to a request that a client sends.
    func add(to request: inout APIRequest)
}

/// The credentials that an operation requires (`security`, OpenAPI 3.1 §4.8.30).
public struct OperationSecurity<Credentials: SecurityCredentials>: Sendable {
    /// An alternative for the credentials of a request.
    public struct Alternative: Sendable, Hashable {
        /// The kind of credentials.
        public var kind: Credentials.Kind
        /// The required OAuth 2.0 scopes, or roles for other schemes. The caller must have all of them.
        public var scopes: [String]
        /// The authentication schemes (RFC 9110 §11.1) that carry such credentials.
        var challenges: [String]

        /// Creates an alternative.
        ///
        /// - Parameter challenges: the authentication schemes that carry such credentials.
        public init(_ kind: Credentials.Kind, scopes: [String], challenges: [String]) {
            self.kind = kind
            self.scopes = scopes
            self.challenges = challenges
        }
    }

    /// The ID of the operation.
    public let operationID: String
    /// The alternatives in the contract's order. A request needs to satisfy only one.
    public let alternatives: [Alternative]
    /// Whether the operation also accepts requests without credentials (`{}`).
    public let admitsAnonymous: Bool
    let realm: String
    let unauthorized: RefusalBody
    let forbidden: RefusalBody

    /// Creates the requirements of an operation.
    ///
    /// - Parameters:
    ///   - realm: a name for the service that people know, for challenges.
    ///   - unauthorized: the body of the response 401.
    ///   - forbidden: the body of the response 403.
    public init(
        _ operationID: String, _ alternatives: [Alternative], admitsAnonymous: Bool, realm: String,
        unauthorized: RefusalBody, forbidden: RefusalBody
    ) {
        self.operationID = operationID
        (self.alternatives, self.admitsAnonymous) = (alternatives, admitsAnonymous)
        self.realm = realm
        (self.unauthorized, self.forbidden) = (unauthorized, forbidden)
    }

    /// The credentials in a request: one element for each alternative whose credentials are complete, in the contract's
    /// order.
    public func requests(in source: some CredentialSource) -> [AccessRequest<Credentials>] {
        alternatives.compactMap { alternative in
            Credentials.read(alternative.kind, from: source).map {
                AccessRequest(credentials: $0, operationID: operationID, scopes: alternative.scopes)
            }
        }
    }

    /// Whether a request with other credentials also has a malformed `Authorization`. It is malformed if it has the
    /// scheme of an alternative, or is not a scheme with a value, but no alternative could read it. A value of another
    /// scheme may be for a proxy, and is not malformed.
    ///
    /// - Parameter requests: the result of ``requests(in:)``.
    public func hasMalformedAuthorization(
        beside requests: [AccessRequest<Credentials>], in source: some CredentialSource
    ) -> Bool {
        guard !requests.isEmpty, let field = source.headerField("Authorization") else { return false }
        let others = WithoutAuthorization(source: source)
        if requests.contains(where: { Credentials.read($0.credentials.kind, from: others) == nil }) { return false }
        guard let scheme = field.split(whereSeparator: { $0 == " " || $0 == "\t" }).first,
            scheme.endIndex < field.endIndex
        else { return true }
        let schemes = alternatives.lazy.flatMap(\.challenges)
        return schemes.contains { $0.lowercased() == scheme.lowercased() }
    }
}

/// A caller's credentials and the operation that it wants to call.
public struct AccessRequest<Credentials: SecurityCredentials>: Sendable, Hashable {
    /// The credentials of the request.
    public var credentials: Credentials
    /// The ID of the operation.
    public var operationID: String
    /// The OAuth 2.0 scopes, or roles for other schemes, that the operation requires. The caller must have all of them.
    public var scopes: [String]

    /// Creates a request for access to an operation.
    public init(credentials: Credentials, operationID: String, scopes: [String]) {
        self.credentials = credentials
        self.operationID = operationID
        self.scopes = scopes
    }
}

/// The request without its `Authorization`.
private struct WithoutAuthorization<Source: CredentialSource>: CredentialSource {
    let source: Source

    func headerField(_ name: String) -> String? {
        name.lowercased() == "authorization" ? nil : source.headerField(name)
    }

    var query: String? { source.query }
}
