import ContractDocument

// Components that become two types: one for responses and one for requests.

extension SchemaPlanner {
    /// Claims names for the types that requests contain: `PetRequest` for the component `Pet`.
    mutating func claimRequestNames() {
        let split = splitComponents()
        let components = document.components.schemas.filter { split.contains($0.key) }
        let names = typeNames.claim(
            components.map { name, schema in
                let type = componentNames[name] ?? name
                return NameScope.Wanted(
                    source: name, preferred: type + "Request", alternative: type + "_request", position: schema.position
                )
            })
        for ((name, schema), swiftName) in zip(components, names) {
            requestNames[name] = swiftName
            schemaNames[swiftName] = name
            guard schema.isDeprecated else { continue }
            deprecatedNames[swiftName] = typeNames.claim(
                .init(
                    source: name, preferred: "_" + swiftName, alternative: "_\(swiftName)_", position: schema.position))
        }
    }

    /// The components that both requests and responses contain, and in which a member is required that only one direction
    /// has. Components that contain such a component are among them.
    private func splitComponents() -> Set<String> {
        let shared = document.components.schemas.filter { name, _ in
            directions.hasComponent(name, in: .request) && directions.hasComponent(name, in: .response)
        }
        var pending: [String] = []
        for (name, schema) in shared {
            var parts = [schema]
            while let part = parts.popLast() {
                if requiresInOneDirection(part) {
                    pending.append(name)
                    break
                }
                parts += part.content.parts
            }
        }
        guard !pending.isEmpty else { return [] }
        let referrers = document.referrers()
        var split: Set<String> = []
        while let name = pending.popLast() {
            guard split.insert(name).inserted else { continue }
            pending += (referrers[name] ?? []).filter { shared[$0] != nil }
        }
        return split
    }

    /// Whether a schema requires a member that has `readOnly` or `writeOnly`.
    private func requiresInOneDirection(_ schema: Schema) -> Bool {
        guard !schema.required.isEmpty || !schema.allOf.isEmpty else { return false }
        let content = merged(schema).content
        return content.required.contains { name in
            guard let member = content.properties[name].map({ merged($0).content }) else { return false }
            return member.isReadOnly || member.isWriteOnly
        }
    }
}
