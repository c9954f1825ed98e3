// The namespace `Schemas`: the types of the contract's bodies.

extension Plan {
    /// `Schemas.swift`: declarations alone, to be read as the contract is.
    func schemas() -> String {
        SwiftWriter.file(of: title, publicIf: ["JSONValue", "StringEnumeration", "OrderedDictionary"]) { swift in
            emitSchemas(&swift)
        }
    }

    private func emitSchemas(_ swift: inout SwiftWriter) {
        swift.documentation("The types of the bodies.")
        swift.block("public enum Schemas") { swift in
            for type in types {
                switch type.definition {
                case .structure(let members, _, _):
                    swift.structure(type.name, type.documentation, members)
                case .enumeration(let cases):
                    swift.enumeration(type.name, type.documentation, cases)
                case .union(let alternatives, _):
                    swift.union(type.name, type.documentation, alternatives)
                }
                swift.line()
            }
        }
    }

    /// `SchemaCoding.swift`: how the types are read from JSON, validated and written.
    func schemaCoding() -> String {
        SwiftWriter.file(of: title, publicIf: ["JSONReader"]) { swift in emitSchemaCoding(&swift) }
    }

    private func emitSchemaCoding(_ swift: inout SwiftWriter) {
        for type in types {
            switch type.definition {
            case .structure(let members, let choices, let refusesUnknownMembers):
                swift.structureCoding(type.name, members, choices, refusesUnknownMembers: refusesUnknownMembers)
            case .enumeration: continue
            case .union(let alternatives, let triesAll):
                swift.unionCoding(type.name, alternatives, triesAll)
            }
            swift.line()
        }
    }
}

extension SwiftWriter {
    /// The text of a generated file.
    ///
    /// - Parameters:
    ///   - words: what shows, if it occurs in the file, that the runtime is a part of the file's public interface. A public
    ///     import without need is warned of.
    ///   - types: the module of the types, if they are in another one.
    static func file(
        of title: String, publicIf words: [String] = [], types: String? = nil, _ body: (inout SwiftWriter) -> Void
    ) -> String {
        var content = SwiftWriter()
        body(&content)
        var swift = SwiftWriter()
        swift.line(
            "// Generated from the OpenAPI document of \(title.replacing("\n", with: " ")). Changes belong there.")
        swift.line()
        if let types { swift.line("public import \(types)") }
        let isPublic = words.contains { content.text.contains($0) }
        swift.line("\(isPublic ? "public" : "internal") import OpenAPIRuntime")
        swift.line()
        return swift.text + content.text
    }

    fileprivate mutating func enumeration(
        _ name: String, _ documentation: String?, _ cases: [(name: String, value: String)]
    ) {
        self.documentation(documentation)
        block("public enum \(name): String, StringEnumeration") { swift in
            for (name, value) in cases { swift.line("case \(name) = \(value.literal)") }
        }
    }

    fileprivate mutating func union(_ name: String, _ documentation: String?, _ alternatives: [Alternative]) {
        self.documentation(documentation)
        block("public enum \(name): Sendable, Hashable") { swift in
            for alternative in alternatives {
                swift.line("case \(alternative.caseName)(\(alternative.shape.swiftType))")
            }
        }
    }

    fileprivate mutating func unionCoding(_ name: String, _ alternatives: [Alternative], _ triesAll: Bool) {
        block("extension Schemas.\(name): JSONDecodable, JSONEncodable") { swift in
            swift.decodingHeader()
            swift.indented { swift in
                for alternative in alternatives where triesAll {
                    swift.block(
                        "if let value = try json.attempt({ json, problems throws(JSONError) in try \(alternative.shape.jsonDecoding) })"
                    ) { swift in swift.line("return .\(alternative.caseName)(value)") }
                }
                for alternative in alternatives {
                    swift.block("if try \(alternative.mark.test)") { swift in
                        swift.line("return try \(alternative.shape.jsonDecoding).map(Self.\(alternative.caseName))")
                    }
                }
                swift.line("try json.skip()")
                let forms = alternatives.map(\.mark.description).joined(separator: ", ")
                swift.line("problems.add(.other, \("value is none of: \(forms)".literal))")
                swift.line("return nil")
            }
            swift.line("}")
            swift.line()
            swift.block("public func encode(to json: inout JSONWriter)") { swift in
                swift.line("switch self {")
                for alternative in alternatives {
                    let encoding = alternative.shape.jsonEncoding("value")
                    swift.line("case .\(alternative.caseName)(let value): \(encoding)")
                }
                swift.line("}")
            }
        }
    }
}

extension Alternative.Mark {
    /// A condition that tells, without consuming anything, whether a value is of this alternative.
    fileprivate var test: String {
        switch self {
        case .kind(let kind): "json.peek() == .\(kind)"
        case .constant(let member, let value): "json.peekMember(\(member.literal), is: \(value.literal))"
        case .member(let member): "json.peekMember(\(member.literal))"
        }
    }

    fileprivate var description: String {
        switch self {
        case .kind(let kind): kind
        case .constant(let member, let value): "an object whose \(member) is \(value)"
        case .member(let member): "an object with \(member)"
        }
    }
}
