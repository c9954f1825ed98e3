import ContractAsyncHTTPClient
import FoundationEssentials

/// The address for error reports: `https://PUBLIC_KEY@HOST/PROJECT` (https://develop.sentry.dev/sdk/foundations/transport/authentication/).
public struct SentryDSN: Sendable, Hashable {
    let publicKey: String
    let envelopeURL: String

    /// - Throws: ``SentryDSNError``, which contains no part of the text.
    public init(parsing text: String) throws(SentryDSNError) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme, ["http", "https"].contains(scheme),
            let key = parts.user, !key.isEmpty, let host = parts.host, !host.isEmpty
        else { throw SentryDSNError() }
        do {
            try URLPort.check(text)
        } catch {
            throw SentryDSNError(portError: error)
        }
        var path = parts.path.split(separator: "/")
        guard let project = path.popLast() else { throw SentryDSNError() }
        publicKey = key
        let port = parts.port.map { ":\($0)" } ?? ""
        let prefix = path.map { "/\($0)" }.joined()
        envelopeURL = "\(scheme)://\(host)\(port)\(prefix)/api/\(project)/envelope/"
    }
}

/// A text is not a valid Sentry DSN.
public struct SentryDSNError: Error, Hashable, CustomStringConvertible {
    /// The error in its port, if that is the reason.
    var portError: URLPortError?

    /// The end of a sentence that begins with the DSN's name. It never contains the DSN's key, which is secret.
    public var description: String {
        portError.map { "names no server: \($0)" } ?? "is not of the form https://key@host/project"
    }
}
