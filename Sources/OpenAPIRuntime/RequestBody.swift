public import JSON

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
            problems.add(
                ValidationProblem(.other, "the body must be application/json, not \(contentType)", at: [.name("body")]))
            return nil
        }
        problems.direction = .request
        return JSONReader.decodeBody(body, &problems, decode)
    }
}

extension JSONReader {
    /// Reads a whole body.
    static func decodeBody<Value>(
        _ body: [UInt8], _ problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        let mark = problems.mark
        var json = JSONReader(body)
        do {
            let value = try decode(&json, &problems)
            try json.finish()
            problems.prefix("body", since: mark)
            return problems.foundNone(since: mark) ? value : nil
        } catch {
            // Nothing can be said about the members of what is not JSON.
            problems.removeAll(since: mark)
            problems.add(ValidationProblem(.malformedJSON, error.message, at: [.name("body")], position: error))
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
