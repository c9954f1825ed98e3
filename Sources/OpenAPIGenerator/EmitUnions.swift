import OpenAPIDocument

// Types for `oneOf`, `anyOf` and several types.

extension SwiftWriter {
    mutating func union(_ type: NamedType, _ union: Union) {
        documentation(type.documentation)
        block("public \(type.isIndirect ? "indirect " : "")enum \(type.name): Sendable, Hashable") { swift in
            for alternative in union.alternatives {
                swift.line("case \(alternative.caseName)(\(alternative.shape.swiftType))")
            }
        }
    }

    mutating func unionCoding(_ type: NamedType, _ union: Union) {
        block("extension Schemas.\(type.name): JSONDecodable, JSONEncodable") { swift in
            swift.decoding(validator: type.validator) { swift in
                switch union.selection {
                case .mark: swift.choiceByMark(union)
                case .first: swift.choiceOfFirst(union)
                case .only: swift.choiceOfOnly(union)
                case .discriminator(let member): swift.choiceByDiscriminator(member, union)
                }
            }
            swift.block("public func encode(to json: inout JSONWriter)") { swift in
                swift.line("switch self {")
                for alternative in union.alternatives {
                    swift.line("case .\(alternative.caseName)(let value): \(alternative.shape.jsonEncoding("value"))")
                }
                swift.line("}")
            }
        }
    }

    private mutating func choiceOfFirst(_ union: Union) {
        for (number, alternative) in union.alternatives.enumerated() {
            block("if let value = try json.attempt(\(number), of: Self.self, problems, { \(alternative.closureBody) })")
            { swift in
                swift.line("return .\(alternative.caseName)(value)")
            }
        }
        choiceByMark(union)
    }

    private mutating func choiceByMark(_ union: Union) {
        for index in union.testingOrder { choice(of: union.alternatives[index], if: []) }
        line("try json.skip()")
        let marks = union.alternatives.compactMap(\.mark)
        let message =
            marks.count < union.alternatives.count
            ? "value fits none of the alternatives"
            : "value is none of: " + marks.map(\.description).joined(separator: ", ")
        line("problems.add(.other, \(message.literal))")
        line("return nil")
    }

    /// Takes a value for an alternative that has to be the one it is, by its mark and the marks it must not bear.
    private mutating func choice(of alternative: Alternative, if absent: [Alternative.Mark]) {
        guard let mark = alternative.mark else { return }
        let conditions = [mark.test] + absent.map { "!(\($0.test))" }
        block("if \(conditions.joined(separator: ", "))") { swift in
            swift.line("return try \(alternative.shape.jsonDecoding).map(Self.\(alternative.caseName))")
        }
    }

    private mutating func choiceOfOnly(_ union: Union) {
        for index in union.testingOrder {
            let alternative = union.alternatives[index]
            let rivals = alternative.rivals.map { union.alternatives[$0].mark }
            guard rivals.allSatisfy({ $0?.mayBeAbsent(beside: alternative.mark) == true }) else { continue }
            choice(of: alternative, if: rivals.compactMap(\.self))
        }
        line("var values: [Self] = []")
        for (number, alternative) in union.alternatives.enumerated()
        where alternative.mark == nil || !alternative.rivals.isEmpty {
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
        choiceByMark(union)
    }

    private mutating func choiceByDiscriminator(_ member: String, _ union: Union) {
        block("guard let tag = try json.peekDiscriminator(\(member.literal), problems: &problems) else") { swift in
            swift.line("try json.skip()")
            swift.line("return nil")
        }
        line("switch tag {")
        var admitted: [String] = []
        for alternative in union.alternatives {
            guard case .constant(_, let values)? = alternative.mark else { continue }
            admitted += values
            line("case \(values.map(\.literal).joined(separator: ", ")):")
            indented { swift in
                swift.line("return try \(alternative.shape.jsonDecoding).map(Self.\(alternative.caseName))")
            }
        }
        line("default:")
        indented { swift in
            let message = "value is not one of " + admitted.map { "'\($0)'" }.joined(separator: ", ")
            swift.line("try json.skip()")
            swift.line(
                "problems.add(ValidationProblem(.other, \(message.literal), at: [.name(\(member.literal))]))")
            swift.line("return nil")
        }
        line("}")
    }
}

extension Alternative {
    fileprivate var closureBody: String { "json, problems throws(JSONError) in try \(shape.jsonDecoding)" }
}

extension Alternative.Mark {
    /// A condition that tells, without consuming anything, whether a value is of this alternative.
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

    /// Whether a value may bear another mark without this one, as far as that is worth a look.
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
