// The namespace `Schemas`, with the types of the contract's bodies.

extension Plan {
    /// `Schemas.swift`: only declarations, so that people can read it like the contract.
    func schemas() -> String {
        file("Schemas") { swift in emitSchemas(&swift) }
    }

    private func emitSchemas(_ swift: inout SwiftWriter) {
        swift.documentation("The types of the bodies.")
        swift.block("\(swift.access) enum Schemas") { swift in
            for type in types {
                switch type.definition {
                case .structure(let structure):
                    swift.structure(type.name, type.documentation, structure.storedMembers)
                case .enumeration(let cases):
                    swift.enumeration(
                        type, "String, ContractRuntime.StringEnumeration", cases.map { ($0.name, $0.value.literal) })
                case .integerEnumeration(let cases):
                    swift.enumeration(
                        type, "Int, ContractRuntime.IntegerEnumeration", cases.map { ($0.name, "\($0.value)") })
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
                    swift.line("\(swift.access) typealias \(name) = \(type.name)")
                }
                swift.line()
            }
        }
    }

    /// `SchemaCoding.swift`: the code that decodes, validates and encodes the types.
    func schemaCoding() -> String {
        file("SchemaCoding") { swift in emitSchemaCoding(&swift) }
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
        guard configuration.conformances.contains(.codable) else { return }
        for type in types {
            // An enumeration is encoded as its raw value.
            switch type.definition {
            case .enumeration, .integerEnumeration: swift.line("extension Schemas.\(type.name): Codable {}")
            case .structure, .union, .tuple, .wrapper:
                swift.line("extension Schemas.\(type.name): ContractRuntime.JSONCodable {}")
            }
        }
    }
}

extension SwiftWriter {
    fileprivate mutating func enumeration(
        _ type: NamedType, _ protocols: String, _ cases: [(name: String, literal: String)]
    ) {
        documentation(type.documentation)
        block("\(access) enum \(type.name): \(protocols)") { swift in
            for (name, literal) in cases { swift.line("case \(name) = \(literal)") }
        }
    }

    fileprivate mutating func wrapper(_ type: NamedType, _ shape: Shape) {
        documentation(type.documentation)
        block("\(access) struct \(type.name): Sendable, Hashable") { swift in
            swift.line("\(swift.access) var value: \(shape.swiftType)")
            swift.line()
            swift.initializer(["_ value: \(shape.swiftType)"]) { swift in swift.line("self.value = value") }
        }
    }

    fileprivate mutating func wrapperCoding(_ type: NamedType, _ shape: Shape) {
        block("extension Schemas.\(type.name): ContractRuntime.JSONDecodable, ContractRuntime.JSONEncodable") { swift in
            swift.decodingHeader()
            swift.indented { swift in swift.line("try \(shape.jsonDecoding).map(Self.init)") }
            swift.line("}")
            swift.line()
            swift.block("\(swift.access) func encode(to json: inout ContractRuntime.JSONWriter)") { swift in
                swift.line(shape.jsonEncoding("value"))
            }
        }
    }

    /// The first lines of `decode(from:problems:)`, up to the opening brace.
    mutating func decodingHeader() {
        line(
            """
            \(access) static func decode(
                from json: inout ContractRuntime.JSONReader, problems: inout ContractRuntime.ValidationProblems
            ) throws(ContractRuntime.JSONError) -> Self? {
            """)
    }

    /// All of `decode(from:problems:)`. If there is a validator, it checks the JSON value, too.
    mutating func decoding(validator: Int?, _ body: (inout SwiftWriter) -> Void) {
        decodingHeader()
        indented { swift in
            guard let validator else { return body(&swift) }
            swift.line(
                "try ContractRuntime.decodeValidated(from: &json, problems: &problems, Validators.schema\(validator)) {"
            )
            swift.indented { swift in
                swift.line("json, problems throws(ContractRuntime.JSONError) -> Self? in")
                body(&swift)
            }
            swift.line("}")
        }
        line("}")
        line()
    }
}
