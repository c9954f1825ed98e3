import HTTPTypes
import JSON

// What generated code calls to write requests.

extension APIRequest {
    /// Adds a pair to the query.
    ///
    /// - Parameter allowsReserved: whether reserved characters stay as they are where they mean nothing else.
    public mutating func addQuery(_ name: String, _ value: String, allowsReserved: Bool = false) {
        addQuery(
            name, encoded: allowsReserved ? PercentEncoding.encodeUnreserved(value) : PercentEncoding.encode(value))
    }

    /// Adds an array to the query in style `form`: exploded, a pair for each element; else one pair, its elements
    /// separated by commas.
    ///
    /// - Parameter allowsReserved: whether reserved characters stay as they are where they mean nothing else.
    public mutating func addQuery(_ name: String, _ elements: [String], explode: Bool, allowsReserved: Bool = false) {
        let place = ParameterPlace.query(name, explode: explode, allowsReserved: allowsReserved)
        add(place, .list(elements))
    }

    mutating func addQuery(_ name: String, encoded value: String) {
        let pair = "\(PercentEncoding.encode(name))=\(value)"
        query = query.map { "\($0)&\(pair)" } ?? pair
    }

    /// Sets a header field; a name that HTTP does not admit is none that a contract could declare.
    public mutating func setHeader(_ name: String, _ value: String) {
        guard let name = HTTPField.Name(name) else { return }
        headerFields[name] = value
    }

    /// Adds a cookie (RFC 6265 §4.2.1), its value percent-encoded.
    public mutating func addCookie(_ name: String, _ value: String) {
        addCookie(name, encoded: PercentEncoding.encode(value))
    }

    mutating func addCookie(_ name: String, encoded value: String) {
        let pair = "\(name)=\(value)"
        headerFields[.cookie] = headerFields[.cookie].map { "\($0); \(pair)" } ?? pair
    }

    /// Sets a body of JSON.
    public mutating func setJSONBody(_ bytes: [UInt8], contentType: String = "application/json") {
        setBody(bytes, contentType: contentType)
    }

    /// Sets a body of some media type.
    public mutating func setBody(_ bytes: [UInt8], contentType: String) {
        headerFields[.contentType] = contentType
        body = bytes
    }

    /// Sets a body of an URL-encoded form (WHATWG URL §5.2), whose members are given as an object of JSON.
    ///
    /// - Parameter places: of members that are not written in style `form`, exploded.
    public mutating func setFormBody(_ json: [UInt8], _ places: [ParameterPlace]) {
        guard let value = try? JSONValue(parsing: json), case .object(let members) = value.content else {
            preconditionFailure("generated code writes an object")
        }
        var pairs: [String] = []
        for (name, value) in members where value.kind != .null {
            let place = places.first { $0.name == name } ?? .query(name)
            for (name, value) in place.pairs(ParameterTexts(value)) {
                pairs.append("\(PercentEncoding.encode(name))=\(value)")
            }
        }
        setBody(Array(pairs.joined(separator: "&").utf8), contentType: "application/x-www-form-urlencoded")
    }

    /// Sets a body of a form with files.
    public mutating func setMultipartBody(_ form: MultipartForm) {
        let boundary = form.boundary()
        setBody(form.body(boundary: boundary), contentType: "multipart/form-data; boundary=\(boundary)")
    }
}
