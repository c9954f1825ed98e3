import HTTPTypes
public import JSON

// What generated code calls to read the bodies of requests.

extension APIRequest {
    /// Reads the body as JSON, which it must be by its content type if it has one.
    ///
    /// - Returns: the value; `nil` for an absent body that is not required, and after having added a problem.
    public func decodeJSONBody<Value>(
        required: Bool, problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        guard !body.isEmpty else {
            if required { problems.addMissing("body") }
            return nil
        }
        if let contentType = headerFields[.contentType], !MediaType.isJSON(contentType) {
            problems.addWrongMediaType(contentType, instead: ["application/json"])
            return nil
        }
        problems.direction = .request
        return JSONReader.decode(body, at: ["body"], &problems, decode)
    }

    /// Which of some media types or ranges of them the body has; without a content type, the first.
    ///
    /// - Returns: the number of the media type; `nil` for an absent body that is not required, and after having added a problem.
    public func bodyType(among types: [String], required: Bool, _ problems: inout ValidationProblems) -> Int? {
        guard !body.isEmpty || isEmptyBody else {
            if required { problems.addMissing("body") }
            return nil
        }
        if let index = index(among: types) { return index }
        problems.addWrongMediaType(headerFields[.contentType] ?? "", instead: types)
        return nil
    }

    /// Whether a body without bytes is one: JSON is never empty, while a text may be.
    private var isEmptyBody: Bool {
        guard let contentType = headerFields[.contentType] else { return false }
        return !MediaType.isJSON(contentType)
    }

    private func index(among types: [String]) -> Int? {
        guard let contentType = headerFields[.contentType] else { return 0 }
        let type = MediaTypeName(MediaType.essence(contentType))
        let names = types.map { MediaTypeName($0) }
        return names.firstIndex(of: type) ?? names.firstIndex { $0.contains(type) }
            // Any JSON is read as the contract's, if there is but one.
            ?? (MediaType.isJSON(contentType) && types.count { MediaType.isJSON($0) } == 1
                ? types.firstIndex { MediaType.isJSON($0) } : nil)
    }

    /// Reads the body as a text in UTF-8.
    public func decodeTextBody<Value>(
        _ problems: inout ValidationProblems, _ decode: DecodeText<Value>
    ) -> Value? {
        body.decodeText(headerFields[.contentType], &problems, decode)
    }

    /// Reads the body as an URL-encoded form (WHATWG URL §5.1).
    ///
    /// - Parameter places: of members that are not written in style `form`, exploded.
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
                guard let texts else { continue }
                json.key(name)
                json.writeRaw(member.bytes(of: texts))
            }
        }
        let value = JSONReader.decode(json, at: ["body"], &problems, decode)
        return problems.foundNone(since: mark) ? value : nil
    }

    /// Reads the body as a form with files (RFC 7578).
    public func decodeMultipartBody<Value>(
        _ problems: inout ValidationProblems, _ decode: (MultipartForm, inout ValidationProblems) -> Value?
    ) -> Value? {
        problems.direction = .request
        let boundary = headerFields[.contentType].flatMap { MediaTypeName($0).parameters["boundary"] }
        do {
            return decode(try MultipartForm(body, boundary: boundary ?? ""), &problems)
        } catch {
            problems.add(ValidationProblem(.other, error.sentence, at: [.name("body")]))
            return nil
        }
    }

    // MARK: Negotiation

    /// The answer 415 to a body of another media type.
    public func refusal(unlessOf types: [String], _ body: RefusalBody) -> APIResponse? {
        guard !self.body.isEmpty || isEmptyBody, index(among: types) == nil else { return nil }
        var response = body.response(
            .unsupportedMediaType, .mustBe(types, not: headerFields[.contentType] ?? ""))
        // What would be taken instead (RFC 9110 §15.5.16).
        response.headerFields[.accept] = types.joined(separator: ", ")
        return response
    }

    /// The answer 406 to a request that accepts none of the media types that there are.
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
        "the body must be \(types.joined(separator: " or ")), not \(contentType)"
    }
}

extension ParameterPlace {
    /// Whether a name of a form is that of this member.
    fileprivate func has(_ name: String) -> Bool {
        name == self.name || (style == .deepObject && name.hasPrefix("\(self.name)["))
    }
}

extension [UInt8] {
    /// Reads a body as a text in UTF-8.
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

/// Reads a value from a text that is JSON.
public func decodeJSON<Value>(
    _ text: String, _ problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
) -> Value? {
    JSONReader.decode(Array(text.utf8), at: [], &problems, decode)
}

extension JSONReader {
    /// Reads bytes as one value.
    ///
    /// - Parameter path: where they stand in the message.
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
            // Nothing can be said about the members of what is not JSON.
            problems.removeAll(since: mark)
            problems.add(
                ValidationProblem(.malformedJSON, error.message, at: path.map { .name($0) }, position: error))
            return nil
        }
    }
}

/// Media types (RFC 9110 §8.3.1).
enum MediaType {
    /// Whether a content type is `application/json` or `*/*+json` (RFC 6839 §3.1), whatever its parameters.
    static func isJSON(_ contentType: String) -> Bool {
        let type = essence(contentType)
        return type == "application/json" || (type.contains("/") && type.hasSuffix("+json"))
    }

    /// Type and subtype in lower case, without parameters.
    static func essence(_ contentType: String) -> String {
        let type = contentType.prefix { $0 != ";" }.lowercased()
        let start = type.firstIndex { $0 != " " && $0 != "\t" } ?? type.endIndex
        let end = type.lastIndex { $0 != " " && $0 != "\t" }.map(type.index(after:)) ?? start
        return String(type[start..<end])
    }
}
