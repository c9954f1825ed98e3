import ContractAsyncHTTPClient
import FoundationEssentials

/// The address of a service: scheme, host and port, and a path before the contract's paths if there is one.
struct ServiceAddress {
    let text: String

    init(parsing text: String) throws(ServiceAddressError) {
        guard let parts = URLComponents(string: text), ["http", "https"].contains(parts.scheme?.lowercased()),
            parts.host?.isEmpty == false, parts.query == nil, parts.fragment == nil
        else {
            throw ServiceAddressError(description: "'\(text)' is no address of a service, as in http://127.0.0.1:8080")
        }
        guard parts.user == nil, parts.password == nil else {
            throw ServiceAddressError(description: "the address of a service has no user name or password in it")
        }
        do {
            try URLPort.check(text)
        } catch {
            throw ServiceAddressError(description: "'\(text)' is no address of a service: \(error)")
        }
        self.text = text
    }
}

struct ServiceAddressError: Error, CustomStringConvertible {
    var description: String
}
