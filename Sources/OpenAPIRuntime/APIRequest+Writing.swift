import HTTPTypes

// What generated code calls to write requests.

extension APIRequest {
    /// Adds a pair to the query.
    public mutating func addQuery(_ name: String, _ value: String) {
        addQuery(name, encoded: PercentEncoding.encode(value))
    }

    /// Adds an array to the query in style `form`: exploded, a pair for each element; else one pair, its elements
    /// separated by commas.
    public mutating func addQuery(_ name: String, _ elements: [String], explode: Bool) {
        if explode {
            for element in elements { addQuery(name, element) }
        } else {
            addQuery(name, encoded: elements.map(PercentEncoding.encode).joined(separator: ","))
        }
    }

    private mutating func addQuery(_ name: String, encoded value: String) {
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
        let pair = "\(name)=\(PercentEncoding.encode(value))"
        headerFields[.cookie] = headerFields[.cookie].map { "\($0); \(pair)" } ?? pair
    }

    /// Sets a body of JSON.
    public mutating func setJSONBody(_ bytes: [UInt8]) {
        headerFields[.contentType] = "application/json"
        body = bytes
    }
}
