#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import HTTPTypes

// Credentials as the security schemes of OpenAPI have them. None of them shows its secret when it is printed.

/// A token that whoever holds it may use: `Authorization: Bearer …` (RFC 6750 §2.1). The schemes `http` with `bearer`, `oauth2`
/// and `openIdConnect` are sent so.
public struct BearerToken: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    public var text: String

    public init(_ text: String) {
        self.text = text
    }

    /// The token of a request; `nil` without one, or with one that has other characters than RFC 6750 admits.
    public init?(in source: some CredentialSource) {
        guard let text = source.authorization("Bearer"), text.utf8.allSatisfy(\.isOfToken) else { return nil }
        self.text = String(text)
    }

    public func add(to request: inout APIRequest) {
        request.headerFields[.authorization] = "Bearer \(text)"
    }

    public var description: String { "a bearer token" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A user's name and password: `Authorization: Basic …` (RFC 7617).
public struct BasicCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Without a colon, which ends it.
    public var user: String
    public var password: String

    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// The name and the password of a request; `nil` without them, or if they are not base64 of UTF-8 with a colon.
    public init?(in source: some CredentialSource) {
        guard let encoded = source.authorization("Basic"), let bytes = Data(base64Encoded: String(encoded)),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else { return nil }
        user = String(text[..<colon])
        password = String(text[text.index(after: colon)...])
    }

    public func add(to request: inout APIRequest) {
        let text = Data("\(user):\(password)".utf8).base64EncodedString()
        request.headerFields[.authorization] = "Basic \(text)"
    }

    public var description: String { "the password of \(user)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What follows the name of another authentication scheme in `Authorization` (RFC 9110 §11.4), as it is sent.
public struct HTTPCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    public var text: String

    public init(_ text: String) {
        self.text = text
    }

    /// - Parameter scheme: its name, `Digest` say.
    public init?(in source: some CredentialSource, scheme: String) {
        guard let text = source.authorization(scheme) else { return nil }
        self.text = String(text)
    }

    public func add(to request: inout APIRequest, scheme: String) {
        request.headerFields[.authorization] = "\(scheme) \(text)"
    }

    public var description: String { "credentials" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A key in a header field, in the query or in a cookie.
public struct APIKey: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    public enum Location: Sendable, Hashable {
        case header, query, cookie
    }

    public var text: String

    public init(_ text: String) {
        self.text = text
    }

    /// The key of a request; `nil` without one, or with an empty one.
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

    public func add(to request: inout APIRequest, _ location: Location, _ name: String) {
        switch location {
        case .header: request.setHeader(name, text)
        case .query: request.addQuery(name, text)
        case .cookie: request.addCookie(name, text)
        }
    }

    public var description: String { "an API key" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension UInt8 {
    /// A character of `b64token` (RFC 6750 §2.1).
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
