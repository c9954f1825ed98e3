public import OpenAPIDocument
import YAML

extension Change {
    /// What has changed from one version of a contract to another: in requests, where it breaks clients to admit less than
    /// before, and in responses, where it breaks them to give more.
    ///
    /// - Returns: the changes in the order of the newer document, then what is removed in the order of the older one.
    public static func all(from old: Document, to new: Document) -> [Change] {
        var differ = Differ(old: Version(root: old.root), new: Version(root: new.root))
        differ.compareOperations()
        return differ.changes
    }
}

/// One version of a contract.
struct Version {
    let root: YAMLNode

    /// What a node means: the target of its reference, if it is one.
    func resolved(_ node: YAMLNode) -> YAMLNode {
        var node = node
        // The document has been read, so that there is no circle; the bound is for those who do not read it.
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

/// Collects what is different between two versions.
struct Differ {
    /// Which way a value goes.
    enum Direction {
        case request
        case response
    }

    /// What became of the set of values that are admitted.
    enum Effect {
        case narrowed
        case widened
        /// Some values are no longer admitted, and others are.
        case moved
        /// The same are.
        case none
    }

    let old: Version
    let new: Version
    private(set) var changes: [Change] = []
    private var said: Set<Change> = []
    /// What is being compared.
    var subject = ""
    /// Pairs of schemas that have been compared, by their places.
    var compared: Set<[SourcePosition]> = []

    init(old: Version, new: Version) {
        self.old = old
        self.new = new
    }

    mutating func say(_ compatibility: Change.Compatibility, _ message: String, at position: SourcePosition) {
        let change = Change(compatibility: compatibility, subject: subject, message: message, position: position)
        if said.insert(change).inserted { changes.append(change) }
    }

    /// Says what became of a set of values, which breaks requests that it admitted and responses that it did not.
    mutating func say(_ effect: Effect, _ direction: Direction, _ message: String, at position: SourcePosition) {
        let isBreaking =
            switch (effect, direction) {
            case (.moved, _), (.narrowed, .request), (.widened, .response): true
            case (.none, _), (.widened, .request), (.narrowed, .response): false
            }
        say(isBreaking ? .breaking : .compatible, message, at: position)
    }

    /// The members of two objects by name: those of both in the newer one's order, then those of the older one alone.
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
        /// Where its name stands.
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
