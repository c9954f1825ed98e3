public import JSON
public import OrderedCollections

/// Reads one element or member value inside a container.
public typealias DecodeJSON<Value> = (inout JSONReader, inout ValidationProblems) throws(JSONError) -> Value?

/// Reads an array, each element with `element`.
///
/// - Returns: the elements, or `nil` if one of them or the array itself breaks the contract.
@inlinable
public func decodeArray<Element: Hashable>(
    from json: inout JSONReader, problems: inout ValidationProblems,
    minItems: Int = 0, maxItems: Int? = nil, uniqueItems: Bool = false,
    element: DecodeJSON<Element>
) throws(JSONError) -> [Element]? {
    guard try json.peek() == .array else {
        try json.refuse(.notAnArray, "value is not a valid list", &problems)
        return nil
    }
    let mark = problems.mark
    var elements: [Element] = []
    var count = 0
    try json.beginArray()
    while try json.nextElement() {
        let before = problems.mark
        if let value = try element(&json, &problems) { elements.append(value) }
        problems.prefix(index: count, since: before)
        count += 1
    }
    checkItems(elements, count: count, &problems, minItems, maxItems, uniqueItems)
    return problems.foundNone(since: mark) ? elements : nil
}

/// Reads an object whose member names are data.
@inlinable
public func decodeObject<Value>(
    from json: inout JSONReader, problems: inout ValidationProblems,
    names: Pattern? = nil, minProperties: Int = 0, maxProperties: Int? = nil,
    value: DecodeJSON<Value>
) throws(JSONError) -> OrderedDictionary<String, Value>? {
    guard try json.peek() == .object else {
        try json.refuse(.notAnObject, "value is not a valid dict", &problems)
        return nil
    }
    let mark = problems.mark
    var members: OrderedDictionary<String, Value> = [:]
    try json.beginObject()
    while let key = try json.nextKey() {
        let before = problems.mark
        let name = key.string
        _ = String.decode(text: name, problems: &problems, pattern: names)
        if let value = try value(&json, &problems) { members[name] = value }
        problems.prefix(name, since: before)
    }
    if problems.foundNone(since: mark) {
        if members.count < minProperties {
            problems.add(.other, "ensure this value has at least \(minProperties) members")
        }
        if let maxProperties, members.count > maxProperties {
            problems.add(.other, "ensure this value has at most \(maxProperties) members")
        }
    }
    return problems.foundNone(since: mark) ? members : nil
}

/// Reads `null`, or else a value with `value`.
///
/// - Returns: `nil` for a value that breaks the contract, `.some(nil)` for `null`.
@inlinable
public func decodeNullable<Value>(
    from json: inout JSONReader, problems: inout ValidationProblems, value: DecodeJSON<Value>
) throws(JSONError) -> Value?? {
    if try json.peek() == .null {
        try json.readNull()
        return .some(nil)
    }
    return try value(&json, &problems)
}

extension ValidationProblems {
    @inlinable
    public mutating func prefix(index: Int, since mark: Int) {
        if self.mark != mark { prefix(.index(index), since: mark) }
    }

    /// Adds a problem if an array has too few elements or too many.
    @inlinable
    public mutating func check(count: Int, minItems: Int = 0, maxItems: Int? = nil) {
        if count < minItems { add(.minItems, "ensure this value has at least \(minItems) items") }
        if let maxItems, count > maxItems { add(.other, "ensure this value has at most \(maxItems) items") }
    }
}

/// - Parameter count: how many elements the message has; `elements` lacks those that could not be read.
@inlinable
func checkItems<Element: Hashable>(
    _ elements: [Element], count: Int, _ problems: inout ValidationProblems,
    _ minItems: Int, _ maxItems: Int?, _ uniqueItems: Bool
) {
    problems.check(count: count, minItems: minItems, maxItems: maxItems)
    if uniqueItems, elements.count > 1, Set(elements).count < elements.count {
        problems.add(.uniqueItems, "the list has duplicated items")
    }
}

extension JSONWriter {
    /// Writes an array, each element with `element`.
    @inlinable
    public mutating func array<Element>(_ elements: [Element], _ element: (inout JSONWriter, Element) -> Void) {
        beginArray()
        for value in elements { element(&self, value) }
        endArray()
    }

    /// Writes an object whose member names are data.
    @inlinable
    public mutating func object<Value>(
        _ members: OrderedDictionary<String, Value>, _ value: (inout JSONWriter, Value) -> Void
    ) {
        beginObject()
        for (name, member) in members {
            key(name)
            value(&self, member)
        }
        endObject()
    }

    /// Writes the members of a dictionary into the object that is being written, but for those of some names.
    @inlinable
    public mutating func members<Value>(
        _ members: OrderedDictionary<String, Value>, except names: Set<String>,
        _ value: (inout JSONWriter, Value) -> Void
    ) {
        for (name, member) in members where !names.contains(name) {
            key(name)
            value(&self, member)
        }
    }
}
