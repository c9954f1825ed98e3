import ContractDocument
import ContractJSON

/// The properties by which values of a schema can be distinguished from values of another schema.
struct SchemaProfile {
    var types: Set<JSONType>
    var properties: [String: Schema] = [:]
    var required: [String] = []
    /// Whether objects have no other members.
    var isClosed = false
}

extension SchemaPlanner {
    func profile(of schema: Schema) -> SchemaProfile {
        guard cache.admitsProfile() else { return SchemaProfile(types: []) }
        if let reference = schema.soleReference {
            var profile = profile(ofComponent: reference.name)
            if schema.isNullable { profile.types.insert(.null) }
            return profile
        }
        let identity: SchemaCache.Identity =
            schema.conjunction.map { .conjunction($0) } ?? .schema(ObjectIdentifier(schema))
        if let place = cache.profilingInline[identity] {
            // The components that were entered since then depend on this schema, whose profile is not known yet.
            cache.firstMetAgain = min(cache.firstMetAgain, place - 1)
            return SchemaProfile(types: [])
        }
        cache.profilingInline[identity] = cache.profiling.count
        defer { cache.profilingInline[identity] = nil }
        let content = merged(schema).content
        return SchemaProfile(
            types: types(of: content),
            properties: Dictionary(content.properties.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }),
            // A member that only messages of one direction contain may be missing in the others.
            required: content.required.filter { name in
                content.properties[name].map { !$0.isReadOnly && !$0.isWriteOnly } ?? true
            },
            isClosed: content.additionalProperties?.truth == false && content.patternProperties.isEmpty)
    }

    /// The profile of a component; an empty one while it is being computed.
    private func profile(ofComponent name: String) -> SchemaProfile {
        if let known = cache.profiles[name] { return known }
        guard let schema = document.components.schemas[name] else { return SchemaProfile(types: []) }
        if let place = cache.profiling[name] {
            cache.firstMetAgain = min(cache.firstMetAgain, place)
            return SchemaProfile(types: [])
        }
        let place = cache.profiling.count
        cache.profiling[name] = place
        let profile = profile(of: schema)
        cache.profiling[name] = nil
        // The profile is only complete if it does not depend on a component whose profile is still being computed.
        // Otherwise it is computed again later.
        if cache.firstMetAgain >= place {
            cache.firstMetAgain = .max
            cache.profiles[name] = profile
        }
        return profile
    }

    private func types(of content: Schema.Content) -> Set<JSONType> {
        if content.truth == false { return [] }
        if let values = content.constant.map({ [$0] }) ?? content.enumeration {
            let types = Set(values.map(\.type))
            return content.types.isEmpty ? types : types.filter { content.concerns($0) }
        }
        if !content.types.isEmpty { return Set(content.types) }
        let alternatives = content.oneOf.isEmpty ? content.anyOf : content.oneOf
        if !alternatives.isEmpty {
            var types = alternatives.reduce(into: Set<JSONType>()) { $0.formUnion(profile(of: $1).types) }
            if content.isNullable { types.insert(.null) }
            return types
        }
        if ["properties", "additionalProperties", "patternProperties"].contains(where: { content.has($0) }) {
            return [.object]
        }
        if ["items", "prefixItems"].contains(where: { content.has($0) }) { return [.array] }
        return Set(JSONType.allCases)
    }

    /// The strings that a schema allows; `nil` if it is not limited to certain strings.
    func constants(of schema: Schema) -> [String]? {
        let content = merged(schema).content
        guard let values = content.constant.map({ [$0] }) ?? content.enumeration else { return nil }
        let texts = values.compactMap(\.stringValue)
        return texts.count == values.count ? texts : nil
    }
}

extension Schema.Content {
    /// Whether values of a type can be valid.
    func concerns(_ type: JSONType) -> Bool {
        types.isEmpty || types.contains(type) || (type == .integer && types.contains(.number))
    }
}

extension JSONValue {
    /// The narrowest type of the value.
    var type: JSONType {
        switch content {
        case .null: .null
        case .bool: .boolean
        case .number(let number): number.isInteger ? .integer : .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    var stringValue: String? {
        if case .string(let text) = content { text } else { nil }
    }

    var intValue: Int? {
        if case .number(let number) = content { number.int } else { nil }
    }
}
