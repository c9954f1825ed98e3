/// The context features that must exist when the service starts.
public struct StartupContextFeatures: Hashable, Sendable {
    /// The names in the required order, the most general first.
    public let names: [String]

    /// Parses names separated by semicolons, such as `user;trust;theme`, with or without white space around them. A text of only white
    /// space contains no names.
    ///
    /// - Throws: an error for a name that does not match `^[a-zA-Z_0-9]+$`, or that is repeated.
    public init(parsing text: String) throws(StartupContextFeaturesError) {
        let parts = text.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            .map(\.withoutSurroundingWhiteSpace)
        guard parts.count > 1 || parts.first?.isEmpty == false else {
            names = []
            return
        }
        var names: [String] = []
        var seen: Set<String> = []
        for part in parts {
            let name = String(decoding: part, as: UTF8.self)
            guard !part.isEmpty, part.allSatisfy(\.isWordCharacter) else { throw .malformedName(name) }
            guard seen.insert(name).inserted else { throw .repeatedName(name) }
            names.append(name)
        }
        self.names = names
    }

    /// The list to store: the required one. The stored list must be a subsequence of it, in order.
    ///
    /// - Throws: both lists, if a stored feature is missing in the required list or has another place in it.
    public func merged(
        withStored stored: ContextFeatureOrder
    ) throws(StartupContextFeaturesError) -> ContextFeatureOrder {
        var missing = stored.names[...]
        for name in names where name == missing.first { missing.removeFirst() }
        guard missing.isEmpty else { throw .conflict(stored: stored.names, wanted: names) }
        return ContextFeatureOrder(names)
    }
}

extension Substring.UTF8View {
    fileprivate var withoutSurroundingWhiteSpace: Self {
        // Space, and tab to carriage return.
        let isWhiteSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let last = lastIndex(where: { !isWhiteSpace($0) }) else { return self[endIndex...] }
        return self[...last].drop(while: isWhiteSpace)
    }
}

/// The reason why the service cannot start with the required context features.
public enum StartupContextFeaturesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A name is empty, or has characters other than letters, digits and underscores.
    case malformedName(String)
    /// A name is repeated.
    case repeatedName(String)
    /// The stored list is not a subsequence, in order, of the required one.
    case conflict(stored: [String], wanted: [String])

    /// A sentence for an operator, with the names.
    public var description: String {
        switch self {
        case .malformedName(let name):
            "'\(name)' cannot be the name of a context feature: letters, digits and underscores only"
        case .repeatedName(let name):
            "the context feature '\(name)' is named twice"
        case .conflict(let stored, let wanted):
            "the stored context features \(stored.wholeListText) have to be among \(wanted.wholeListText) in the same order"
        }
    }
}
