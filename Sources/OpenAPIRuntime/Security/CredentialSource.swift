import HTTPTypes

/// Where credentials are looked for: a request in whatever form it is at hand.
///
/// ``APIRequest`` is one. Who answers requests before they become one makes a source of what it has, so that credentials are
/// read by the same rules there.
public protocol CredentialSource {
    /// The value of a header field; several with its name are joined with commas (RFC 9110 §5.3).
    func headerField(_ name: String) -> String?

    /// What follows the question mark, percent-encoded.
    var query: String? { get }
}

extension APIRequest: CredentialSource {
    public func headerField(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { headerFields[$0] }
    }
}

extension CredentialSource {
    /// What follows the name of an authentication scheme in `Authorization` (RFC 9110 §11.4), which no case of letters changes.
    func authorization(_ scheme: String) -> Substring? {
        guard let field = headerField("Authorization"),
            let end = field.utf8.firstIndex(of: UInt8(ascii: " ")),
            field[..<end].lowercased() == scheme.lowercased()
        else { return nil }
        let value = field[end...].drop { $0 == " " }
        return value.isEmpty ? nil : value
    }
}
