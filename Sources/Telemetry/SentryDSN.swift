import FoundationEssentials

/// Where errors are reported: `https://PUBLIC_KEY@HOST/PROJECT` (https://develop.sentry.dev/sdk/foundations/transport/authentication/).
public struct SentryDSN: Sendable, Hashable {
    let publicKey: String
    let envelopeURL: String

    /// - Throws: ``SentryDSNError``, which repeats nothing of the text.
    public init(parsing text: String) throws(SentryDSNError) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme, ["http", "https"].contains(scheme),
            let key = parts.user, !key.isEmpty, let host = parts.host, !host.isEmpty
        else { throw SentryDSNError() }
        var path = parts.path.split(separator: "/")
        guard let project = path.popLast() else { throw SentryDSNError() }
        publicKey = key
        let port = parts.port.map { ":\($0)" } ?? ""
        let prefix = path.map { "/\($0)" }.joined()
        envelopeURL = "\(scheme)://\(host)\(port)\(prefix)/api/\(project)/envelope/"
    }
}

/// A text is no DSN of Sentry's.
public struct SentryDSNError: Error, Hashable, CustomStringConvertible {
    public var description: String { "is not of the form https://key@host/project" }
}
