// The namespace `Schemas`: the types of the contract's bodies.

extension Plan {
    /// `Schemas.swift`: declarations alone, to be read as the contract is.
    func schemas() -> String {
        SwiftWriter.file(
            of: title,
            publicIf: [
                "JSONValue", "StringEnumeration", "IntegerEnumeration", "OrderedDictionary", "Indirect",
                "OpenAPIRuntime.",
            ]
        ) { swift in emitSchemas(&swift) }
    }

    private func emitSchemas(_ swift: inout SwiftWriter) {
        swift.documentation("The types of the bodies.")
        swift.block("public enum Schemas") { swift in
            for type in types {
                switch type.definition {
                case .structure(let structure):
                    swift.structure(type.name, type.documentation, structure.storedMembers)
                case .enumeration(let cases):
                    swift.enumeration(type, "String, StringEnumeration", cases.map { ($0.name, $0.value.literal) })
                case .integerEnumeration(let cases):
                    swift.enumeration(type, "Int, IntegerEnumeration", cases.map { ($0.name, "\($0.value)") })
                case .union(let union):
                    swift.union(type, union)
                case .tuple(let tuple):
                    swift.structure(type.name, type.documentation, tuple.storedMembers)
                case .wrapper(let shape):
                    swift.wrapper(type, shape)
                }
                if let name = type.deprecatedName {
                    swift.line()
                    swift.documentation(type.documentation)
                    swift.line("@available(*, deprecated)")
                    swift.line("public typealias \(name) = \(type.name)")
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
            case .structure(let structure): swift.structureCoding(type, structure)
            case .enumeration, .integerEnumeration: continue
            case .union(let union):
                swift.unionCoding(type, union)
                if types.haveText(union) {
                    swift.line()
                    swift.unionText(type, union)
                }
            case .tuple(let tuple): swift.tupleCoding(type, tuple)
            case .wrapper(let shape): swift.wrapperCoding(type, shape)
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
        _ type: NamedType, _ protocols: String, _ cases: [(name: String, literal: String)]
    ) {
        documentation(type.documentation)
        block("public enum \(type.name): \(protocols)") { swift in
            for (name, literal) in cases { swift.line("case \(name) = \(literal)") }
        }
    }

    fileprivate mutating func wrapper(_ type: NamedType, _ shape: Shape) {
        documentation(type.documentation)
        block("public struct \(type.name): Sendable, Hashable") { swift in
            swift.line("public var value: \(shape.swiftType)")
            swift.line()
            swift.initializer(["_ value: \(shape.swiftType)"]) { swift in swift.line("self.value = value") }
        }
    }

    fileprivate mutating func wrapperCoding(_ type: NamedType, _ shape: Shape) {
        block("extension Schemas.\(type.name): JSONDecodable, JSONEncodable") { swift in
            swift.decodingHeader()
            swift.indented { swift in swift.line("try \(shape.jsonDecoding).map(Self.init)") }
            swift.line("}")
            swift.line()
            swift.block("public func encode(to json: inout JSONWriter)") { swift in
                swift.line(shape.jsonEncoding("value"))
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

    /// The whole of `decode(from:problems:)`, with the validator that values are held against besides.
    mutating func decoding(validator: Int?, _ body: (inout SwiftWriter) -> Void) {
        decodingHeader()
        indented { swift in
            guard let validator else { return body(&swift) }
            swift.line("try decodeValidated(from: &json, problems: &problems, Validators.schema\(validator)) {")
            swift.indented { swift in
                swift.line("json, problems throws(JSONError) -> Self? in")
                body(&swift)
            }
            swift.line("}")
        }
        line("}")
        line()
    }
}
