import ContractDocument
import ContractYAML
import Diagnostics

/// The component schemas with errors that no selected operation needs, and the schemas that refer to them.
struct FaultyComponents {
    /// A warning for each schema, by its name.
    private(set) var warnings: [String: Diagnostic] = [:]

    /// Finds the schemas.
    ///
    /// - Parameters:
    ///   - errors: all errors of the document.
    ///   - needed: the names of the schemas that the selected operations need.
    init(_ document: Document, _ errors: [Diagnostic], needed: Set<String>) {
        let components = document.schemaNodes
        var names: [SourcePosition: String] = [:]
        var places: [String: SourcePosition] = [:]
        for (key, value) in components {
            guard let name = key.name, !needed.contains(name) else { continue }
            places[name] = key.position
            names[key.position] = name
            value.forEachPosition { names[$0] = name }
        }
        for error in errors {
            guard let name = error.position.flatMap({ names[$0] }), let place = places[name] else { continue }
            add(name, at: place, "of this error: \(error.message)", error.position)
        }
        addReferring(document, places)
    }

    /// Adds the schemas that refer to faulty ones.
    private mutating func addReferring(_ document: Document, _ places: [String: SourcePosition]) {
        guard !warnings.isEmpty else { return }
        let referrers = document.referrers()
        var pending = warnings.keys.sorted()
        while let faulty = pending.popLast() {
            for name in referrers[faulty] ?? [] where warnings[name] == nil {
                guard let place = places[name] else { continue }
                add(name, at: place, "it refers to '\(faulty)', which is left out", nil)
                pending.append(name)
            }
        }
    }

    private mutating func add(_ name: String, at place: SourcePosition, _ reason: String, _ position: SourcePosition?) {
        guard warnings[name] == nil else { return }
        let warning = Diagnostic(
            .warning, "the schema '\(name)', which no selected operation needs, is left out", kind: .omission,
            at: place)
        warnings[name] = warning.noting("because \(reason)", at: position)
    }
}

extension Document {
    /// The nodes of the schemas in `components`.
    fileprivate var schemaNodes: [(key: YAMLNode, value: YAMLNode)] {
        root.member("components")?.member("schemas")?.mapping ?? []
    }

    /// The names of all schemas in `components`, including those that are left out.
    var declaredSchemas: [String] { schemaNodes.compactMap(\.key.name) }
}

extension YAMLNode {
    fileprivate func member(_ name: String) -> YAMLNode? { mapping?.first { $0.key.name == name }?.value }

    /// Calls a function with the positions of the node and of all nodes inside it.
    fileprivate func forEachPosition(_ body: (SourcePosition) -> Void) {
        body(position)
        for element in sequence ?? [] { element.forEachPosition(body) }
        for (key, value) in mapping ?? [] {
            body(key.position)
            value.forEachPosition(body)
        }
    }
}
