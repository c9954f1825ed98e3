import ContractDocument
import Diagnostics

/// All schemas that some schemas contain or refer to, directly or indirectly.
struct SchemaReach {
    private let document: Document
    /// The positions of the schemas.
    private(set) var places: Set<SourcePosition> = []
    /// The names of the components among the schemas, including components that do not exist.
    private(set) var components: Set<String> = []

    init(_ document: Document) {
        self.document = document
    }

    /// Adds schemas, and everything that they contain or refer to.
    mutating func follow(_ schemas: [Schema]) {
        var pending = schemas
        while let schema = pending.popLast() {
            guard places.insert(schema.position).inserted else { continue }
            for reference in schema.references where components.insert(reference.name).inserted {
                if let target = document.components.schemas[reference.name] { pending.append(target) }
            }
            pending += schema.content.parts
        }
    }
}

extension Document {
    /// For each component schema, the names of the component schemas that refer to it, in the document's order.
    func referrers() -> [String: [String]] {
        var referrers: [String: [String]] = [:]
        for (name, schema) in components.schemas {
            var parts = [schema]
            var seen: Set<String> = []
            while let part = parts.popLast() {
                for reference in part.references where seen.insert(reference.name).inserted {
                    referrers[reference.name, default: []].append(name)
                }
                parts += part.content.parts
            }
        }
        return referrers
    }
}

extension Operation {
    /// The schemas of the operation's parameters and request bodies.
    var requestSchemas: [Schema] {
        let media = parameters.flatMap(\.content) + (requestBody?.content ?? [])
        return parameters.compactMap(\.schema) + media.flatMap(\.schemas)
    }

    /// The schemas of the operation's responses.
    var responseSchemas: [Schema] {
        responses.flatMap { _, response in
            let media = response.headers.flatMap(\.content) + response.content
            return response.headers.compactMap(\.schema) + media.flatMap(\.schemas)
        }
    }
}

extension Schema {
    /// The references of the schema itself, without those of schemas inside it.
    var references: [Reference] {
        [content.reference].compactMap(\.self) + (content.discriminator?.references ?? [])
    }
}

extension MediaType {
    fileprivate var schemas: [Schema] { [schema, itemSchema].compactMap(\.self) }
}

extension Schema.Discriminator {
    /// The schemas that values of the discriminator stand for.
    fileprivate var references: [Schema.Reference] { mapping.map(\.schema) + [defaultMapping].compactMap(\.self) }
}

extension Schema.Content {
    /// The schemas directly inside this one.
    var parts: [Schema] {
        let lists = [allOf, oneOf, anyOf, prefixItems]
        let maps = [properties, patternProperties, dependentSchemas]
        let single = [
            items, contains, additionalProperties, propertyNames, not, condition, consequence, alternative,
            unevaluatedItems, unevaluatedProperties, contentSchema,
        ]
        return lists.joined() + maps.flatMap(\.values) + single.compactMap(\.self)
    }
}
