// Types for objects.

extension SwiftWriter {
    /// A struct with its members and a memberwise initializer.
    mutating func structure(_ name: String, _ documentation: String?, _ members: [Member]) {
        self.documentation(documentation)
        block("public struct \(name): Sendable, Hashable") { swift in
            for member in members { swift.property(member) }
            swift.line()
            swift.memberwiseInitializer(members)
        }
    }

    private mutating func property(_ member: Member) { property(member, member.swiftType) }

    /// - Parameter type: its type in Swift.
    mutating func property(_ member: Member, _ type: String) {
        documentation(member.documentation)
        let wrapper = member.isIndirect ? "@Indirect " : ""
        var value = ""
        if case .constant(let text) = member.shape, member.isRequired { value = " { \(text.literal) }" }
        guard member.isDeprecated else { return line("\(wrapper)public var \(member.swiftName): \(type)\(value)") }
        // Generated code uses the storage, so that it is not warned of what it cannot do without.
        line("@available(*, deprecated)")
        if value.isEmpty {
            block("public var \(member.swiftName): \(type)") { swift in
                swift.line("get { \(member.storageName) }")
                swift.line("set { \(member.storageName) = newValue }")
            }
        } else {
            line("public var \(member.swiftName): \(type) { \(member.storageName) }")
        }
        line("\(wrapper)var \(member.storageName): \(type)\(value)")
    }

    private mutating func memberwiseInitializer(_ members: [Member]) {
        let stored = members.filter(\.isStored)
        initializer(stored.map(\.initializerParameter)) { swift in
            for member in stored { swift.line("self.\(member.storageName) = \(member.swiftName)") }
        }
    }

    /// A public initializer.
    ///
    /// - Parameter isEmpty: whether without parameters it does nothing.
    mutating func initializer(_ parameters: [String], isEmpty: Bool = true, _ body: (inout SwiftWriter) -> Void) {
        guard !parameters.isEmpty || !isEmpty else { return line("public init() {}") }
        let list = parameters.joined(separator: ", ")
        let header =
            list.count <= 90
            ? "public init(\(list))" : "public init(\n    \(parameters.joined(separator: ",\n    "))\n)"
        block(header, body)
    }

    /// Decoding and encoding of an object.
    mutating func structureCoding(_ type: NamedType, _ structure: Structure) {
        block("extension Schemas.\(type.name): JSONDecodable, JSONEncodable") { swift in
            swift.decoding(validator: type.validator) { swift in swift.structureDecodingBody(structure) }
            swift.block("public func encode(to json: inout JSONWriter)") { swift in
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
        for member in members { line("var \(member.localName): \(member.decodedType)?") }
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
                "if \(direction)\(member.localName) == nil { problems.addMissing(\(member.name.literal), unlessReportedSince: mark) }"
            )
        }
        presenceCheck(structure.choices)
        let bindings = required.filter(\.isStored).map { ", let \($0.localName)" }.joined()
        line("guard problems.foundNone(since: mark)\(bindings) else { return nil }")
        var arguments = members.filter(\.isStored).map { member in
            "\(member.argumentLabel): \(member.localName)" + (member.defaultValue.map { " ?? \($0)" } ?? "")
        }
        if structure.additional != nil { arguments.append("additionalProperties: additionalProperties") }
        line("return Self(\(arguments.joined(separator: ", ")))")
    }

    private mutating func memberDecoding(_ member: Member) {
        // What belongs to messages of the other direction is ignored (OpenAPI 3.0.4 §4.7.24.2).
        if let direction = member.direction {
            block("guard problems.direction != .\(direction.other) else") { swift in
                swift.line("try json.skip()")
                swift.line("continue")
            }
        }
        // A nullable value that is null was read, so that it is not missing.
        let collapse = member.mayBeAbsent && member.shape.isNullable ? " ?? nil" : ""
        line("\(member.localName) = try \(member.shape.jsonDecoding)\(collapse)")
        line("problems.prefix(\(member.name.literal), since: before)")
    }

    private mutating func unknownMemberDecoding(_ structure: Structure) {
        if let additional = structure.additional {
            line("if let value = try \(additional.jsonDecoding) { additionalProperties[key.string] = value }")
            return line("problems.prefix(key.string, since: before)")
        }
        line("try json.skipUnknownMember(key, problems: &problems)")
        if structure.refusesUnknownMembers {
            line("problems.add(.other, \"extra fields not permitted\")")
            line("problems.prefix(key.string, since: before)")
        }
    }

    /// Adds a problem when none of the sets of members is there.
    private mutating func presenceCheck(_ choices: [[Member]]) {
        guard !choices.isEmpty else { return }
        let isLacking = choices.map { choice in
            let names = choice.map { "\($0.localName) == nil" }.joined(separator: " || ")
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
        // What belongs to messages of the other direction is left out of this.
        let direction = member.direction.map { "json.direction != .\($0.other), " } ?? ""
        block("if \(direction)\(member.binding)") { swift in
            swift.line(key)
            swift.line(member.shape.nonNull.jsonEncoding(member.localName))
        }
    }
}

extension Member {
    /// Constants need no storage.
    var isStored: Bool {
        if case .constant = shape { !isRequired } else { true }
    }

    /// Whether its property is optional.
    var isOptional: Bool {
        shape.isNullable || mayBeAbsent
    }

    /// Whether an initializer can do without it.
    var hasDefault: Bool { !isStored || defaultValue != nil || mayBeAbsent }

    /// As an initializer takes it, with the default value it may have.
    var initializerParameter: String {
        let defaultValue = defaultValue ?? (mayBeAbsent ? "nil" : nil)
        return "\(swiftName): \(swiftType)" + (defaultValue.map { " = \($0)" } ?? "")
    }

    /// Its name as a label in a call, where Swift reserves nothing.
    var argumentLabel: String { swiftName.filter { $0 != "`" } }

    /// Its name as a variable among those of generated functions.
    var localName: String { hasOthersName ? swiftName + "_" : swiftName }

    /// The property that holds its value: another one beneath a deprecated one.
    var storageName: String { isDeprecated ? "_" + argumentLabel : swiftName }

    /// What it is read by where generated functions have variables.
    var reference: String { hasOthersName ? "self.\(storageName)" : storageName }

    /// `let name`, where its value may be absent.
    var binding: String {
        hasOthersName || storageName != swiftName ? "let \(localName) = \(reference)" : "let \(swiftName)"
    }

    private var hasOthersName: Bool {
        ["json", "problems", "mark", "key", "before", "response", "additionalProperties"].contains(argumentLabel)
    }

    /// The type of a value just read.
    var decodedType: String {
        mayBeAbsent ? shape.nonNull.swiftType : shape.swiftType
    }
}

extension Structure {
    /// The members, and the dictionary of all others.
    var storedMembers: [Member] {
        guard let additional else { return members }
        let rest = Member(
            name: "", swiftName: "additionalProperties", documentation: "All other members.", isDeprecated: false,
            shape: .map(additional, names: nil, minProperties: 0, maxProperties: nil), isRequired: false,
            defaultValue: "[:]")
        return members + [rest]
    }
}
