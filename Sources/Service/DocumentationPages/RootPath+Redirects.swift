package import ContractRuntime
package import HTTPGuard
import HTTPTypes

extension RootPath {
    /// The redirect from the path itself to the first page below it, whose references are relative. It is for proxies that keep the path.
    package var redirects: [Route] {
        if prefix == .none { return [] }
        return [
            Route(
                documentationRouteID, .get, prefix.text.split(separator: "/").map { .literal(String($0)) },
                readsBody: false,
                respond: { _, _ in APIResponse(status: .temporaryRedirect, headerFields: [.location: "/"]) })
        ]
    }
}
