import HTTPTypes

/// A request, in any form, that may contain credentials.
///
/// ``APIRequest`` conforms. Code that handles requests in an earlier form can conform, too, so that the same rules
/// apply to credentials there.
public protocol CredentialSource {
    /// The value of a header field. Commas join several with the same name (RFC 9110 §5.3).
    func headerField(_ name: String) -> String?

    /// The text after the question mark, percent-encoded; `nil` without a question mark.
    var query: String? { get }
}

extension APIRequest: CredentialSource {
    /// The value of a header field; `nil` if the request does not have the field.
    public func headerField(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { headerFields[$0] }
    }
}

extension CredentialSource {
    /// The text in `Authorization` after the name of an authentication scheme, in any case, and white space (RFC 9110
    /// §11.4).
    func authorization(_ scheme: String) -> Substring? {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let field = headerField("Authorization"), let end = field.utf8.firstIndex(where: isSpace),
            field[..<end].lowercased() == scheme.lowercased(),
            let start = field.utf8[end...].firstIndex(where: { !isSpace($0) })
        else { return nil }
        return field[start...]
    }
}
