import ContractJSON

// Encodes values that are not plain scalars to parameters. `RequestParameters` decodes them.

extension ParameterPlace {
    /// The text of a value, given as JSON, in the path.
    public func pathText(_ json: [UInt8]) -> String {
        let texts = texts(json)
        let encode = PercentEncoding.encode
        let name = PercentEncoding.encode(name)
        switch (style, texts) {
        case (.label, .list), (.label, .pairs): return "." + joined(texts, encode)
        case (.label, .one(let text)): return "." + encode(text)
        case (.matrix, .one(let text)): return ";\(name)=\(encode(text))"
        case (.matrix, .list(let elements)) where explode:
            return elements.map { ";\(name)=\(encode($0))" }.joined()
        case (.matrix, .pairs) where explode: return ";" + joined(texts, encode)
        case (.matrix, _): return ";\(name)=\(joined(texts, encode))"
        default: return joined(texts, encode)
        }
    }

    /// The text of a value that the path contains as JSON (`content`).
    public func pathJSON(_ json: [UInt8]) -> String {
        PercentEncoding.encode(String(decoding: json, as: UTF8.self))
    }

    func texts(_ json: [UInt8]) -> ParameterTexts {
        guard let value = try? JSONValue(parsing: json) else { preconditionFailure("generated code writes JSON") }
        return ParameterTexts(value)
    }

    /// The texts joined by the place's delimiter.
    func joined(_ texts: ParameterTexts, _ encode: @escaping (String) -> String) -> String {
        // A delimiter that URLs do not allow is percent-encoded.
        let delimiter = delimiter == " " ? "%20" : String(delimiter)
        let encode = { (text: String) in
            // A comma inside a value must not look like a delimiter.
            location == .header ? encode(text) : encode(text).replacing(",", with: "%2C")
        }
        switch texts {
        case .one(let text): return encode(text)
        case .list(let elements): return elements.map(encode).joined(separator: delimiter)
        case .pairs(let pairs):
            return pairs.map { encode($0.name) + (explode ? "=" : delimiter) + encode($0.value) }
                .joined(separator: delimiter)
        }
    }
}

extension APIRequest {
    /// Adds a parameter, given as JSON, to the query, to the header fields or to the cookies.
    public mutating func add(_ place: ParameterPlace, _ json: [UInt8]) {
        add(place, place.texts(json))
    }

    /// Adds a parameter whose text is JSON (`content`).
    public mutating func addJSON(_ place: ParameterPlace, _ json: [UInt8]) {
        add(place, .one(String(decoding: json, as: UTF8.self)))
    }

    mutating func add(_ place: ParameterPlace, _ texts: ParameterTexts) {
        switch place.location {
        case .path: return
        case .header:
            setHeader(place.name, place.joined(texts) { $0 })
        case .cookie:
            for (name, value) in place.pairs(texts) { addCookie(name, encoded: value) }
        case .query:
            for (name, value) in place.pairs(texts) { addQuery(name, encoded: value) }
        }
    }
}

extension ParameterPlace {
    /// Names and encoded values for a query, a URL-encoded form or cookies.
    func pairs(_ texts: ParameterTexts) -> [(name: String, value: String)] {
        let encode = allowsReserved ? PercentEncoding.encodeUnreserved : PercentEncoding.encode
        switch texts {
        case .one(let text): return [(name, encode(text))]
        case .list(let elements) where explode: return elements.map { (name, encode($0)) }
        case .pairs(let pairs) where style == .deepObject:
            return pairs.map { ("\(name)[\($0.name)]", encode($0.value)) }
        case .pairs(let pairs) where explode: return pairs.map { ($0.name, encode($0.value)) }
        case .list, .pairs: return [(name, joined(texts, encode))]
        }
    }
}
