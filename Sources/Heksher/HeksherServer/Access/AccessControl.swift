import ContractRuntime
import HTTPGuard
import HeksherAPI
import Logging
import NIOHTTP1
import Synchronization

/// Decides by the tokens of the access file whether a caller may call an operation.
final class AccessControl: ImmediateSecurityHandler {
    typealias Principal = AccessToken

    private static let maximumTokenSize = 4096

    let file: String
    private let list: Mutex<AccessList>

    /// - Throws: ``ConfigurationError``.
    init(file: String) throws(ConfigurationError) {
        self.file = file
        do {
            list = Mutex(try AccessList(file: file))
        } catch {
            throw ConfigurationError("\(EnvironmentVariable.accessFile.name): \(error)")
        }
    }

    /// Whether a token is still valid, with the same role and limits.
    func isValid(_ token: AccessToken) -> Bool { list.withLock { $0 }.contains(token) }

    /// Reads the file again. If the file is wrong, the tokens stay unchanged.
    func reload(_ logger: Logger) {
        do {
            let new = try AccessList(file: file)
            list.withLock { $0 = new }
            logger.notice("the access file is read again", metadata: ["tokens": "\(new.count)"])
        } catch {
            logger.error("the access file is wrong; the previous tokens stay valid", metadata: ["error": "\(error)"])
        }
    }

    func admit(_ access: AccessRequest<Credentials>) -> Admission<AccessToken> {
        guard let token = holder(of: access.credentials) else {
            if case .ticket = access.credentials { return .unknown("the ticket is unknown or too old") }
            return .unknown("the token is unknown")
        }
        let lacking = access.scopes.filter { !token.role.includes($0) }
        guard lacking.isEmpty else { return .forbidden(token.refusal(lacking: lacking)) }
        return .admitted(token)
    }

    private func holder(of credentials: Credentials) -> AccessToken? {
        let text = credentials.text
        // No token is longer, so event loops need not wait for a hash of a longer text.
        guard text.utf8.count <= Self.maximumTokenSize else { return nil }
        let list = list.withLock { $0 }
        if case .ticket = credentials { return list.holder(ofTicket: text) }
        return list.holder(of: text)
    }

    /// `Authorization` and `X-API-Key` of one request must contain the same token, and a ticket must stand for it.
    func belongTogether(_ requests: [AccessRequest<Credentials>]) -> Bool {
        let tokens = requests.filter { if case .ticket = $0.credentials { false } else { true } }
        guard tokens.dropFirst().allSatisfy({ $0.credentials.text == tokens.first?.credentials.text }) else {
            return false
        }
        return tokens.count == requests.count
            || requests.dropFirst().allSatisfy {
                holder(of: $0.credentials) == requests.first.flatMap { holder(of: $0.credentials) }
            }
    }

    /// The token of a query, if the operation's rules admit it.
    func asker(of head: HTTPRequestHead) -> AccessToken? {
        let source = HeadCredentials(head: head)
        let requests = QueryRules.security.requests(in: source)
        guard let first = requests.first, requests.count == 1 || belongTogether(requests),
            !QueryRules.security.hasMalformedAuthorization(beside: requests, in: source),
            case .admitted(let token) = admit(first)
        else { return nil }
        return token
    }
}

extension Credentials {
    fileprivate var text: String {
        switch self {
        case .bearer(let token): token.text
        case .apiKey(let key): key.text
        case .ticket(let ticket): ticket.text
        }
    }
}

/// The credentials in the head of a request.
struct HeadCredentials: CredentialSource {
    let head: HTTPRequestHead

    func headerField(_ name: String) -> String? {
        let values = head.headers[name]
        return values.count > 1 ? values.joined(separator: ", ") : values.first
    }

    var query: String? {
        guard let mark = head.uri.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        return String(head.uri[head.uri.utf8.index(after: mark)...])
    }
}
