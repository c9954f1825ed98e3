public import ContractJSON

/// The free key and value pairs of a setting or of a rule, in the order in which they are written.
///
/// Equal if the same keys have equal JSON values, in any order.
public struct Metadata: Sendable {
    /// The pairs in order, without repeated keys.
    public private(set) var pairs: [(key: String, value: JSONValue)] = []
    private var positions: [String: Int] = [:]

    /// No metadata.
    public init() {}

    /// Takes the pairs in order. If a key is repeated, its last value counts, at the position of the first.
    public init(_ pairs: some Sequence<(key: String, value: JSONValue)>) {
        for (key, value) in pairs { self[key] = value }
    }

    /// Whether there are no pairs.
    public var isEmpty: Bool { pairs.isEmpty }

    /// The value of a key; `nil` for an unknown key. Setting a new key adds it at the end. Removal takes time linear in the number of keys.
    public subscript(key: String) -> JSONValue? {
        get { positions[key].map { pairs[$0].value } }
        set {
            switch (positions[key], newValue) {
            case (let position?, let value?):
                pairs[position].value = value
            case (nil, let value?):
                positions[key] = pairs.count
                pairs.append((key, value))
            case (let position?, nil):
                pairs.remove(at: position)
                positions[key] = nil
                for index in position..<pairs.count { positions[pairs[index].key] = index }
            case (nil, nil):
                break
            }
        }
    }

    /// Sets the keys of `other` and keeps all others.
    public mutating func merge(_ other: Metadata) {
        for (key, value) in other.pairs { self[key] = value }
    }

    /// The metadata as a JSON object.
    public var jsonValue: JSONValue {
        JSONValue(object: pairs)
    }
}

extension Metadata: Hashable {
    /// Whether both have the same keys with equal JSON values, in any order.
    public static func == (left: Metadata, right: Metadata) -> Bool {
        left.pairs.count == right.pairs.count && left.pairs.allSatisfy { right[$0.key] == $0.value }
    }

    /// Hashes the pairs independently of their order.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(Dictionary(uniqueKeysWithValues: pairs.map { ($0.key, $0.value) }))
    }
}

extension Metadata: ExpressibleByDictionaryLiteral {
    /// Takes the pairs in order. If a key is repeated, its last value counts, at the position of the first.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        for (key, value) in elements { self[key] = value }
    }
}
