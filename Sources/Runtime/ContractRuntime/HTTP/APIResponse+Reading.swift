public import ContractJSON
import HTTPTypes

// Generated code calls these functions to encode headers, and to decode and validate responses.

extension APIResponse {
    /// Sets a header field. Names that HTTP does not allow are ignored, because a contract cannot declare them.
    public mutating func setHeader(_ name: String, _ value: String) {
        guard let name = HTTPField.Name(name) else { return }
        headerFields[name] = value
    }

    /// The type and subtype of the body, in lower case; empty if there is no content type.
    public var mediaType: String {
        headerFields[.contentType].map(MediaType.essence) ?? ""
    }

    /// The media type of the body. If the body has one of `types`, which may differ only in parameters, it is that one.
    /// Otherwise, it is the type and subtype in lower case.
    public func mediaType(among types: [String]) -> String {
        guard let contentType = headerFields[.contentType] else { return "" }
        return MediaTypeName.index(of: contentType, among: types).map { types[$0] } ?? mediaType
    }

    /// Decodes a header field.
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

    /// Sets a header field in the style `simple` to a value that is given as JSON.
    public mutating func setHeader(_ place: ParameterPlace, _ json: [UInt8]) {
        setHeader(place.name, place.joined(place.texts(json)) { $0 })
    }

    /// Sets a header field whose text is JSON (`content`).
    public mutating func setJSONHeader(_ name: String, _ json: [UInt8]) {
        setHeader(name, String(decoding: json, as: UTF8.self))
    }

    /// Decodes a header field in the style `simple`.
    public func header<Value>(
        _ place: ParameterPlace, _ form: TextForm, required: Bool, _ problems: inout ValidationProblems,
        _ decode: DecodeJSON<Value>
    ) -> Value? {
        let request = APIRequest(method: .get, path: "", headerFields: headerFields)
        return RequestParameters(request, pathValues: []).value(place, form, required: required, &problems, decode)
    }

    /// Decodes a header field whose text is JSON (`content`).
    public func jsonHeader<Value>(
        _ name: String, required: Bool, _ problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        let request = APIRequest(method: .get, path: "", headerFields: headerFields)
        return RequestParameters(request, pathValues: []).json(.header(name), required: required, &problems, decode)
    }

    /// Decodes the body as JSON, like the body of a request.
    public func decodeJSONBody<Value>(
        problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        problems.direction = .response
        return JSONReader.decode(body: body, &problems, decode)
    }

    /// Decodes the body as UTF-8 text.
    public func decodeTextBody<Value>(
        _ problems: inout ValidationProblems, _ decode: DecodeText<Value>
    ) -> Value? {
        body.decodeText(headerFields[.contentType], &problems, decode)
    }

    /// The body as a stream, even if all of it has been received.
    public var byteStream: ByteStream {
        var stream = stream ?? ByteStream(body)
        stream.contentType = headerFields[.contentType]
        return stream
    }

    /// Whether there is no body. Adds a problem if there is one.
    public func isWithoutBody(_ problems: inout ValidationProblems) -> Bool {
        if body.isEmpty, stream == nil { return true }
        problems.add(ValidationProblem(.other, "a body where none is declared", at: [.name("body")]))
        return false
    }
}

extension ValidationProblems {
    /// Adds the problem that the contract does not declare the response's status.
    public mutating func addUndeclaredStatus(of response: APIResponse) {
        add(ValidationProblem(.other, "the status \(response.status.code) is not declared", at: [.name("status")]))
    }

    /// Adds the problem that the contract does not declare the media type of the response's body.
    public mutating func addUndeclaredMediaType(of response: APIResponse) {
        let type = response.mediaType
        add(
            ValidationProblem(
                .other,
                type.isEmpty ? "a body is declared, and none is there" : "the media type \(type) is not declared",
                at: [.name("header"), .name("Content-Type")]))
    }
}
