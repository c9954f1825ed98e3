import HeksherAPI
import Logging
import NIOHTTP1
import OpenAPIRuntime
import Synchronization

/// Decides who may call which operation, by the tokens of the access file.
final class AccessControl: SecurityHandler {
    typealias Principal = AccessToken

    private let file: String
    private let list: Mutex<AccessList>

    /// - Throws: ``ConfigurationError``.
    init(file: String) throws(ConfigurationError) {
        self.file = file
        do {
            list = Mutex(try AccessList(file: file))
        } catch {
            throw ConfigurationError("HEKSHER_ACCESS_FILE: \(error)")
        }
    }

    /// Reads the file again. If that is wrong, the tokens stay as they are.
    func reload(_ logger: Logger) {
        do {
            let new = try AccessList(file: file)
            list.withLock { $0 = new }
            logger.notice("the access file is read again", metadata: ["tokens": "\(new.count)"])
        } catch {
            logger.error("the access file is wrong, and the tokens stay as they are", metadata: ["error": "\(error)"])
        }
    }

    func admit(_ access: AccessRequest<Credentials>) -> Admission<AccessToken> {
        guard let token = holder(of: access.credentials) else { return .unknown("the token is unknown") }
        let lacking = access.scopes.filter { !token.role.includes($0) }
        guard lacking.isEmpty else { return .forbidden(token.refusal(lacking: lacking)) }
        return .admitted(token)
    }

    private func holder(of credentials: Credentials) -> AccessToken? {
        let text =
            switch credentials {
            case .bearer(let token): token.text
            case .apiKey(let key): key.text
            }
        return list.withLock { $0 }.holder(of: text)
    }

    /// Who asks a query, if they may: by the same rules as those of the operation.
    func asker(of head: HTTPRequestHead) -> AccessToken? {
        for access in QueryRules.security.requests(in: QueryHead(head: head)) {
            if case .admitted(let token) = admit(access) { return token }
        }
        return nil
    }
}

/// The head of a query, where credentials are looked for.
private struct QueryHead: CredentialSource {
    let head: HTTPRequestHead

    func headerField(_ name: String) -> String? {
        let values = head.headers[name]
        return values.count > 1 ? values.joined(separator: ", ") : values.first
    }

    /// The contract has no credentials there.
    var query: String? { nil }
}
