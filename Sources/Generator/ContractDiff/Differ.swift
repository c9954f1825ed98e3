public import ContractDocument
import ContractYAML
import Diagnostics

extension Change {
    /// Lists the changes from one version of a contract to another. A change breaks clients if the service accepts
    /// fewer requests than before, or sends responses that were not possible before.
    ///
    /// - Returns: the changes in the order of the newer document, and then removals in the order of the older one.
    public static func all(from old: Document, to new: Document) -> [Change] {
        var differ = Differ(old: Version(root: old.root), new: Version(root: new.root))
        differ.compareOperations()
        return differ.changes
    }
}

/// One version of a contract.
struct Version {
    let root: YAMLNode

    /// The node itself, or the target of its reference.
    func resolved(_ node: YAMLNode) -> YAMLNode {
        var node = node
        // A document that has been parsed has no reference cycles. The limit is for documents that have not been.
        for _ in 0..<100 {
            guard let pointer = node["$ref"]?.string, let target = target(pointer) else { return node }
            node = target
        }
        return node
    }

    private func target(_ reference: String) -> YAMLNode? {
        guard reference.hasPrefix("#") else { return nil }
        var node = root
        for token in reference.dropFirst().split(separator: "/") {
            let name = String(token).replacing("%7B", with: "{").replacing("%7D", with: "}").replacing("%25", with: "%")
                .replacing("~1", with: "/").replacing("~0", with: "~")
            if node[name] == nil, node["$ref"] != nil { node = resolved(node) }
            let element = Int(name).flatMap { index in
                node.sequence.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            }
            guard let next = node[name] ?? element else { return nil }
            node = next
        }
        return node
    }
}

/// Collects the differences between two versions.
struct Differ {
    /// Whether clients send a value or receive it.
    enum Direction {
        case request
        case response
    }

    /// The effect of a change on the set of allowed values.
    enum Effect {
        case narrowed
        case widened
        /// Some values are no longer allowed, and others are allowed now.
        case moved
        /// The same values are allowed.
        case none
    }

    let old: Version
    let new: Version
    private(set) var changes: [Change] = []
    private var said: Set<Change> = []
    /// The subject of the changes that are found now, see ``Change/subject``.
    var subject = ""
    /// Pairs of schemas that have been compared, identified by their positions, with the direction.
    var compared: Set<[SourcePosition]> = []

    init(old: Version, new: Version) {
        self.old = old
        self.new = new
    }

    mutating func say(_ compatibility: Change.Compatibility, _ message: String, at position: SourcePosition) {
        let change = Change(compatibility: compatibility, subject: subject, message: message, position: position)
        if said.insert(change).inserted { changes.append(change) }
    }

    /// Adds a change of a set of values. Requests break if allowed values are removed, and responses break if values
    /// are added.
    mutating func say(_ effect: Effect, _ direction: Direction, _ message: String, at position: SourcePosition) {
        let isBreaking =
            switch (effect, direction) {
            case (.moved, _), (.narrowed, .request), (.widened, .response): true
            case (.none, _), (.widened, .request), (.narrowed, .response): false
            }
        say(isBreaking ? .breaking : .compatible, message, at: position)
    }

    /// The members of two objects by name: all members of the newer object in its order, and then those that only the
    /// older one has.
    func pairs(_ old: YAMLNode?, _ new: YAMLNode?) -> [(name: String, old: Member?, new: Member?)] {
        let before = Self.members(old)
        let after = Self.members(new)
        let byName = Dictionary(before) { first, _ in first }
        let names = Set(after.map(\.0))
        return after.map { ($0.0, byName[$0.0], $0.1) }
            + before.filter { !names.contains($0.0) }.map { ($0.0, $0.1, nil) }
    }

    struct Member {
        var value: YAMLNode
        /// The position of the member's name.
        var position: SourcePosition
    }

    private static func members(_ node: YAMLNode?) -> [(String, Member)] {
        (node?.mapping ?? []).compactMap { key, value in
            key.name.flatMap { $0.hasPrefix("x-") ? nil : ($0, Member(value: value, position: key.position)) }
        }
    }
}

extension YAMLNode {
    subscript(_ name: String) -> YAMLNode? { mapping?.first { $0.key.name == name }?.value }

    var isTrue: Bool {
        if case .scalar(.bool(true)) = content { true } else { false }
    }
}
