import OpenAPIDocument

// `anyOf` beside `properties`: which members there have to be.

extension SchemaPlanner {
    /// Whether `anyOf` says nothing but which sets of members there have to be, one of them completely, with values other
    /// than `null`.
    ///
    /// An alternative says so by `required`, and, since a member that is `null` is there too, of members that may be by
    /// `properties` that give the type without `null`. Swift tells a member that is `null` from one that is absent no more than
    /// clients do, so that the decoder can check this.
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

    /// Sets of members, one of which has to be there completely.
    func choices(_ content: Schema.Content, _ members: [Member]) -> [[Member]] {
        content.anyOf.map { alternative in
            alternative.required.compactMap { name in members.first { $0.name == name } }
        }
    }
}
