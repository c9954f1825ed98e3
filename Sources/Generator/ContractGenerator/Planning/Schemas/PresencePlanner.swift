import ContractDocument

// `anyOf` beside `properties`, as a condition on which members are present.

extension SchemaPlanner {
    /// Whether `anyOf` only states that one of several sets of members must be present completely, with values other
    /// than `null`.
    ///
    /// An alternative lists its members in `required`. JSON Schema counts a member as present even if it is `null`. So
    /// for each member that can be `null`, the alternative must also have `properties` that give a type without `null`.
    /// The decoder can check such a condition, because for it, as for clients, `null` is the same as an absent member.
    func expectsPresence(_ content: Schema.Content) -> Bool {
        content.anyOf.allSatisfy { alternative in
            !alternative.required.isEmpty && alternative.content.saysOnly(["required", "properties"])
                && alternative.properties.keys.allSatisfy(alternative.required.contains)
                && alternative.required.allSatisfy { expectsValue($0, alternative, content) }
        }
    }

    private func expectsValue(_ name: String, _ alternative: Schema, _ content: Schema.Content) -> Bool {
        guard let member = content.properties[name] else { return false }
        let types = profile(of: member).types
        guard let narrowed = alternative.properties[name] else { return !types.contains(.null) }
        return narrowed.content.saysOnly(["type"]) && Set(narrowed.types) == types.subtracting([.null])
    }

    /// The sets of members of which one must be present completely.
    func choices(_ content: Schema.Content, _ members: [Member]) -> [[Member]] {
        content.anyOf.map { alternative in
            alternative.required.compactMap { name in members.first { $0.name == name } }
        }
    }
}
