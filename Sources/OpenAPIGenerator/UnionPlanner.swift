import JSON
import OpenAPIDocument
import YAML

// `oneOf` and `anyOf`: what tells the alternatives apart.

extension SchemaPlanner {
    mutating func union(
        _ schema: Schema, _ keyword: String, _ alternatives: [Schema], _ name: String, _ origin: String?
    ) -> Shape {
        refuseKeywords(of: schema, except: SchemaKeywords.annotations.union([keyword]))
        return declare(name, schema, origin) { planner in
            var planned: [Alternative] = []
            var claimed: [Alternative.Mark] = []
            for (index, alternative) in alternatives.enumerated() {
                let shape = planner.shape(of: alternative, named: "\(name)Option\(index + 1)")
                let marks = planner.marks(of: shape, among: alternatives, except: index, unique: keyword == "oneOf")
                guard let mark = marks.first(where: { !claimed.contains($0) }) else {
                    _ = planner.refuse(
                        alternative.position,
                        "nothing tells this alternative of '\(keyword)' from the others: neither its type, nor a required "
                            + "constant, nor a required member that the others lack")
                    continue
                }
                claimed.append(mark)
                planned.append(Alternative(caseName: Self.caseName(shape, alternative, name), shape: shape, mark: mark))
            }
            return .union(planned, triesAll: keyword == "anyOf")
        }
    }

    /// What could tell a shape from the other alternatives, the surest first.
    private func marks(
        of shape: Shape, among alternatives: [Schema], except index: Int, unique: Bool
    ) -> [Alternative.Mark] {
        switch shape {
        case .boolean: return [.kind("bool")]
        case .integer, .number: return [.kind("number")]
        case .string, .constant: return [.kind("string")]
        case .array: return [.kind("array")]
        case .map: return [.kind("object")]
        case .any, .nullable: return []
        case .named(let name): return marks(ofType: name, among: alternatives, except: index, unique: unique)
        }
    }

    private func marks(
        ofType name: String, among alternatives: [Schema], except index: Int, unique: Bool
    ) -> [Alternative.Mark] {
        guard let type = types.first(where: { $0.name == name }) else { return [] }
        switch type.definition {
        case .enumeration: return [.kind("string")]
        case .union: return []
        case .structure(let members, _, _):
            let required = members.filter(\.isRequired)
            let constants: [Alternative.Mark] = required.compactMap { member in
                guard case .constant(let value) = member.shape else { return nil }
                return .constant(member: member.name, value: value)
            }
            let elsewhere = otherMembers(alternatives, except: index)
            let own = required.filter { !elsewhere.contains($0.name) }.map { Alternative.Mark.member($0.name) }
            let onlyObject = elsewhere.isEmpty ? [Alternative.Mark.kind("object")] : []
            return constants + own + onlyObject
        }
    }

    /// The names of the members that the other alternatives may have.
    private func otherMembers(_ alternatives: [Schema], except index: Int) -> Set<String> {
        var names: Set<String> = []
        for (other, schema) in alternatives.enumerated() where other != index {
            let resolved = schema.reference.flatMap { document.components.schemas[$0.name] } ?? schema
            names.formUnion(resolved.properties.keys)
        }
        return names
    }

    /// `DeclarationCreated` in `DeclarationOutcome` is `created`: words in common are not repeated.
    private static func caseName(_ shape: Shape, _ schema: Schema, _ union: String) -> String {
        switch shape {
        case .named(let name):
            let shared = union.words.first.flatMap { name.words.first == $0 ? $0 : nil } ?? ""
            let rest = name.dropFirst(shared.count)
            return SwiftName.lowerCamelCase(rest.isEmpty ? name : String(rest))
        case .boolean: return "bool"
        case .integer: return "int"
        case .number: return "double"
        case .string, .constant: return "string"
        case .array: return "array"
        case .map: return "object"
        case .any, .nullable: return "value"
        }
    }
}

extension String {
    /// The words of a name in camel case.
    fileprivate var words: [String] {
        var words: [String] = []
        for character in self {
            if character.isUppercase || words.isEmpty {
                words.append(String(character))
            } else {
                words[words.count - 1].append(character)
            }
        }
        return words
    }
}
