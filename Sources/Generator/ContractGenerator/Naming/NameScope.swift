import Diagnostics

/// The names of one scope of emitted Swift. Each name is claimed once.
///
/// Two names of a document can become the same name in Swift: `page_size` and `pageSize`. If Swift spells one as the
/// document does, that one gets the common name, otherwise the first. All others are spelled out letter by letter
/// (`page_size`), so that they depend neither on the other names nor on their order. A note reports each collision.
struct NameScope {
    /// A name that the document gives to something.
    struct Wanted {
        /// As the document spells it.
        var source: String
        /// The name in Swift, without backticks.
        var preferred: String
        /// The name in Swift if the preferred name is taken.
        var alternative: String
        var position: SourcePosition
        /// Whether the configuration chose the name.
        var isChosen = false
        /// Whether the name comes from the document, so that a collision deserves a note.
        var isOfDocument = true
    }

    /// Names that emitted code uses in the scope itself.
    private let reserved: Set<String>
    private var owners: [String: Wanted] = [:]
    /// A note for each collision.
    private(set) var notes: [Diagnostic] = []

    init(reserved: Set<String> = []) {
        self.reserved = reserved
    }

    /// Claims names for all members of a scope at once, so that their order matters as little as possible.
    ///
    /// - Returns: a name for each, in the same order, without backticks.
    mutating func claim(_ wanted: [Wanted]) -> [String] {
        var keepers: [String: Int] = [:]
        for (index, item) in wanted.enumerated() {
            guard let other = keepers[item.preferred] else {
                keepers[item.preferred] = index
                continue
            }
            if item.rank > wanted[other].rank { keepers[item.preferred] = index }
        }
        var names = [String?](repeating: nil, count: wanted.count)
        for (index, item) in wanted.enumerated() where keepers[item.preferred] == index && isFree(item.preferred) {
            names[index] = item.preferred
            owners[item.preferred] = item
        }
        return wanted.enumerated().map { index, item in names[index] ?? claimAlternative(item) }
    }

    mutating func claim(_ wanted: Wanted) -> String { claim([wanted])[0] }

    private func isFree(_ name: String) -> Bool {
        owners[name] == nil && !reserved.contains(name) && !Self.special.contains(name)
    }

    /// Names with a special meaning after a dot, even in backticks.
    private static let special: Set<String> = ["Self", "Type", "Protocol", "self"]

    private mutating func claimAlternative(_ item: Wanted) -> String {
        var name = item.alternative
        if !isFree(name) {
            let stem = name.last?.isNumber == true ? name + "_" : name
            var number = 2
            while !isFree("\(stem)\(number)") { number += 1 }
            name = "\(stem)\(number)"
        }
        let owner = owners[item.preferred]
        owners[name] = item
        guard item.isOfDocument else { return name }
        let note = Diagnostic(.note, "'\(item.source)' is named '\(name)' in Swift", at: item.position)
        notes.append(
            owner.map { note.noting("'\($0.source)' is named '\(item.preferred)' already", at: $0.position) }
                ?? note.noting("generated code has a '\(item.preferred)' of its own"))
        return name
    }
}

extension NameScope.Wanted {
    /// A name of a property, a function, a parameter or a case.
    static func lower(_ source: String, at position: SourcePosition) -> Self {
        Self(
            source: source, preferred: SwiftName.lowerCamelCase(source).withoutBackticks,
            alternative: SwiftName.spelledOut(source), position: position)
    }

    /// A name of a type.
    static func upper(_ source: String, at position: SourcePosition) -> Self {
        Self(
            source: source, preferred: SwiftName.upperCamelCase(source),
            alternative: SwiftName.spelledOut(source), position: position)
    }

    /// The name with the highest rank gets the common name.
    fileprivate var rank: Int { isChosen ? 2 : alternative == preferred ? 1 : 0 }
}

extension String {
    /// The name without the backticks around reserved words.
    var withoutBackticks: String { filter { $0 != "`" } }
}
