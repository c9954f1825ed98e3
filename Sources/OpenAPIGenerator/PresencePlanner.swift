import OpenAPIDocument

// `anyOf` beside `properties`: which members there have to be.

extension SchemaPlanner {
    /// Sets of members, one of which has to be there completely, with values other than `null`.
    ///
    /// An alternative says so by `required`, and, since a member that is `null` is there too, of members that may be by
    /// `properties` that give the type without `null`.
    mutating func choices(_ schema: Schema, _ members: [Member]) -> [[Member]] {
        schema.anyOf.map { alternative in choice(alternative, members) }
    }

    private mutating func choice(_ alternative: Schema, _ members: [Member]) -> [Member] {
        refuseKeywords(of: alternative, except: ["required", "properties"])
        if alternative.required.isEmpty {
            _ = refuse(
                alternative.position,
                "an alternative of 'anyOf' beside 'properties' without 'required' is not supported yet")
        }
        for (name, schema) in alternative.properties where !alternative.required.contains(name) {
            _ = refuse(
                schema.position, "'\(name)' in an alternative of 'anyOf' that does not require it is not supported yet")
        }
        return alternative.required.compactMap { name in
            guard let member = members.first(where: { $0.name == name }) else {
                _ = refuse(
                    alternative.position(of: "required"),
                    "'required' of '\(name)', which 'properties' lacks, is not supported yet")
                return nil
            }
            expectNotNull(alternative, member)
            return member
        }
    }

    /// Swift tells a member that is `null` from one that is absent no more than clients do.
    private mutating func expectNotNull(_ alternative: Schema, _ member: Member) {
        let narrowed = alternative.properties[member.name]
        if let narrowed { refuseKeywords(of: narrowed, except: ["type"]) }
        guard case .nullable(let shape) = member.shape else {
            if let narrowed {
                _ = refuse(narrowed.position, "'\(member.name)' cannot be null, so that its 'required' is enough")
            }
            return
        }
        guard let narrowed, narrowed.types == shape.jsonTypes else {
            _ = refuse(
                alternative.position(of: "required"),
                "'required' of '\(member.name)', which may be null, is not supported yet without its type in 'properties' here"
            )
            return
        }
    }
}

extension Shape {
    /// The `type` of a schema of this shape, if it has one.
    fileprivate var jsonTypes: [JSONType]? {
        switch self {
        case .boolean: [.boolean]
        case .integer: [.integer]
        case .number: [.number]
        case .string, .constant: [.string]
        case .array: [.array]
        case .map: [.object]
        case .any, .named, .nullable: nil
        }
    }
}
