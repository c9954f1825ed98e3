// Values that a parameter or header can contain as one text.

extension TypeTable {
    /// Whether values of a shape can be read from a text: scalars, enumerations, and unions of these.
    func haveText(_ shape: Shape) -> Bool {
        switch shape {
        case .boolean, .integer, .unsigned, .number, .string, .constant: return true
        case .nullable(let wrapped), .validated(let wrapped, _): return haveText(wrapped)
        case .any, .array, .map: return false
        case .named(let name):
            switch named(name)?.definition {
            case .enumeration, .integerEnumeration: return true
            case .union(let union): return haveText(union)
            case .structure, .tuple, .wrapper, nil: return false
            }
        }
    }

    func haveText(_ union: Union) -> Bool {
        union.alternatives.allSatisfy { alternative in
            // There is no order in which to try the texts of nested unions.
            if case .named(let name) = alternative.shape.nonNull.unvalidated,
                case .union? = named(name)?.definition
            {
                return false
            }
            return !alternative.shape.isNullable && haveText(alternative.shape)
        }
    }
}

extension SwiftWriter {
    /// The functions that decode a union of scalars from a text and encode it to one.
    mutating func unionText(_ type: NamedType, _ union: Union) {
        block("extension Schemas.\(type.name): ContractRuntime.ParameterValue") { swift in
            swift.block(
                "\(swift.access) static func decode(text: String, problems: inout ContractRuntime.ValidationProblems) -> Self?"
            ) {
                swift in
                swift.line("var attempted = ContractRuntime.ValidationProblems()")
                for alternative in union.inTextOrder {
                    let decoding = alternative.shape.ofText.textDecoding("attempted")
                    swift.line("if let value = \(decoding) { return .\(alternative.caseName)(value) }")
                }
                swift.line("problems.add(.other, \"value does not fit any of the alternatives\")")
                swift.line("return nil")
            }
            swift.line()
            swift.block("\(swift.access) var parameterText: String") { swift in
                swift.line("switch self {")
                for alternative in union.alternatives {
                    swift.line("case .\(alternative.caseName)(let value): \(alternative.shape.textEncoding("value"))")
                }
                swift.line("}")
            }
        }
    }
}

extension Union {
    /// The alternatives in the order in which a text is tried. A text comes last, because every number is also a text.
    fileprivate var inTextOrder: [Alternative] {
        func rank(_ shape: Shape) -> Int {
            switch shape.nonNull.unvalidated {
            case .integer, .unsigned: 0
            case .number: 1
            case .boolean: 2
            case .named, .constant: 3
            default: 4
            }
        }
        return alternatives.enumerated()
            .sorted { (rank($0.element.shape), $0.offset) < (rank($1.element.shape), $1.offset) }.map(\.element)
    }
}
