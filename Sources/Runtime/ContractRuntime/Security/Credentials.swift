import HTTPTypes

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

// Credentials for the kinds of security schemes in OpenAPI. Printing them does not show their secrets.

/// A token that proves that its bearer is authorized: `Authorization: Bearer …` (RFC 6750 §2.1). The schemes `http`
/// with `bearer`, `oauth2` and `openIdConnect` use it.
public struct BearerToken: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The token.
    public var text: String

    /// Creates credentials from a token.
    public init(_ text: String) {
        self.text = text
    }

    /// The token of a request; `nil` if there is none, or if it contains characters that RFC 6750 does not allow.
    public init?(in source: some CredentialSource) {
        guard let text = source.authorization("Bearer"), text.utf8.allSatisfy(\.isOfToken) else { return nil }
        self.text = String(text)
    }

    /// Sets `Authorization` to the token.
    public func add(to request: inout APIRequest) {
        request.headerFields[.authorization] = "Bearer \(text)"
    }

    /// A text without the token.
    public var description: String { "a bearer token" }
    /// A mirror without the token, for `dump` and debuggers.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A user's name and password: `Authorization: Basic …` (RFC 7617).
public struct BasicCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The name of the user. It cannot contain a colon, because a colon ends it.
    public var user: String
    /// The password.
    public var password: String

    /// Creates credentials from a name and a password.
    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// The name and password of a request; `nil` if there are none, or if they are not the base64 form of UTF-8 with a
    /// colon.
    public init?(in source: some CredentialSource) {
        guard let encoded = source.authorization("Basic"), let bytes = Data(base64Encoded: String(encoded)),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else { return nil }
        user = String(text[..<colon])
        password = String(text[text.index(after: colon)...])
    }

    /// Sets `Authorization` to the base64 form of the name and the password.
    public func add(to request: inout APIRequest) {
        let text = Data("\(user):\(password)".utf8).base64EncodedString()
        request.headerFields[.authorization] = "Basic \(text)"
    }

    /// A text with the name and without the password.
    public var description: String { "the password of \(user)" }
    /// A mirror without the password, for `dump` and debuggers.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Credentials of another authentication scheme: the text after its name in `Authorization` (RFC 9110 §11.4).
public struct HTTPCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The text after the name of the scheme.
    public var text: String

    /// Creates credentials from the text after the name of the scheme.
    public init(_ text: String) {
        self.text = text
    }

    /// The credentials of a request; `nil` if there are none of the scheme.
    ///
    /// - Parameter scheme: the name of the scheme, for example `Digest`.
    public init?(in source: some CredentialSource, scheme: String) {
        guard let text = source.authorization(scheme) else { return nil }
        self.text = String(text)
    }

    /// Sets `Authorization` to the name of the scheme and the text.
    public func add(to request: inout APIRequest, scheme: String) {
        request.headerFields[.authorization] = "\(scheme) \(text)"
    }

    /// A text without the secret.
    public var description: String { "credentials" }
    /// A mirror without the secret, for `dump` and debuggers.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A key in a header field, in the query or in a cookie.
public struct APIKey: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The part of a request that contains the key.
    public enum Location: Sendable, Hashable {
        case header, query, cookie
    }

    /// The key.
    public var text: String

    /// Creates credentials from a key.
    public init(_ text: String) {
        self.text = text
    }

    /// The key of a request; `nil` if there is none or it is empty.
    public init?(in source: some CredentialSource, _ location: Location, _ name: String) {
        let found: String? =
            switch location {
            case .header: source.headerField(name)
            case .query: QueryPairs(source.query).last(name)
            case .cookie: CookiePairs(source.headerField("Cookie")).first(name)
            }
        guard let found, !found.isEmpty else { return nil }
        text = found
    }

    /// Adds the key to a header field, to the query or to the cookies.
    public func add(to request: inout APIRequest, _ location: Location, _ name: String) {
        switch location {
        case .header: request.setHeader(name, text)
        case .query: request.addQuery(name, text)
        case .cookie: request.addCookie(name, text)
        }
    }

    /// A text without the key.
    public var description: String { "an API key" }
    /// A mirror without the key, for `dump` and debuggers.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension UInt8 {
    /// Whether the byte is a character of `b64token` (RFC 6750 §2.1).
    fileprivate var isOfToken: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
