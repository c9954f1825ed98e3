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

    /// Sets a header field, whose value is given as JSON, in style `simple`.
    public mutating func setHeader(_ place: ParameterPlace, _ json: [UInt8]) {
        setHeader(place.name, place.joined(place.texts(json)) { $0 })
    }

    /// Sets a header field whose text is JSON (`content`).
    public mutating func setJSONHeader(_ name: String, _ json: [UInt8]) {
        setHeader(name, String(decoding: json, as: UTF8.self))
    }

    /// Reads a header field in style `simple`.
    public func header<Value>(
        _ place: ParameterPlace, _ form: TextForm, required: Bool, _ problems: inout ValidationProblems,
        _ decode: DecodeJSON<Value>
    ) -> Value? {
        let request = APIRequest(method: .get, path: "", headerFields: headerFields)
        return RequestParameters(request, pathValues: []).value(place, form, required: required, &problems, decode)
    }

    /// Reads a header field whose text is JSON (`content`).
    public func jsonHeader<Value>(
        _ name: String, required: Bool, _ problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        let request = APIRequest(method: .get, path: "", headerFields: headerFields)
        return RequestParameters(request, pathValues: []).json(.header(name), required: required, &problems, decode)
    }

    /// Reads the body as JSON.
    public func decodeJSONBody<Value>(
        problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        problems.direction = .response
        return JSONReader.decode(body, at: ["body"], &problems, decode)
    }

    /// Reads the body as a text in UTF-8.
    public func decodeTextBody<Value>(
        _ problems: inout ValidationProblems, _ decode: DecodeText<Value>
    ) -> Value? {
        body.decodeText(headerFields[.contentType], &problems, decode)
    }

    /// The body, whether or not it has all come.
    public var byteStream: ByteStream {
        var stream = stream ?? ByteStream(body)
        stream.contentType = headerFields[.contentType]
        return stream
    }

    /// Whether there is no body, as declared; else a problem is added.
    public func isWithoutBody(_ problems: inout ValidationProblems) -> Bool {
        if body.isEmpty, stream == nil { return true }
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
