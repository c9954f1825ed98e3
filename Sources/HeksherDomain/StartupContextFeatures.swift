/// The context features an operator wants to be there when the service starts.
public struct StartupContextFeatures: Hashable, Sendable {
    /// The names in the order wanted, the most general first.
    public let names: [String]

    /// Reads names separated by semicolons, `user;trust;theme`; an empty text names none.
    ///
    /// - Throws: a name that breaks `^[a-zA-Z_0-9]+$`, or one that is repeated.
    public init(parsing text: String) throws(StartupContextFeaturesError) {
        guard !text.isEmpty else {
            names = []
            return
        }
        var names: [String] = []
        var seen: Set<String> = []
        for part in text.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false) {
            let name = String(decoding: part, as: UTF8.self)
            guard !part.isEmpty, part.allSatisfy(\.isWordCharacter) else { throw .malformedName(name) }
            guard seen.insert(name).inserted else { throw .repeatedName(name) }
            names.append(name)
        }
        self.names = names
    }

    /// The list to store: the one wanted, of which the stored one has to be a subsequence in order.
    ///
    /// - Throws: both lists, if a stored feature is missing or stands elsewhere in the list wanted.
    public func merged(
        withStored stored: ContextFeatureOrder
    ) throws(StartupContextFeaturesError) -> ContextFeatureOrder {
        var missing = stored.names[...]
        for name in names where name == missing.first { missing.removeFirst() }
        guard missing.isEmpty else { throw .conflict(stored: stored.names, wanted: names) }
        return ContextFeatureOrder(names)
    }
}

/// Why the service cannot start with the context features wanted.
public enum StartupContextFeaturesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A name has characters other than letters, digits and underscores, or none.
    case malformedName(String)
    /// A name comes twice.
    case repeatedName(String)
    /// The stored list is no subsequence, in order, of the one wanted.
    case conflict(stored: [String], wanted: [String])

    public var description: String {
        switch self {
        case .malformedName(let name):
            "'\(name)' cannot be the name of a context feature: letters, digits and underscores only"
        case .repeatedName(let name):
            "the context feature '\(name)' is named twice"
        case .conflict(let stored, let wanted):
            "the stored context features \(stored.listText) have to be among \(wanted.listText) in the same order"
        }
    }
}
