import HTTPTypes

/// Decodes a parameter from its text.
public typealias DecodeText<Value> = (String, inout ValidationProblems) -> Value?

/// The parameters of one request, by location. Each function adds its problems at the parameter's location.
public struct RequestParameters: Sendable {
    let pathValues: [String]
    let queryPairs: QueryPairs
    let headerFields: HTTPFields

    /// Finds the parameters in a request.
    ///
    /// - Parameter pathValues: the percent-encoded values of the path parameters, in the template's order.
    public init(_ request: APIRequest, pathValues: [String]) {
        self.pathValues = pathValues
        self.headerFields = request.headerFields
        self.queryPairs = QueryPairs(request.query)
    }

    /// Decodes a path parameter in the style `simple`.
    ///
    /// - Parameter index: its index among the parameters of the path template, from 0.
    public func path<Value>(
        _ name: String, at index: Int, _ problems: inout ValidationProblems, _ decode: DecodeText<Value>
    ) -> Value? {
        read(PercentEncoding.decode(pathValues[index][...]), "path", name, true, &problems, decode)
    }

    /// Decodes a query parameter. If there are several with its name, the last one counts.
    ///
    /// - Parameter allowsEmpty: whether an empty text means that the value is absent.
    public func query<Value>(
        _ name: String, required: Bool, allowsEmpty: Bool = false, _ problems: inout ValidationProblems,
        _ decode: DecodeText<Value>
    ) -> Value? {
        let text = queryPairs.last(name)
        return read(allowsEmpty && text == "" ? nil : text, "query", name, required, &problems, decode)
    }

    /// Decodes an array from the query in the style `form`.
    ///
    /// If it is exploded, each element is a separate pair. Otherwise, commas separate the elements. They may be
    /// percent-encoded, as most HTTP clients do. An empty text is an empty array. If there are several such pairs, their
    /// elements count together, because some generated clients send every array exploded.
    ///
    /// - Parameter allowsEmpty: whether an empty text means that the value is absent.
    public func queryArray<Element: Hashable>(
        _ name: String, required: Bool, explode: Bool, allowsEmpty: Bool = false,
        _ problems: inout ValidationProblems,
        minItems: Int = 0, maxItems: Int? = nil, uniqueItems: Bool = false, _ decode: DecodeText<Element>
    ) -> [Element]? {
        let pairs = queryPairs.pairs.filter { $0.name == name }
        guard !pairs.isEmpty, !(allowsEmpty && pairs.allSatisfy { $0.value.isEmpty }) else {
            if required { problems.addMissing("query", name) }
            return nil
        }
        let texts = explode ? pairs.map(\.value) : pairs.flatMap { $0.parts(by: ",").map(String.init) }
        let mark = problems.mark
        var elements: [Element] = []
        for (index, text) in texts.enumerated() {
            let before = problems.mark
            if let element = decode(text, &problems) { elements.append(element) }
            problems.prefix(index: index, since: before)
        }
        checkItems(elements, count: texts.count, &problems, minItems, maxItems, uniqueItems)
        problems.prefix(name, since: mark)
        problems.prefix("query", since: mark)
        return problems.foundNone(since: mark) ? elements : nil
    }

    /// Decodes a header field. Commas join several with the same name (RFC 9110 §5.3).
    public func header<Value>(
        _ name: String, required: Bool, _ problems: inout ValidationProblems, _ decode: DecodeText<Value>
    ) -> Value? {
        read(HTTPField.Name(name).flatMap { headerFields[$0] }, "header", name, required, &problems, decode)
    }

    func read<Value>(
        _ text: String?, _ location: String, _ name: String, _ required: Bool,
        _ problems: inout ValidationProblems, _ decode: DecodeText<Value>
    ) -> Value? {
        guard let text else {
            if required { problems.addMissing(location, name) }
            return nil
        }
        let mark = problems.mark
        let value = decode(text, &problems)
        problems.prefix(name, since: mark)
        problems.prefix(location, since: mark)
        return value
    }
}
