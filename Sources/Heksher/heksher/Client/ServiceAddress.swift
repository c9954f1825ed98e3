import ContractAsyncHTTPClient
import FoundationEssentials

/// The address of a service: scheme, host and port, and a path before the contract's paths if there is one.
struct ServiceAddress {
    let text: String

    /// Takes an address with or without its scheme. Without one, it is `http://` for this machine, and otherwise `https://`.
    init(parsing text: String) throws(ServiceAddressError) {
        let whole = text.contains("://") ? text : Self.completed(text)
        guard let whole, let parts = URLComponents(string: whole),
            ["http", "https"].contains(parts.scheme?.lowercased()),
            let host = parts.host, !host.isEmpty, parts.query == nil, parts.fragment == nil
        else {
            throw ServiceAddressError(
                description: "'\(text)' is not the address of a service, such as http://127.0.0.1:8080")
        }
        guard parts.user == nil, parts.password == nil else {
            throw ServiceAddressError(description: "the address of a service has no user name or password in it")
        }
        do {
            try URLPort.check(whole)
        } catch {
            throw ServiceAddressError(description: "'\(text)' is not the address of a service: \(error)")
        }
        self.text = whole
    }

    /// A single word without a port is more likely a mistake than the name of a host.
    private static func completed(_ text: String) -> String? {
        let place = text.prefix { $0 != "/" }
        let isLocal = place.contains(/^(localhost|127\.[0-9.]+|\[::1\])(:[0-9]*)?$/)
        guard isLocal || place.contains(".") || place.contains(":") else { return nil }
        return (isLocal ? "http://" : "https://") + text
    }
}

struct ServiceAddressError: Error, CustomStringConvertible {
    var description: String
}
