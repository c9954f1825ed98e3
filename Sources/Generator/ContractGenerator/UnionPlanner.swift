import ContractDocument
import ContractJSON
import ContractYAML

// `oneOf`, `anyOf` and several types become enumerations.

extension SchemaPlanner {
    /// The shape of a schema with alternatives; `nil` if there are none, or if they only constrain what the rest of the
    /// schema describes.
    mutating func union(
        _ content: Schema.Content, _ name: TypeNaming, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape? {
        let keyword = content.oneOf.isEmpty ? "anyOf" : "oneOf"
        let all = keyword == "oneOf" ? content.oneOf : content.anyOf
        guard !all.isEmpty else { return nil }
        let alternatives = withoutTwins(all, keyword)
        var rest = content
        rest.discriminator = nil
        rest.keywords.removeAll { [keyword, "discriminator"].contains($0.name) }
        if keyword == "oneOf" { rest.oneOf = [] } else { rest.anyOf = [] }
        if let values = constants(alternatives) {
            checked.insert(keyword)
            rest.enumeration = values
            return enumeration(rest, name, isComponent, &checked)
        }
        if alternatives.allSatisfy({ onlyConstrains($0, content) }) { return nil }
        let parts = rest.assertions.subtracting(["anyOf"])
        checked.formUnion(parts.union([keyword, "discriminator"]))
        var common: Schema?
        if !isImplied(parts, of: rest, by: alternatives) {
            var content = rest
            content.anyOf = []
            content.keywords.removeAll { $0.name == "anyOf" }
            common = Schema(content)
        }
        if alternatives.count == 1 {
            let only = Self.alternative(alternatives[0], with: common)
            return only.soleReference.map { shape(of: $0) }
                ?? shape(of: merged(only), named: name, isComponent: isComponent)
        }
        return declare(name, content, isComponent: isComponent) { planner, name in
            .union(planner.union(content, keyword, alternatives, common, name))
        }
    }

    /// A union of the values of several types.
    mutating func typeUnion(
        _ content: Schema.Content, _ name: TypeNaming, _ isComponent: Bool, _ checked: inout Set<String>
    ) -> Shape {
        checked.formUnion(content.assertions)
        // Every integer is a number.
        let types = content.types.filter { $0 != .integer || !content.types.contains(.number) }
        func part(_ type: JSONType) -> Schema.Content {
            var part = content
            part.types = [type]
            part.keywords.removeAll { SchemaKeyword.byName[$0.name]?.concerns([type]) == false }
            return part
        }
        if types.count == 1 {
            return shape(of: MergedSchema(content: part(types[0])), named: name, isComponent: isComponent)
        }
        return declare(name, content, isComponent: isComponent) { planner, name in
            let alternatives = types.map { type in
                let shape = planner.shape(
                    of: MergedSchema(content: part(type)), named: TypeNaming(name, type.rawValue),
                    isComponent: false)
                return Alternative(
                    caseName: Self.caseName(shape) ?? "value", shape: shape, discriminant: .types([type]))
            }
            return .union(Union(alternatives: alternatives, selection: .discriminant))
        }
    }

    private mutating func union(
        _ content: Schema.Content, _ keyword: String, _ schemas: [Schema], _ common: Schema?, _ name: String
    ) -> Union {
        var union = Union(alternatives: [], selection: keyword == "anyOf" ? .first : .discriminant)
        let full = schemas.map { Self.alternative($0, with: common) }
        let discriminants: [Alternative.Discriminant?]
        var profiles: [SchemaProfile] = []
        if let discriminator = content.discriminator, let found = self.discriminants(of: discriminator, schemas) {
            union.selection = .discriminator(discriminator.propertyName)
            union.fallback = discriminator.defaultMapping.flatMap { target in
                schemas.firstIndex { $0.soleReference?.name == target.name }
            }
            discriminants = found
        } else {
            profiles = full.map { profile(of: $0) }
            discriminants = self.discriminants(profiles)
        }
        var wanted: [NameScope.Wanted] = []
        for (index, schema) in schemas.enumerated() {
            let component = schema.soleReference.flatMap { componentNames[$0.name] }
            let title = component ?? schema.title ?? "option\(index + 1)"
            let shape = shape(of: full[index], named: TypeNaming(name, title))
            let caseName =
                component.map { Self.caseName($0, name) } ?? Self.caseName(shape) ?? SwiftName.lowerCamelCase(title)
            wanted.append(
                .init(
                    source: schema.soleReference?.name ?? title, preferred: caseName.withoutBackticks,
                    alternative: component == nil && schema.title == nil
                        ? SwiftName.ordinal(index) : SwiftName.spelledOut(schema.soleReference?.name ?? title),
                    position: schema.position, isOfDocument: component != nil || schema.title != nil))
            union.alternatives.append(Alternative(caseName: caseName, shape: shape, discriminant: discriminants[index]))
        }
        var scope = NameScope()
        for (index, caseName) in scope.claim(wanted).enumerated() {
            union.alternatives[index].caseName = SwiftName.escaped(caseName)
        }
        add(scope.notes)
        if union.selection == .discriminant {
            addOverlaps(to: &union, profiles)
            if union.alternatives.contains(where: { $0.discriminant == nil || !$0.overlaps.isEmpty }) {
                union.selection = .only
            }
        }
        mergeTwins(in: &union, schemas, keyword)
        if keyword == "anyOf", union.selection == .first, mayFitTogether(union, profiles) { union.selection = .every }
        return union
    }

    /// The alternatives without repeats.
    private mutating func withoutTwins(_ alternatives: [Schema], _ keyword: String) -> [Schema] {
        guard alternatives.count > 1 else { return alternatives }
        var seen: Set<String> = []
        return alternatives.filter { alternative in
            let text = alternative.content.json { name in
                name != "format" || alternative.format.map(Self.freeFormats.contains) != true
            }.text
            if seen.insert(text).inserted { return true }
            warn(alternative.position, .alternative, "the alternative of '\(keyword)' repeats one before it")
            return false
        }
    }

    /// If alternatives accept the same values, the first one is chosen.
    private mutating func mergeTwins(in union: inout Union, _ schemas: [Schema], _ keyword: String) {
        guard union.selection == .only || union.selection == .first else { return }
        for (index, alternative) in union.alternatives.enumerated()
        where union.alternatives[..<index].contains(where: { $0.shape == alternative.shape }) {
            union.selection = .first
            warn(
                schemas[index].position, .alternative,
                "nothing tells this alternative of '\(keyword)' from one before it: they take the same values")
        }
    }

    /// An alternative, with the keywords beside the alternatives added.
    private static func alternative(_ schema: Schema, with common: Schema?) -> Schema {
        guard let common else { return schema }
        return .all([schema, common], at: schema.position)
    }

    /// Whether each alternative already contains the keywords beside the alternatives. Mostly, the only such keyword is
    /// `type: object`. The result is also `true` if the alternatives refer to the schema itself.
    private func isImplied(_ keywords: Set<String>, of content: Schema.Content, by alternatives: [Schema]) -> Bool {
        if alternatives.allSatisfy({ inherits($0, from: content) }) { return true }
        guard keywords.isSubset(of: ["type", "nullable"]) else { return false }
        return content.types.isEmpty
            || alternatives.allSatisfy { profile(of: $0).types.isSubset(of: Set(content.types)) }
    }

    /// If each alternative is one constant string, the strings. Such a union becomes an enumeration.
    private func constants(_ alternatives: [Schema]) -> [JSONValue]? {
        let values = alternatives.compactMap { alternative in
            alternative.content.saysOnly(["const", "type"]) ? alternative.constant : nil
        }
        return values.count == alternatives.count && values.allSatisfy { $0.kind == .string } ? values : nil
    }

    /// Whether an alternative adds neither a type nor a member that the schema itself does not have.
    private func onlyConstrains(_ alternative: Schema, _ content: Schema.Content) -> Bool {
        guard alternative.reference == nil else { return false }
        let constraints: Set<String> = [
            "required", "not", "enum", "const", "pattern", "format", "minLength", "maxLength", "minimum", "maximum",
            "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "contains",
            "minContains", "maxContains", "minProperties", "maxProperties", "dependentRequired", "if", "then", "else",
        ]
        guard alternative.content.saysOnly(constraints.union(["properties", "type"])) else { return false }
        return (alternative.types.isEmpty || alternative.types == content.types)
            && alternative.properties.keys.allSatisfy { content.properties[$0] != nil }
    }

    // MARK: Names

    /// The name of an alternative's case without the words that it shares with the union: `DeclarationCreated` in
    /// `DeclarationOutcome` is `created`.
    private static func caseName(_ name: String, _ union: String) -> String {
        let shared = union.words.first.flatMap { name.words.first == $0 ? $0 : nil } ?? ""
        let rest = name.dropFirst(shared.count)
        return SwiftName.lowerCamelCase(rest.isEmpty ? name : String(rest))
    }

    /// A name for an alternative that the document does not name.
    private static func caseName(_ shape: Shape) -> String? {
        switch shape.unvalidated {
        case .boolean: "bool"
        case .integer: "int"
        case .unsigned: "uint64"
        case .number: "double"
        case .string, .constant: "string"
        case .array: "array"
        case .map: "object"
        case .any: "value"
        case .named, .nullable, .validated: nil
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
