public import ContractJSON
import HTTPTypes

// Generated code calls these functions to decode request bodies.

extension APIRequest {
    /// The content type of the body; `nil` if the field is missing or empty.
    private var contentType: String? {
        headerFields[.contentType].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The body as JSON in UTF-8 without a byte order mark. The body itself can have any encoding of JSON.
    ///
    /// - Throws: `JSONError`.
    public var jsonText: [UInt8] {
        get throws(JSONError) { try JSONText.utf8(body) }
    }

    /// Decodes the body as JSON. If there is a content type, it must be JSON. The body may be in UTF-8, UTF-16 or
    /// UTF-32, with or without a byte order mark.
    ///
    /// - Returns: the value; `nil` if an optional body is absent, or after adding a problem.
    public func decodeJSONBody<Value>(
        required: Bool, problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        guard !body.isEmpty else {
            if required { problems.addMissing("body") }
            return nil
        }
        if let contentType, !MediaType.isJSON(contentType) {
            problems.addWrongMediaType(contentType, instead: ["application/json"])
            return nil
        }
        problems.direction = .request
        return JSONReader.decode(body: body, &problems, decode)
    }

    /// Finds the media type or range that the body has. Without a content type, it is the first.
    ///
    /// - Returns: the index of the media type; `nil` if an optional body is absent, or after adding a problem.
    public func bodyType(among types: [String], required: Bool, _ problems: inout ValidationProblems) -> Int? {
        guard stream != nil || !body.isEmpty || isEmptyBody else {
            if required { problems.addMissing("body") }
            return nil
        }
        if let index = index(among: types) { return index }
        problems.addWrongMediaType(contentType ?? "", instead: types)
        return nil
    }

    /// Whether a body of zero bytes is a value. JSON always has at least one byte, but a text can be empty.
    private var isEmptyBody: Bool {
        guard let contentType else { return false }
        return !MediaType.isJSON(contentType)
    }

    private func index(among types: [String]) -> Int? {
        guard let contentType else { return 0 }
        return MediaTypeName.index(of: contentType, among: types)
            // If the contract declares one kind of JSON, any kind of JSON is accepted for it.
            ?? (MediaType.isJSON(contentType) && types.count { MediaType.isJSON($0) } == 1
                ? types.firstIndex { MediaType.isJSON($0) } : nil)
    }

    /// Decodes the body as UTF-8 text.
    public func decodeTextBody<Value>(
        _ problems: inout ValidationProblems, _ decode: DecodeText<Value>
    ) -> Value? {
        body.decodeText(contentType, &problems, decode)
    }

    /// Decodes the body as a URL-encoded form (WHATWG URL §5.1).
    ///
    /// - Parameter places: descriptions of members that are not written in the style `form`, exploded.
    public func decodeFormBody<Value>(
        _ form: TextForm, _ places: [ParameterPlace], _ problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        problems.direction = .request
        let pairs = QueryPairs(String(decoding: body, as: UTF8.self)).pairs
        let mark = problems.mark
        let json = form.object { members, others, json in
            var names: [String] = places.map(\.name)
            for pair in pairs where !places.contains(where: { $0.has(pair.name) }) && !names.contains(pair.name) {
                names.append(pair.name)
            }
            for name in names {
                guard let member = members[name] ?? others else { continue }
                let place = places.first { $0.name == name } ?? .query(name)
                var found = ValidationProblems()
                let texts = RequestParameters.formTexts(in: pairs, place, member.kind, &found)
                for problem in found.list {
                    problems.add(ValidationProblem(problem.kind, problem.message, at: [.name("body"), .name(name)]))
                }
                problems.add(further: found.count - found.list.count)
                guard let texts else { continue }
                json.key(name)
                json.writeRaw(member.bytes(of: texts))
            }
        }
        let value = JSONReader.decode(json, at: ["body"], &problems, decode)
        return problems.foundNone(since: mark) ? value : nil
    }

    /// Decodes the body as a form with files (RFC 7578).
    public func decodeMultipartBody<Value>(
        _ problems: inout ValidationProblems, _ decode: (MultipartForm, inout ValidationProblems) -> Value?
    ) -> Value? {
        problems.direction = .request
        do {
            return decode(try MultipartForm(body, boundary: boundary), &problems)
        } catch {
            problems.add(ValidationProblem(.other, error.sentence, at: [.name("body")]))
            return nil
        }
    }

    /// The body as it arrives.
    public var streamedBody: ByteStream {
        var stream = stream ?? ByteStream(body)
        stream.contentType = contentType
        return stream
    }

    /// The body as a form with files, part by part as they arrive.
    public func multipartStream(_ problems: inout ValidationProblems) -> MultipartStream? {
        do {
            return try MultipartStream(stream ?? ByteStream(body), boundary: boundary)
        } catch {
            problems.add(ValidationProblem(.other, error.sentence, at: [.name("body")]))
            return nil
        }
    }

    /// The boundary of the parts of a form; empty if the content type has none.
    private var boundary: String {
        headerFields[.contentType].flatMap { MediaTypeName($0).parameters["boundary"] } ?? ""
    }

    // MARK: Negotiation

    /// The response 415, if the body has none of these media types.
    public func refusal(unlessOf types: [String], _ body: RefusalBody) -> APIResponse? {
        guard stream != nil || !self.body.isEmpty || isEmptyBody, index(among: types) == nil else { return nil }
        var response = body.response(
            .unsupportedMediaType, .mustBe(types, not: contentType ?? ""))
        // The media types that the service would accept (RFC 9110 §15.5.16).
        response.headerFields[.accept] = types.joined(separator: ", ")
        return response
    }

    /// The response 406, if the client accepts none of these media types.
    public func refusal(unlessAccepting types: [String], _ body: RefusalBody) -> APIResponse? {
        guard AcceptedMediaTypes(headerFields[.accept]).best(of: types) == nil else { return nil }
        return body.response(.notAcceptable, "there is \(types.joined(separator: " or ")), and none of it is accepted")
    }
}

extension ValidationProblems {
    fileprivate mutating func addWrongMediaType(_ contentType: String, instead types: [String]) {
        add(ValidationProblem(.other, .mustBe(types, not: contentType), at: [.name("body")]))
    }
}

extension String {
    fileprivate static func mustBe(_ types: [String], not contentType: String) -> String {
        "the body must be \(types.joined(separator: " or ")), not \(contentType.shortened())"
    }
}

extension ParameterPlace {
    /// Whether a name in a form belongs to this member.
    fileprivate func has(_ name: String) -> Bool {
        name == self.name || (style == .deepObject && name.hasPrefix("\(self.name)["))
    }
}

extension [UInt8] {
    /// Decodes a body as UTF-8 text.
    func decodeText<Value>(
        _ contentType: String?, _ problems: inout ValidationProblems, _ decode: DecodeText<Value>
    ) -> Value? {
        let charset = contentType.flatMap { MediaTypeName($0).parameters["charset"] }?.lowercased()
        guard charset == nil || charset == "utf-8" || charset == "us-ascii",
            let text = String(validating: self, as: UTF8.self)
        else {
            problems.add(ValidationProblem(.other, "the text is not in UTF-8", at: [.name("body")]))
            return nil
        }
        let mark = problems.mark
        let value = decode(text, &problems)
        problems.prefix("body", since: mark)
        return value
    }
}

/// Decodes a value from a text that is JSON.
public func decodeJSON<Value>(
    _ text: String, _ problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
) -> Value? {
    JSONReader.decode(Array(text.utf8), at: [], &problems, decode)
}

extension JSONReader {
    /// Decodes a body as one value. It can have any encoding of JSON.
    static func decode<Value>(
        body: [UInt8], _ problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        let text: [UInt8]
        do {
            text = try JSONText.utf8(body)
        } catch {
            problems.add(ValidationProblem(.malformedJSON, error.message, at: [.name("body")], position: error))
            return nil
        }
        return Self.decode(text, at: ["body"], &problems, decode)
    }

    /// Decodes bytes as one value.
    ///
    /// - Parameter path: the location of the bytes in the message.
    static func decode<Value>(
        _ bytes: [UInt8], at path: [String], _ problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        let mark = problems.mark
        var json = JSONReader(bytes)
        do {
            let value = try decode(&json, &problems)
            try json.finish()
            for name in path.reversed() { problems.prefix(name, since: mark) }
            return problems.foundNone(since: mark) ? value : nil
        } catch {
            // If the text is not JSON, problems in its members mean nothing.
            problems.removeAll(since: mark)
            problems.add(
                ValidationProblem(.malformedJSON, error.message, at: path.map { .name($0) }, position: error))
            return nil
        }
    }
}

/// Media types (RFC 9110 §8.3.1).
enum MediaType {
    /// Whether a content type is `application/json`, `text/json` or `*/*+json` (RFC 6839 §3.1), with any parameters.
    static func isJSON(_ contentType: String) -> Bool {
        let type = essence(contentType)
        return type == "application/json" || type == "text/json" || (type.contains("/") && type.hasSuffix("+json"))
    }

    /// The type and subtype in lower case, without parameters.
    static func essence(_ contentType: String) -> String {
        let type = contentType.prefix { $0 != ";" }.lowercased()
        let start = type.firstIndex { $0 != " " && $0 != "\t" } ?? type.endIndex
        let end = type.lastIndex { $0 != " " && $0 != "\t" }.map(type.index(after:)) ?? start
        return String(type[start..<end])
    }
}
