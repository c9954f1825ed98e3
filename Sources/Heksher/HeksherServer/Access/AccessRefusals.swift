import ContractRuntime
import HTTPGuard
import HTTPTypes
import NIOHTTP1

/// Refuses requests without a known token by their heads, so that such a request costs little more than parsing it.
struct AccessRefusals: Sendable {
    private let service: APIService
    private let caching: CachePolicy

    /// - Parameters:
    ///   - routes: the routes of the contract, with their security handlers.
    ///   - caching: the policy for the refusals' `Cache-Control` and `Vary`.
    init(_ routes: [Route], _ caching: CachePolicy) {
        self.caching = caching
        service = APIService(routes)
    }

    /// The refusal of a request, as its operation would send it; `nil` if the operation must decide. The operation handles requests of web
    /// pages, because their responses have more header fields.
    func refusal(of head: HTTPRequestHead) -> Refusal? {
        guard !head.headers.contains(name: "Origin"), !head.headers.contains(name: "Sec-Fetch-Site"),
            head.uri.utf8.first == UInt8(ascii: "/"), head.uri.utf8.count <= Self.maximumTargetSize,
            let method = HTTPRequest.Method(rawValue: head.method.rawValue)
        else { return nil }
        let path = String(head.uri.prefix { $0 != "?" })
        guard case .operation(let route, _) = service.decide(method: method, path: path, query: nil),
            var response = route.refusing?(HeadCredentials(head: head))
        else { return nil }
        caching.apply(to: &response.headerFields)
        return Refusal(response)
    }

    private static let maximumTargetSize = 1024
}
