import HTTPGuard
import Synchronization

/// An OpenAPI document as the service serves it: its `servers` contain the path below which clients find the service.
final class DocumentContent: Sendable {
    /// Only trusted proxies choose prefixes, and a proxy has few.
    private static let maximumPrefixes = 16

    private let document: [UInt8]
    private let contentType: String
    private let unprefixed: StaticContent
    private let prefixed = Mutex<[PathPrefix: StaticContent]>([:])

    /// - Parameter document: in one of the forms of ``DocumentedAPI``.
    init(_ document: [UInt8], contentType: String) {
        self.document = document
        self.contentType = contentType
        unprefixed = StaticContent(document, contentType: contentType)
    }

    /// The content below a prefix. It is created for its first request.
    func at(_ prefix: PathPrefix) -> StaticContent {
        if prefix == .none { return unprefixed }
        if let known = prefixed.withLock({ $0[prefix] }) { return known }
        let content = StaticContent(DocumentedAPI.document(document, servedAt: prefix), contentType: contentType)
        prefixed.withLock { prefixed in
            if prefixed.count >= Self.maximumPrefixes { prefixed = [:] }
            prefixed[prefix] = content
        }
        return content
    }
}
