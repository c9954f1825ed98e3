import HTTPTypes
public import JSON

// What generated code calls to write headers, and to read and validate responses.

extension APIResponse {
    /// Sets a header field; a name that HTTP does not admit is none that a contract could declare.
    public mutating func setHeader(_ name: String, _ value: String) {
        guard let name = HTTPField.Name(name) else { return }
        headerFields[name] = value
    }

    /// Type and subtype of the body, in lower case; empty without a content type.
    public var mediaType: String {
        headerFields[.contentType].map(MediaType.essence) ?? ""
    }

    /// Reads a header field.
    public func header<Value>(
        _ name: String, required: Bool, _ problems: inout ValidationProblems, _ decode: DecodeText<Value>
    ) -> Value? {
        guard let text = HTTPField.Name(name).flatMap({ headerFields[$0] }) else {
            if required { problems.addMissing("header", name) }
            return nil
        }
        let mark = problems.mark
        let value = decode(text, &problems)
        problems.prefix(name, since: mark)
        problems.prefix("header", since: mark)
        return value
    }

    /// Reads the body as JSON.
    public func decodeJSONBody<Value>(
        problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        problems.direction = .response
        return JSONReader.decodeBody(body, &problems, decode)
    }

    /// Whether there is no body, as declared; else a problem is added.
    public func isWithoutBody(_ problems: inout ValidationProblems) -> Bool {
        if body.isEmpty { return true }
        problems.add(ValidationProblem(.other, "a body where none is declared", at: [.name("body")]))
        return false
    }
}

extension ValidationProblems {
    public mutating func addUndeclaredStatus(of response: APIResponse) {
        add(ValidationProblem(.other, "the status \(response.status.code) is not declared", at: [.name("status")]))
    }

    public mutating func addUndeclaredMediaType(of response: APIResponse) {
        let type = response.mediaType
        add(
            ValidationProblem(
                .other,
                type.isEmpty ? "a body is declared, and none is there" : "the media type \(type) is not declared",
                at: [.name("header"), .name("Content-Type")]))
    }
}
