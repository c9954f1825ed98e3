// Types for objects.

extension SwiftWriter {
    /// Declares a struct with its members and a memberwise initializer.
    mutating func structure(_ name: String, _ documentation: String?, _ members: [Member]) {
        self.documentation(documentation)
        block("\(access) struct \(name): Sendable, Hashable") { swift in
            for member in members { swift.property(member) }
            swift.line()
            swift.memberwiseInitializer(members)
        }
    }

    /// Declares a property. If its value is stored in another property, this declares that property, too.
    ///
    /// - Parameter type: the Swift type, if it is not the member's.
    mutating func property(_ member: Member, _ type: String? = nil) {
        documentation(member.documentation)
        let wrapper = member.isIndirect ? "@ContractRuntime.Indirect " : ""
        let type = type ?? member.swiftType
        var value = ""
        if case .constant(let text) = member.shape, member.isRequired { value = " { \(text.literal) }" }
        guard member.storageName != member.swiftName else {
            return line("\(wrapper)\(access) var \(member.swiftName): \(type)\(value)")
        }
        if member.isDeprecated { line("@available(*, deprecated)") }
        guard value.isEmpty else {
            line("\(access) var \(member.swiftName): \(type) { \(member.storageName) }")
            return line("var \(member.storageName): \(type)\(value)")
        }
        block("\(access) var \(member.swiftName): \(type)") { swift in
            swift.line("get { \(member.valueOfStorage) }")
            swift.line("set { \(member.storageName) = \(member.storageOfNewValue) }")
        }
        // Generated code uses the stored property, so that the compiler does not warn about deprecated members.
        guard member.isGivenApart else { return line("\(wrapper)var \(member.storageName): \(type)") }
        documentation(member.storageDocumentation)
        let storedType = type == member.swiftType ? member.storedType : type
        line("\(wrapper)\(access) var \(member.storageName): \(storedType)")
    }

    private mutating func memberwiseInitializer(_ members: [Member]) {
        let stored = members.filter(\.isStored)
        initializer(stored.map(\.initializerParameter)) { swift in
            for member in stored { swift.line(member.assignment) }
        }
    }

    /// Declares an initializer.
    ///
    /// - Parameter isEmpty: whether its body is empty if there are no parameters.
    mutating func initializer(_ parameters: [String], isEmpty: Bool = true, _ body: (inout SwiftWriter) -> Void) {
        guard !parameters.isEmpty || !isEmpty else { return line("\(access) init() {}") }
        let list = parameters.joined(separator: ", ")
        let header =
            list.count <= 90
            ? "\(access) init(\(list))" : "\(access) init(\n    \(parameters.joined(separator: ",\n    "))\n)"
        block(header, body)
    }

    /// The functions that decode and encode an object.
    mutating func structureCoding(_ type: NamedType, _ structure: Structure) {
        block("extension Schemas.\(type.name): ContractRuntime.JSONDecodable, ContractRuntime.JSONEncodable") { swift in
            swift.decoding(validator: type.validator) { swift in swift.structureDecodingBody(structure) }
            swift.block("\(swift.access) func encode(to json: inout ContractRuntime.JSONWriter)") { swift in
                swift.line("json.beginObject()")
                for member in structure.members { swift.encoding(of: member) }
                if let additional = structure.additional {
                    let names = structure.members.map(\.name.literal).joined(separator: ", ")
                    swift.block("json.members(additionalProperties, except: [\(names)])") { swift in
                        swift.line("json, value in \(additional.jsonEncoding("value"))")
                    }
                }
                swift.line("json.endObject()")
            }
        }
    }

    private mutating func structureDecodingBody(_ structure: Structure) {
        let members = structure.members
        line("guard try json.beginObject(orRefuse: &problems) else { return nil }")
        line("let mark = problems.mark")
        for member in members { line(member.localDeclaration) }
        if let additional = structure.additional {
            line("var additionalProperties: OrderedDictionary<String, \(additional.swiftType)> = [:]")
        }
        block("while let key = try json.nextKey()") { swift in
            swift.line("let before = problems.mark")
            swift.line("switch key {")
            for member in members {
                swift.line("case \(member.name.literal):")
                swift.indented { swift in swift.memberDecoding(member) }
            }
            swift.line("default:")
            swift.indented { swift in swift.unknownMemberDecoding(structure) }
            swift.line("}")
        }
        let required = members.filter(\.isRequired)
        for member in members where member.isRequired || member.isRequiredInDirection {
            let direction = member.direction.map { "problems.direction == .\($0), " } ?? ""
            line(
                "if \(direction)\(member.isLacking) { problems.addMissing(\(member.name.literal), unlessReportedSince: mark) }"
            )
        }
        presenceCheck(structure.choices)
        let bindings = required.filter(\.isStored).map { ", let \($0.localName)" }.joined()
        line("guard problems.foundNone(since: mark)\(bindings) else { return nil }")
        var arguments = members.filter { $0.isStored && !$0.tellsNull }.map { "\($0.argumentLabel): \($0.localName)" }
        if structure.additional != nil { arguments.append("additionalProperties: additionalProperties") }
        let made = "Self(\(arguments.joined(separator: ", ")))"
        let nullable = members.filter(\.tellsNull)
        guard !nullable.isEmpty else { return line("return \(made)") }
        line("var decoded = \(made)")
        for member in nullable { line("decoded.\(member.storageName) = \(member.localName)") }
        line("return decoded")
    }

    private mutating func memberDecoding(_ member: Member) {
        // Generated code ignores a member that belongs to messages of the other direction (OpenAPI 3.0.4 §4.7.24.2).
        if let direction = member.direction {
            block("guard problems.direction != .\(direction.other) else") { swift in
                swift.line("try json.skip()")
                swift.line("continue")
            }
        }
        if member.tellsNull {
            line("\(member.localName) = try \(member.shape.presenceDecoding)")
        } else {
            // Decoding a nullable value returns an optional of an optional, so that a decoded `null` is not missing. If
            // the value may be absent, both mean the same.
            let collapse = member.mayBeAbsent && member.shape.isNullable ? " ?? nil" : ""
            line("\(member.localName) = try \(member.shape.jsonDecoding)\(collapse)")
        }
        line("problems.prefix(\(member.name.literal), since: before)")
    }

    private mutating func unknownMemberDecoding(_ structure: Structure) {
        if let additional = structure.additional {
            // The compiler would take a closure's brace at the end of a condition as the beginning of the body.
            line("let value = try \(additional.jsonDecoding)")
            line("if let value { additionalProperties[key.string] = value }")
            return line("problems.prefix(key.string, since: before)")
        }
        line("try json.skipUnknownMember(key, problems: &problems)")
        if structure.refusesUnknownMembers {
            line("problems.add(.other, \"extra fields not permitted\")")
            line("problems.prefix(key.string, since: before)")
        }
    }

    /// Emits a check that adds a problem if no set of members is complete.
    private mutating func presenceCheck(_ choices: [[Member]]) {
        guard !choices.isEmpty else { return }
        let isLacking = choices.map { choice in
            let names = choice.map(\.isLacking).joined(separator: " || ")
            return choice.count == 1 ? names : "(\(names))"
        }
        let names = choices.map { choice in
            "[" + choice.map(\.name.literal).joined(separator: ", ") + "]"
        }
        block("if \(isLacking.joined(separator: ", "))") { swift in
            swift.line("problems.addMissing(anyOf: [\(names.joined(separator: ", "))], unlessReportedSince: mark)")
        }
    }

    private mutating func encoding(of member: Member) {
        let key = "json.key(\(member.name.literal))"
        guard member.mayBeAbsent else {
            line(key)
            return line(member.shape.jsonEncoding(member.reference))
        }
        // Generated code leaves out a member that belongs to messages of the other direction.
        let condition = member.direction.map { "json.direction != .\($0.other)" }
        guard member.tellsNull else {
            let conditions = [condition, member.binding].compactMap(\.self).joined(separator: ", ")
            return block("if \(conditions)") { swift in
                swift.line(key)
                swift.line(member.shape.nonNull.jsonEncoding(member.localName))
            }
        }
        guard let condition else { return presenceEncoding(of: member, key) }
        block("if \(condition)") { swift in swift.presenceEncoding(of: member, key) }
    }

    private mutating func presenceEncoding(of member: Member, _ key: String) {
        line("switch \(member.reference) {")
        line("case .absent: break")
        line("case .null:")
        indented { swift in
            swift.line(key)
            swift.line("json.writeNull()")
        }
        line("case .given(let value):")
        indented { swift in
            swift.line(key)
            swift.line(member.shape.nonNull.jsonEncoding("value"))
        }
        line("}")
    }
}

extension Member {
    /// The member as a parameter of an initializer, with its default value if it has one.
    var initializerParameter: String {
        let type = mayBeAbsent && isStored && !hasFixedDefault ? shape.nonNull.swiftType + "?" : swiftType
        let defaultValue = hasFixedDefault ? defaultValue?.swift : mayBeAbsent ? "nil" : nil
        return "\(swiftName): \(type)" + (defaultValue.map { " = \($0)" } ?? "")
    }

    /// A statement of an initializer.
    var assignment: String {
        let value = tellsNull ? "ContractRuntime.Presence(\(swiftName))" : swiftName
        return "self.\(storageName) = \(value)"
    }

    /// Whether an absent value is stored as the default, because the type has no other value for it: an empty
    /// dictionary, for example.
    private var hasFixedDefault: Bool { defaultValue != nil && isRequired }

    /// The expression for the member in generated functions, whose variables may hide the property.
    var reference: String { localName != swiftName ? "self.\(storageName)" : storageName }

    /// `let name`, as a condition that the value is present.
    var binding: String { localName == reference ? "let \(localName)" : "let \(localName) = \(reference)" }

    /// The type of a decoded value.
    var decodedType: String { mayBeAbsent ? shape.nonNull.swiftType : shape.swiftType }

    /// A variable that holds the value until the whole object has been read.
    fileprivate var localDeclaration: String {
        tellsNull ? "var \(localName): \(storedType) = .absent" : "var \(localName): \(decodedType)?"
    }

    /// A condition: whether the member is absent or `null`.
    fileprivate var isLacking: String { tellsNull ? "\(localName).value == nil" : "\(localName) == nil" }

    /// The expression from which the property is computed.
    fileprivate var valueOfStorage: String {
        guard isGivenApart else { return storageName }
        guard tellsNull else { return "\(storageName) ?? \(defaultValue?.swift ?? "nil")" }
        return defaultValue.map { "\(storageName).value(or: \($0.swift))" } ?? "\(storageName).value"
    }

    fileprivate var storageOfNewValue: String {
        guard tellsNull else { return "newValue" }
        return defaultValue == nil ? "ContractRuntime.Presence(newValue)" : "ContractRuntime.Presence(orNull: newValue)"
    }

    fileprivate var storageDocumentation: String {
        let name = "``\(argumentLabel)``"
        let reading = defaultValue.map { ", and then \(name) is `\($0.swift)`" } ?? ""
        return tellsNull
            ? "Whether \(name) is given, is `null`, or is absent\(reading)."
            : "The value of \(name) if it is given; `nil` if it is absent\(reading)."
    }
}

extension Structure {
    /// The members, and the dictionary of all other members if the object keeps them.
    var storedMembers: [Member] {
        guard let additional else { return members }
        let rest = Member(
            name: "", position: nil, swiftName: "additionalProperties", documentation: "All other members.",
            isDeprecated: false,
            shape: .map(additional, names: nil, minProperties: 0, maxProperties: nil), isRequired: true,
            defaultValue: .emptyMap)
        return members + [rest]
    }
}
