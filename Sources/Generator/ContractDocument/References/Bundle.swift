import ContractYAML
import Diagnostics
import OrderedCollections

/// The changes that turn a document of several files into one file.
struct Bundle {
    /// New texts of references, by the positions of the old texts.
    var rewrites: [SourcePosition: String] = [:]
    /// Nodes that replace references, by the positions of the references.
    var inlined: [SourcePosition: YAMLNode] = [:]
    /// Components that come from other files, by section and name.
    var components: OrderedDictionary<String, OrderedDictionary<String, YAMLNode>> = [:]
}

extension DocumentParser {
    /// The document with the targets of its references to other files as components. If no reference leads to another
    /// file, this is the root itself.
    func bundled() -> YAMLNode {
        guard files.paths.count > 1, case .mapping(var members) = root.content else { return root }
        let index = members.firstIndex { $0.key.name == "components" }
        let components = index.map { members[$0].value }
        let merged = self.components(components ?? YAMLNode(content: .mapping([]), position: root.position))
        members = members.map { $0.key.name == "components" ? $0 : ($0.key, inOneFile($0.value)) }
        if let index { members[index].value = merged } else { members.append((string("components"), merged)) }
        return YAMLNode(content: .mapping(members), position: root.position)
    }

    private func components(_ node: YAMLNode) -> YAMLNode {
        guard case .mapping(var sections) = node.content else { return node }
        for name in bundle.components.keys where !sections.contains(where: { $0.key.name == name }) {
            sections.append((string(name), YAMLNode(content: .mapping([]), position: node.position)))
        }
        sections = sections.map { key, value in
            guard case .mapping(var members) = value.content else { return (key, value) }
            var foreign = key.name.flatMap { bundle.components[$0] } ?? [:]
            // If a component only refers to another file, the target takes its place.
            members = members.map {
                ($0.key, inOneFile($0.key.name.flatMap { foreign.removeValue(forKey: $0) } ?? $0.value))
            }
            members += foreign.map { (string($0.key), inOneFile($0.value)) }
            return (key, YAMLNode(content: .mapping(members), position: value.position))
        }
        return YAMLNode(content: .mapping(sections), position: node.position)
    }

    private func inOneFile(_ node: YAMLNode) -> YAMLNode {
        switch node.content {
        case .scalar: return node
        case .sequence(let elements):
            return YAMLNode(content: .sequence(elements.map(inOneFile)), position: node.position)
        case .mapping(let members):
            if let reference = node.reference, let target = bundle.inlined[reference.position] {
                return inOneFile(target)
            }
            let mapped = members.map { key, value in
                (key: key, value: bundle.rewrites[value.position].map { string($0) } ?? inOneFile(value))
            }
            return YAMLNode(content: .mapping(mapped), position: node.position)
        }
    }

    private func string(_ text: String) -> YAMLNode {
        YAMLNode(content: .scalar(.string(text)), position: root.position)
    }
}
