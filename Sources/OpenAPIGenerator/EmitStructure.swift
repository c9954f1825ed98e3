// Types for objects.

extension SwiftWriter {
    /// A struct with its members and a memberwise initializer.
    mutating func structure(_ name: String, _ documentation: String?, _ members: [Member]) {
        self.documentation(documentation)
        block("public struct \(name): Sendable, Hashable") { swift in
            for member in members {
                swift.documentation(member.documentation)
                if case .constant(let text) = member.shape {
                    swift.line("public var \(member.swiftName): String { \(text.literal) }")
                } else {
                    swift.line("public var \(member.swiftName): \(member.swiftType)")
                }
            }
            swift.line()
            swift.memberwiseInitializer(members)
        }
    }

    private mutating func memberwiseInitializer(_ members: [Member]) {
        let stored = members.filter(\.isStored)
        initializer(stored.map(\.initializerParameter)) { swift in
            for member in stored { swift.line("self.\(member.swiftName) = \(member.swiftName)") }
        }
    }

    /// A public initializer.
    mutating func initializer(_ parameters: [String], _ body: (inout SwiftWriter) -> Void) {
        guard !parameters.isEmpty else { return line("public init() {}") }
        let list = parameters.joined(separator: ", ")
        let header =
            list.count <= 90
            ? "public init(\(list))" : "public init(\n    \(parameters.joined(separator: ",\n    "))\n)"
        block(header, body)
    }

    /// Decoding and encoding of an object.
    mutating func structureCoding(
        _ name: String, _ members: [Member], _ choices: [[Member]], refusesUnknownMembers: Bool
    ) {
        block("extension Schemas.\(name): JSONDecodable, JSONEncodable") { swift in
            swift.decodingHeader()
            swift.indented { swift in swift.structureDecodingBody(members, choices, refusesUnknownMembers) }
            swift.line("}")
            swift.line()
            swift.block("public func encode(to json: inout JSONWriter)") { swift in
                swift.line("json.beginObject()")
                for member in members { swift.encoding(of: member) }
                swift.line("json.endObject()")
            }
        }
    }

    /// The first lines of `decode(from:problems:)`, up to the opening brace.
    mutating func decodingHeader() {
        line(
            """
            public static func decode(
                from json: inout JSONReader, problems: inout ValidationProblems
            ) throws(JSONError) -> Self? {
            """)
    }

    private mutating func structureDecodingBody(
        _ members: [Member], _ choices: [[Member]], _ refusesUnknownMembers: Bool
    ) {
        line("guard try json.beginObject(orRefuse: &problems) else { return nil }")
        line("let mark = problems.mark")
        for member in members { line("var \(member.localName): \(member.decodedType)?") }
        block("while let key = try json.nextKey()") { swift in
            swift.line("let before = problems.mark")
            swift.line("switch key {")
            for member in members {
                swift.line("case \(member.name.literal):")
                swift.indented { swift in
                    // A nullable value that is null was read, so that it is not missing.
                    let collapse = member.mayBeAbsent && member.shape.isNullable ? " ?? nil" : ""
                    swift.line("\(member.localName) = try \(member.shape.jsonDecoding)\(collapse)")
                    swift.line("problems.prefix(\(member.name.literal), since: before)")
                }
            }
            swift.line("default:")
            swift.indented { swift in
                swift.line("try json.skipUnknownMember(key, problems: &problems)")
                if refusesUnknownMembers {
                    swift.line("problems.add(.other, \"extra fields not permitted\")")
                    swift.line("problems.prefix(key.string, since: before)")
                }
            }
            swift.line("}")
        }
        let required = members.filter(\.isRequired)
        for member in required {
            line(
                "if \(member.localName) == nil { problems.addMissing(\(member.name.literal), unlessReportedSince: mark) }"
            )
        }
        presenceCheck(choices)
        let bindings = required.filter(\.isStored).map { ", let \($0.localName)" }.joined()
        line("guard problems.foundNone(since: mark)\(bindings) else { return nil }")
        let arguments = members.filter(\.isStored).map { member in
            "\(member.argumentLabel): \(member.localName)" + (member.defaultValue.map { " ?? \($0)" } ?? "")
        }
        line("return Self(\(arguments.joined(separator: ", ")))")
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
        var shape = member.shape
        if case .nullable(let wrapped) = shape { shape = wrapped }
        block("if \(member.binding)") { swift in
            swift.line(key)
            swift.line(shape.jsonEncoding(member.localName))
        }
    }
}

extension Member {
    /// Constants need no storage.
    var isStored: Bool {
        if case .constant = shape { false } else { true }
    }

    /// Whether its property is optional.
    var isOptional: Bool {
        if case .nullable = shape { true } else { mayBeAbsent }
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

    /// What it is read by where generated functions have variables.
    var reference: String { hasOthersName ? "self.\(swiftName)" : swiftName }

    /// `let name`, where its value may be absent.
    var binding: String { hasOthersName ? "let \(localName) = \(reference)" : "let \(swiftName)" }

    private var hasOthersName: Bool {
        ["json", "problems", "mark", "key", "before", "response"].contains(swiftName)
    }

    /// The type of a value just read.
    fileprivate var decodedType: String {
        if case .nullable(let wrapped) = shape, mayBeAbsent { return wrapped.swiftType }
        return shape.swiftType
    }
}

extension Shape {
    fileprivate var isNullable: Bool {
        if case .nullable = self { true } else { false }
    }
}
