import NIOCore

/// The host names that requests on a loopback address may use.
///
/// A web page can let its own name resolve to a loopback address (DNS rebinding). The browser then treats the service as the page's own
/// server, and only the name in `Host` reveals the page.
public struct AllowedHosts: Sendable {
    /// Whether every name is allowed.
    private var allowsAll = false
    private var fields: Set<HostField> = []

    /// The name of the option with the names.
    let option: String

    /// Only loopback addresses and `localhost`.
    ///
    /// - Parameter option: the name of the option with further names, for refusals.
    public init(option: String) { self.option = option }

    /// Parses names separated by commas, each with a port if only that port is allowed, or `*`. Loopback addresses and `localhost` are always
    /// allowed.
    ///
    /// - Parameter option: the option's name, for errors and refusals.
    /// - Throws: ``ConfigurationError``.
    public init(parsing text: String, option: String) throws(ConfigurationError) {
        self.option = option
        for part in text.split(separator: ",") {
            let name = String(part).withoutOuterWhiteSpace
            if name == "*" {
                allowsAll = true
            } else if let field = HostField(name) {
                fields.insert(field)
            } else {
                throw ConfigurationError(
                    "\(option) has '\(name)': it takes names with commas between them, as in 'settings.example.com', or *"
                )
            }
        }
    }

    /// Whether a request on a loopback address may name this host.
    func admits(_ field: HostField) -> Bool {
        allowsAll || field.isLoopback || fields.contains(field)
            || fields.contains { $0.port == nil && $0.host == field.host }
    }
}

extension IPAddress {
    /// Whether the address belongs only to this machine: 127.0.0.0/8 or `::1`.
    var isLoopback: Bool { high == 0 && (low == 1 || low >> 24 == 0xffff7f) }
}

extension Channel {
    /// Whether the connection uses a loopback address.
    var isOnLoopback: Bool {
        localAddress.flatMap { IPAddress($0) }?.isLoopback == true
    }
}
