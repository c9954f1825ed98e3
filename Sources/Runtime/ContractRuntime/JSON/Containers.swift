public import ContractJSON
public import OrderedCollections

/// Decodes one element or member inside a container.
public typealias DecodeJSON<Value> = (inout JSONReader, inout ValidationProblems) throws(JSONError) -> Value?

/// Decodes an array.
///
/// - Returns: the elements; `nil` if the array or one of its elements violates the contract.
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

/// Decodes an object whose member names are data.
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

/// Decodes `null`, or any other value with `value`.
///
/// - Returns: `.some(nil)` for `null`; `nil` for a value that violates the contract.
@inlinable
public func decodeNullable<Value>(
    from json: inout JSONReader, problems: inout ValidationProblems, value: DecodeJSON<Value>
) throws(JSONError) -> Value?? {
    if try json.peek() == .null {
        try json.readNull()
        return .some(nil)
    }
    // A value that is not valid must not become `null`.
    guard let decoded = try value(&json, &problems) else { return nil }
    return .some(decoded)
}

extension ValidationProblems {
    /// Puts an index in front of the location of each problem that was added since `mark`.
    @inlinable
    public mutating func prefix(index: Int, since mark: Int) {
        if mark < list.count { prefix(.index(index), since: mark) }
    }

    /// Adds a problem if an array has too few or too many elements.
    @inlinable
    public mutating func check(count: Int, minItems: Int = 0, maxItems: Int? = nil) {
        if count < minItems { add(.minItems, "ensure this value has at least \(minItems) items") }
        if let maxItems, count > maxItems { add(.other, "ensure this value has at most \(maxItems) items") }
    }
}

/// Adds the problems of an array as a whole.
///
/// - Parameter count: the number of elements in the message. `elements` lacks those that could not be decoded.
@inlinable
func checkItems<Element: Hashable>(
    _ elements: [Element], count: Int, _ problems: inout ValidationProblems,
    _ minItems: Int, _ maxItems: Int?, _ uniqueItems: Bool
) {
    problems.check(count: count, minItems: minItems, maxItems: maxItems)
    if uniqueItems, elements.count > 1, !areUnique(elements) {
        problems.add(.uniqueItems, "the list has duplicated items")
    }
}

/// Whether no two elements are equal. Strings are compared by their bytes, because Swift's `==` does not distinguish composed from decomposed
/// characters.
@usableFromInline
func areUnique<Element: Hashable>(_ elements: [Element]) -> Bool {
    if let texts = elements as? [String] { return Set(texts.map { Array($0.utf8) }).count == texts.count }
    return Set(elements).count == elements.count
}

extension JSONWriter {
    /// Writes an array.
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

    /// Writes the members of a dictionary into the current object, except those with some names.
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
