import ContractJSON
import HTTPTypes

// Generated code calls these functions to encode requests.

extension APIRequest {
    /// Adds a pair to the query.
    ///
    /// - Parameter allowsReserved: whether reserved characters stay unencoded if they have no meaning at this place.
    public mutating func addQuery(_ name: String, _ value: String, allowsReserved: Bool = false) {
        addQuery(
            name, encoded: allowsReserved ? PercentEncoding.encodeUnreserved(value) : PercentEncoding.encode(value))
    }

    /// Adds an array to the query in the style `form`. If it is exploded, each element is a pair. Otherwise, commas
    /// separate the elements in one pair.
    ///
    /// - Parameter allowsReserved: whether reserved characters stay unencoded if they have no meaning at this place.
    public mutating func addQuery(_ name: String, _ elements: [String], explode: Bool, allowsReserved: Bool = false) {
        let place = ParameterPlace.query(name, explode: explode, allowsReserved: allowsReserved)
        add(place, .list(elements))
    }

    mutating func addQuery(_ name: String, encoded value: String) {
        let pair = "\(PercentEncoding.encode(name))=\(value)"
        query = query.map { "\($0)&\(pair)" } ?? pair
    }

    /// Sets a header field. Names that HTTP does not allow are ignored, because a contract cannot declare them.
    public mutating func setHeader(_ name: String, _ value: String) {
        guard let name = HTTPField.Name(name) else { return }
        headerFields[name] = value
    }

    /// Adds a cookie with a percent-encoded value (RFC 6265 §4.2.1).
    public mutating func addCookie(_ name: String, _ value: String) {
        addCookie(name, encoded: PercentEncoding.encode(value))
    }

    mutating func addCookie(_ name: String, encoded value: String) {
        let pair = "\(name)=\(value)"
        headerFields[.cookie] = headerFields[.cookie].map { "\($0); \(pair)" } ?? pair
    }

    /// Sets a JSON body.
    public mutating func setJSONBody(_ bytes: [UInt8], contentType: String = "application/json") {
        setBody(bytes, contentType: contentType)
    }

    /// Sets a body with its media type.
    public mutating func setBody(_ bytes: [UInt8], contentType: String) {
        headerFields[.contentType] = contentType
        body = bytes
    }

    /// Sets a body that is a URL-encoded form (WHATWG URL §5.2).
    ///
    /// - Parameters:
    ///   - json: an object with the members of the form.
    ///   - places: descriptions of members that are not written in the style `form`, exploded.
    public mutating func setFormBody(_ json: [UInt8], _ places: [ParameterPlace]) {
        guard let value = try? JSONValue(parsing: json), case .object(let members) = value.content else {
            preconditionFailure("generated code writes an object")
        }
        var pairs: [String] = []
        for (name, value) in members where value.kind != .null {
            // A form has no style for an object inside a member, so the object is written as JSON.
            let place = places.first { $0.name == name } ?? .query(name, value.kind == .object ? .json : .form)
            let texts = place.style == .json ? ParameterTexts.one(value.text) : ParameterTexts(value)
            for (name, value) in place.pairs(texts) {
                pairs.append("\(PercentEncoding.encode(name))=\(value)")
            }
        }
        setBody(Array(pairs.joined(separator: "&").utf8), contentType: "application/x-www-form-urlencoded")
    }

    /// Sets a body that is created while it is sent.
    public mutating func setBody(_ stream: ByteStream, contentType: String) {
        headerFields[.contentType] = stream.contentType ?? contentType
        self.stream = stream
    }

    /// Sets a body that is a form with files, which are created while they are sent.
    public mutating func setMultipartBody(_ form: MultipartStream) {
        let (bytes, boundary) = form.bytes()
        setBody(bytes, contentType: "multipart/form-data; boundary=\(boundary)")
    }

    /// Sets a body that is a form with files.
    public mutating func setMultipartBody(_ form: MultipartForm) {
        let boundary = form.boundary()
        setBody(form.body(boundary: boundary), contentType: "multipart/form-data; boundary=\(boundary)")
    }
}
