import HTTPTypes

/// Makes a parameter's value of its text.
public typealias DecodeText<Value> = (String, inout ValidationProblems) -> Value?

/// The parameters of one request, by location. Each reading adds its problems with the parameter's name.
public struct RequestParameters: Sendable {
    let pathValues: [String]
    let queryPairs: QueryPairs
    let headerFields: HTTPFields

    /// - Parameter pathValues: what stands for the template's parameters, percent-encoded, in the template's order.
    public init(_ request: APIRequest, pathValues: [String]) {
        self.pathValues = pathValues
        self.headerFields = request.headerFields
        self.queryPairs = QueryPairs(request.query)
    }

    /// A path parameter in style `simple`.
    ///
    /// - Parameter index: its place in the path template, counted from zero.
    public func path<Value>(
        _ name: String, at index: Int, _ problems: inout ValidationProblems, _ decode: DecodeText<Value>
    ) -> Value? {
        read(PercentEncoding.decode(pathValues[index][...]), "path", name, true, &problems, decode)
    }

    /// A query parameter; of several with its name, the last counts.
    ///
    /// - Parameter allowsEmpty: whether the empty text counts as an absent value.
    public func query<Value>(
        _ name: String, required: Bool, allowsEmpty: Bool = false, _ problems: inout ValidationProblems,
        _ decode: DecodeText<Value>
    ) -> Value? {
        let text = queryPairs.last(name)
        return read(allowsEmpty && text == "" ? nil : text, "query", name, required, &problems, decode)
    }

    /// A query parameter in style `form` that is an array.
    ///
    /// Not exploded, its elements are separated by commas, written as such or percent-encoded, as most HTTP clients
    /// encode them; the empty text is the empty array. Exploded, each element is a pair of its own.
    ///
    /// - Parameter allowsEmpty: whether the empty text counts as an absent value.
    public func queryArray<Element: Hashable>(
        _ name: String, required: Bool, explode: Bool, allowsEmpty: Bool = false,
        _ problems: inout ValidationProblems,
        minItems: Int = 0, maxItems: Int? = nil, uniqueItems: Bool = false, _ decode: DecodeText<Element>
    ) -> [Element]? {
        let pairs = queryPairs.pairs.filter { $0.name == name }
        guard let last = pairs.last, !(allowsEmpty && pairs.allSatisfy { $0.value.isEmpty }) else {
            if required { problems.addMissing("query", name) }
            return nil
        }
        let texts = explode ? pairs.map(\.value) : last.parts(by: ",").map(String.init)
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

    /// A header field; several with its name are joined with commas (RFC 9110 §5.3).
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
