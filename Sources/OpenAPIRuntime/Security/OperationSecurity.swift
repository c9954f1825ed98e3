/// Credentials of one of the ways in which a contract lets somebody show who they are: what the generated `Credentials` is.
public protocol SecurityCredentials: Sendable, Hashable {
    /// What tells the ways apart: the cases without their values.
    associatedtype Kind: Sendable, Hashable

    var kind: Kind { get }

    /// The credentials of a kind that a request has; `nil` if any of them is not there.
    static func read(_ kind: Kind, from source: some CredentialSource) -> Self?

    func add(to request: inout APIRequest)
}

/// What an operation asks of whoever calls it (`security`, OpenAPI 3.1 §4.8.30).
public struct OperationSecurity<Credentials: SecurityCredentials>: Sendable {
    /// One way of calling the operation.
    public struct Alternative: Sendable, Hashable {
        public var kind: Credentials.Kind
        /// The scopes of OAuth 2.0, or with other schemes the roles, that are asked for; all of them.
        public var scopes: [String]
        /// The authentication schemes (RFC 9110 §11.1) by which it can be done.
        var challenges: [String]

        public init(_ kind: Credentials.Kind, scopes: [String], challenges: [String]) {
            self.kind = kind
            self.scopes = scopes
            self.challenges = challenges
        }
    }

    public let operationID: String
    /// In the contract's order; any of them will do.
    public let alternatives: [Alternative]
    /// Whether the operation is there for those too who do not say who they are (`{}`).
    public let admitsAnonymous: Bool
    let realm: String
    let unauthorized: RefusalBody
    let forbidden: RefusalBody

    /// - Parameters:
    ///   - realm: what the credentials are for, as people know it.
    ///   - unauthorized: the body of the answer 401.
    ///   - forbidden: the body of the answer 403.
    public init(
        _ operationID: String, _ alternatives: [Alternative], admitsAnonymous: Bool, realm: String,
        unauthorized: RefusalBody, forbidden: RefusalBody
    ) {
        self.operationID = operationID
        self.alternatives = alternatives
        self.admitsAnonymous = admitsAnonymous
        self.realm = realm
        self.unauthorized = unauthorized
        self.forbidden = forbidden
    }

    /// The credentials that came, of each alternative of which all came, in the contract's order.
    public func requests(in source: some CredentialSource) -> [AccessRequest<Credentials>] {
        alternatives.compactMap { alternative in
            Credentials.read(alternative.kind, from: source).map {
                AccessRequest(credentials: $0, operationID: operationID, scopes: alternative.scopes)
            }
        }
    }
}

/// Somebody who shows who they are, and what they want to do.
public struct AccessRequest<Credentials: SecurityCredentials>: Sendable, Hashable {
    public var credentials: Credentials
    public var operationID: String
    /// The scopes of OAuth 2.0, or with other schemes the roles, that the operation asks for; all of them.
    public var scopes: [String]

    public init(credentials: Credentials, operationID: String, scopes: [String]) {
        self.credentials = credentials
        self.operationID = operationID
        self.scopes = scopes
    }
}
