import ContractDocument

// Types for `oneOf`, `anyOf` and several types.

extension SwiftWriter {
    mutating func union(_ type: NamedType, _ union: Union) {
        guard union.selection != .every else { return combination(type, union) }
        documentation(type.documentation)
        block("\(access) \(type.isIndirect ? "indirect " : "")enum \(type.name): Sendable, Hashable") { swift in
            for alternative in union.alternatives {
                swift.line("case \(alternative.caseName)(\(alternative.shape.swiftType))")
            }
        }
    }

    mutating func unionCoding(_ type: NamedType, _ union: Union) {
        block("extension Schemas.\(type.name): ContractRuntime.JSONDecodable, ContractRuntime.JSONEncodable") { swift in
            swift.decoding(validator: type.validator) { swift in
                switch union.selection {
                case .discriminant: swift.choiceByDiscriminant(union)
                case .first: swift.choiceOfFirst(union)
                case .every: swift.choiceOfEvery(union)
                case .only: swift.choiceOfOnly(union)
                case .discriminator(let member): swift.choiceByDiscriminator(member, union)
                }
            }
            swift.block("\(swift.access) func encode(to json: inout ContractRuntime.JSONWriter)") { swift in
                guard union.selection != .every else { return swift.combinedEncoding(union) }
                swift.line("switch self {")
                for alternative in union.alternatives {
                    swift.line("case .\(alternative.caseName)(let value): \(alternative.shape.jsonEncoding("value"))")
                }
                swift.line("}")
            }
        }
    }

    /// Declares a struct with a property for each alternative.
    private mutating func combination(_ type: NamedType, _ union: Union) {
        documentation(type.documentation)
        block("\(access) struct \(type.name): Sendable, Hashable") { swift in
            for alternative in union.alternatives {
                swift.documentation("The value in the form of this alternative; `nil` if it does not fit it.")
                swift.line("\(swift.access) var \(alternative.caseName): \(alternative.shape.swiftType)?")
            }
            swift.line()
            swift.documentation("Creates a value from its forms. It must have at least one.")
            let parameters = union.alternatives.map { "\($0.caseName): \($0.shape.swiftType)? = nil" }
            swift.initializer(parameters) { swift in
                for alternative in union.alternatives {
                    swift.line("self.\(alternative.caseName) = \(alternative.caseName)")
                }
            }
        }
    }

    private mutating func choiceOfEvery(_ union: Union) {
        line("var value = Self()")
        for (number, alternative) in union.alternatives.enumerated() {
            line(
                "value.\(alternative.caseName) = try json.peekValid(\(number), of: Self.self, problems, { \(alternative.closureBody) })"
            )
        }
        let tests = union.alternatives.map { "value.\($0.caseName) != nil" }.joined(separator: " || ")
        block("if \(tests)") { swift in
            swift.line("try json.skip()")
            swift.line("return value")
        }
        choiceByDiscriminant(union)
    }

    private mutating func combinedEncoding(_ union: Union) {
        block("json.writeCombined") { swift in
            swift.line("combined in")
            for alternative in union.alternatives {
                swift.line(
                    "combined.add(self.\(alternative.caseName)) { json, value in \(alternative.shape.jsonEncoding("value")) }"
                )
            }
        }
    }

    private mutating func choiceOfFirst(_ union: Union) {
        for (number, alternative) in union.alternatives.enumerated() { attempt(at: number, alternative) }
        choiceByDiscriminant(union)
    }

    /// Emits a statement that returns the alternative if the value is valid against it.
    private mutating func attempt(at number: Int, _ alternative: Alternative) {
        block("if let value = try json.attempt(\(number), of: Self.self, problems, { \(alternative.closureBody) })") {
            $0.line("return .\(alternative.caseName)(value)")
        }
    }

    private mutating func choiceByDiscriminant(_ union: Union) {
        for index in union.testingOrder {
            choice(of: union.alternatives[index], if: [], isProperty: union.selection == .every)
        }
        line("try json.skip()")
        let discriminants = union.alternatives.compactMap(\.discriminant)
        let message =
            discriminants.count < union.alternatives.count
            ? "value does not fit any of the alternatives"
            : "value is not one of: " + discriminants.map(\.description).joined(separator: ", ")
        line("problems.add(.other, \(message.literal))")
        line("return nil")
    }

    /// Emits a statement that returns the alternative if the value has its discriminant and none of the given discriminants.
    ///
    /// - Parameter isProperty: whether the alternative is a property, and not a case.
    private mutating func choice(
        of alternative: Alternative, if absent: [Alternative.Discriminant], isProperty: Bool = false
    ) {
        guard let discriminant = alternative.discriminant else { return }
        let conditions = [discriminant.test] + absent.map { "!(\($0.test))" }
        block("if \(conditions.joined(separator: ", "))") { swift in
            let value = isProperty ? " { Self(\(alternative.label): $0) }" : "(Self.\(alternative.caseName))"
            swift.line("return try \(alternative.shape.jsonDecoding).map\(value)")
        }
    }

    private mutating func choiceOfOnly(_ union: Union) {
        for index in union.testingOrder {
            let alternative = union.alternatives[index]
            let overlaps = alternative.overlaps.map { union.alternatives[$0].discriminant }
            guard overlaps.allSatisfy({ $0?.mayBeAbsent(beside: alternative.discriminant) == true }) else { continue }
            choice(of: alternative, if: overlaps.compactMap(\.self))
        }
        line("var values: [Self] = []")
        for (number, alternative) in union.alternatives.enumerated()
        where alternative.discriminant == nil || !alternative.overlaps.isEmpty {
            block(
                "if let value = try json.peekValid(\(number), of: Self.self, problems, { \(alternative.closureBody) })"
            ) { swift in
                swift.line("values.append(.\(alternative.caseName)(value))")
            }
        }
        block("if let value = values.first") { swift in
            swift.line("try json.skip()")
            swift.line("if values.count == 1 { return value }")
            swift.line("problems.add(.other, \"value fits more than one of the alternatives\")")
            swift.line("return nil")
        }
        choiceByDiscriminant(union)
    }

    private mutating func choiceByDiscriminator(_ member: String, _ union: Union) {
        if union.fallback == nil {
            block("guard let tag = try json.peekDiscriminator(\(member.literal), problems: &problems) else") { swift in
                swift.line("try json.skip()")
                swift.line("return nil")
            }
            line("switch tag {")
        } else {
            line("switch try json.peekText(of: \(member.literal)) {")
        }
        let groups = union.groupsByConstant
        for group in groups {
            line("case \(group.values.map(\.literal).joined(separator: ", ")):")
            indented { swift in
                for index in group.alternatives.dropLast() { swift.attempt(at: index, union.alternatives[index]) }
                guard let last = group.alternatives.last.map({ union.alternatives[$0] }) else { return }
                swift.line("return try \(last.shape.jsonDecoding).map(Self.\(last.caseName))")
            }
        }
        let admitted = groups.flatMap(\.values)
        line("default:")
        if let fallback = union.fallback.map({ union.alternatives[$0] }) {
            indented { $0.line("return try \(fallback.shape.jsonDecoding).map(Self.\(fallback.caseName))") }
            line("}")
            return
        }
        indented { swift in
            let message = "value is not one of " + admitted.map { "'\($0)'" }.joined(separator: ", ")
            swift.line("try json.skip()")
            swift.line(
                "problems.add(ContractRuntime.ValidationProblem(.other, \(message.literal), at: [.name(\(member.literal))]))"
            )
            swift.line("return nil")
        }
        line("}")
    }
}

extension Union {
    /// The values of the discriminator with the numbers of their alternatives. Most values have one alternative.
    fileprivate var groupsByConstant: [(values: [String], alternatives: [Int])] {
        var groups: [(values: [String], alternatives: [Int])] = []
        var numbers: [String: [Int]] = [:]
        for (index, alternative) in alternatives.enumerated() {
            guard case .constant(_, let values)? = alternative.discriminant else { continue }
            for value in values { numbers[value, default: []].append(index) }
        }
        var seen: Set<String> = []
        for alternative in alternatives {
            guard case .constant(_, let values)? = alternative.discriminant else { continue }
            for value in values where seen.insert(value).inserted {
                let indices = numbers[value] ?? []
                if let group = groups.lastIndex(where: { $0.alternatives == indices }) {
                    groups[group].values.append(value)
                } else {
                    groups.append(([value], indices))
                }
            }
        }
        return groups
    }
}

extension Alternative {
    /// The argument label of the alternative's value.
    fileprivate var label: String { caseName.withoutBackticks }

    fileprivate var closureBody: String {
        "json, problems throws(ContractRuntime.JSONError) in try \(shape.jsonDecoding)"
    }
}

extension Alternative.Discriminant {
    /// A condition that shows whether a value belongs to this alternative. It consumes nothing.
    fileprivate var test: String {
        switch self {
        case .types(let types) where types == [.integer]: "try json.peekInteger()"
        case .types(let types) where types.kinds.count == 1: "try json.peek() == .\(types.kinds[0])"
        case .types(let types): "try json.peek(isOneOf: \(types.kinds.map { "." + $0 }.joined(separator: ", ")))"
        case .constant(let member, let values):
            "try json.peekMember(\(member.literal), is: \(values.map(\.literal).joined(separator: ", ")))"
        case .member(let member): "try json.peekMember(\(member.literal))"
        case .memberTypes(let member, let types) where types == [.integer]:
            "try json.peekIntegerMember(\(member.literal))"
        case .memberTypes(let member, let types):
            "try json.peekMember(\(member.literal), of: \(types.kinds.map { "." + $0 }.joined(separator: ", ")))"
        case .otherObject: "try json.peek() == .object"
        }
    }

    /// Whether values with the other discriminant can lack this one, so that testing this one can decide between the
    /// alternatives.
    fileprivate func mayBeAbsent(beside other: Self?) -> Bool {
        switch (self, other) {
        case (.otherObject, _), (.types, .types), (.memberTypes, .memberTypes): false
        default: true
        }
    }

    fileprivate var description: String {
        switch self {
        case .types(let types): types.kinds.joined(separator: " or ")
        case .constant(let member, let values): "an object whose \(member) is \(values.joined(separator: " or "))"
        case .member(let member): "an object with \(member)"
        case .memberTypes(let member, let types):
            "an object whose \(member) is a \(types.map(\.rawValue).joined(separator: " or a "))"
        case .otherObject: "an object"
        }
    }
}

extension [JSONType] {
    /// The kinds of JSON values, as cases of `JSONKind`.
    fileprivate var kinds: [String] {
        var kinds: [String] = []
        for type in self {
            let kind =
                switch type {
                case .boolean: "bool"
                case .integer: "number"
                default: type.rawValue
                }
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return kinds
    }
}
