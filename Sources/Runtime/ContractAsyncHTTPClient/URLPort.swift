/// The port of a URL. AsyncHTTPClient and NIO crash on a number beyond 65535 after an IP address, and on `[]` as a host, so a URL from
/// outside must be checked first.
public enum URLPort {
    /// Checks that a URL has a valid port or none, and a host that is not empty.
    ///
    /// - Throws: ``URLPortError``.
    public static func check(_ url: String) throws(URLPortError) {
        guard let scheme = url.firstRange(of: "://") else { return }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // A user and a password may precede the host. An IPv6 address contains colons inside its brackets.
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let behindBrackets = place.split(separator: "]", omittingEmptySubsequences: false).last ?? ""
        guard !place.hasPrefix("[]") else { throw URLPortError(description: "the host is empty") }
        guard let colon = behindBrackets.lastIndex(of: ":") else { return }
        let port = behindBrackets[behindBrackets.index(after: colon)...]
        guard !port.isEmpty else { return }
        guard port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(port),
            (1...65535).contains(number)
        else { throw URLPortError(description: "the port '\(port.prefix(20))' is not a number from 1 to 65535") }
    }
}

/// An error in the host or the port of a URL.
public struct URLPortError: Error, Hashable, CustomStringConvertible {
    /// The reason as a sentence. Of the URL, it contains at most the port.
    public let description: String
}
