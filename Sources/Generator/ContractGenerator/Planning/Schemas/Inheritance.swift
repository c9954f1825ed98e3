import ContractDocument
import Diagnostics

// Inheritance: a schema with a discriminator and without alternatives stands for the schemas that refer to it in `allOf`.

extension Document {
    /// The document with such schemas as unions of their heirs. The schemas' own keywords are in other components, such as
    /// `PetBase`, which the heirs refer to instead.
    var withInheritance: Document {
        let bases = components.schemas.filter { $0.value.isBase }
        guard !bases.isEmpty else { return self }
        var document = self
        let heirs = heirs()
        for (name, schema) in bases {
            let descendants = Self.descendants(of: name, heirs)
            guard !descendants.isEmpty else { continue }
            var baseName = name + "Base"
            while document.components.schemas[baseName] != nil { baseName += "_" }
            let base = Schema.Reference(name: baseName, position: schema.position)
            for heir in heirs[name] ?? [] {
                document.components.schemas[heir] = document.components.schemas[heir]?.asking(
                    for: base, insteadOf: name)
            }
            document.components.schemas[baseName] = schema.withoutDiscriminator
            document.components.schemas[name] = schema.union(of: descendants, base, named: name)
        }
        return document
    }

    /// The names of the components that refer to a component in `allOf`, by the name of that component.
    private func heirs() -> [String: [String]] {
        var heirs: [String: [String]] = [:]
        for (name, schema) in components.schemas {
            for part in schema.allOf {
                guard let reference = part.soleReference, reference.name != name else { continue }
                heirs[reference.name, default: []].append(name)
            }
        }
        return heirs
    }

    /// The heirs of a component, and their heirs.
    private static func descendants(of name: String, _ heirs: [String: [String]]) -> [String] {
        var found: [String] = []
        var seen: Set = [name]
        var pending = heirs[name] ?? []
        while !pending.isEmpty {
            let next = pending.removeFirst()
            guard seen.insert(next).inserted else { continue }
            found.append(next)
            pending += heirs[next] ?? []
        }
        return found
    }
}

extension Schema {
    /// Whether the schema can be the base of others.
    fileprivate var isBase: Bool {
        content.discriminator != nil && content.oneOf.isEmpty && content.anyOf.isEmpty && content.reference == nil
            && (content.types.isEmpty || content.types.contains(.object))
    }

    fileprivate var withoutDiscriminator: Schema {
        var content = content
        content.discriminator = nil
        content.keywords.removeAll { $0.name == "discriminator" }
        return Schema(content)
    }

    /// The schema with another reference in its `allOf`.
    fileprivate func asking(for base: Reference, insteadOf name: String) -> Schema {
        var content = content
        content.allOf = content.allOf.map { part in
            part.soleReference?.name == name ? .reference(base, at: part.position) : part
        }
        return Schema(content)
    }

    /// A union of the base and its heirs. The discriminator identifies the alternative of a value. The base accepts the
    /// values that the discriminator does not identify.
    fileprivate func union(of names: [String], _ base: Reference, named name: String) -> Schema {
        var union = Content(position: position)
        union.title = content.title
        union.description = content.description
        union.isDeprecated = content.isDeprecated
        union.isReadOnly = content.isReadOnly
        union.isWriteOnly = content.isWriteOnly
        union.defaultValue = content.defaultValue
        union.anyOf =
            names.map { .reference(Reference(name: $0, position: position), at: position) }
            + [.reference(base, at: position)]
        union.discriminator = content.discriminator
        union.discriminator?.mapping = (content.discriminator?.mapping ?? []).map { value, schema in
            (value, schema.name == name ? base : schema)
        }
        union.discriminator?.mapping.append((name, base))
        union.discriminator?.defaultMapping = base
        union.keywords = ["anyOf", "discriminator"].map {
            Keyword(name: $0, position: content.position(of: "discriminator"))
        }
        return Schema(union)
    }

    private static func reference(_ reference: Reference, at position: SourcePosition) -> Schema {
        var content = Content(position: position)
        content.reference = reference
        content.keywords = [Keyword(name: "$ref", position: position)]
        return Schema(content)
    }
}
