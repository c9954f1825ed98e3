// Types for arrays whose elements have schemas of their own.

extension SwiftWriter {
    /// The functions that decode and encode an array with a property for each position.
    mutating func tupleCoding(_ type: NamedType, _ tuple: Tuple) {
        block("extension Schemas.\(type.name): ContractRuntime.JSONDecodable, ContractRuntime.JSONEncodable") { swift in
            swift.decoding(validator: type.validator) { swift in swift.tupleDecodingBody(tuple) }
            swift.block("\(swift.access) func encode(to json: inout ContractRuntime.JSONWriter)") { swift in
                swift.line("json.beginArray()")
                for index in tuple.elements.indices { swift.encoding(of: index, tuple) }
                if let rest = tuple.rest {
                    swift.line("for value in rest { \(rest.jsonEncoding("value")) }")
                }
                swift.line("json.endArray()")
            }
        }
    }

    private mutating func tupleDecodingBody(_ tuple: Tuple) {
        line("guard try json.beginArray(orRefuse: &problems) else { return nil }")
        line("let mark = problems.mark")
        for (index, element) in tuple.elements.enumerated() { line("var element\(index): \(element.decodedType)?") }
        if let rest = tuple.rest { line("var rest: [\(rest.swiftType)] = []") }
        line("var count = 0")
        block("while try json.nextElement()") { swift in
            swift.line("let before = problems.mark")
            swift.line("switch count {")
            for (index, element) in tuple.elements.enumerated() {
                // Decoding a nullable value returns an optional of an optional, so that a decoded `null` is not
                // missing. If the value may be absent, both mean the same.
                let collapse = element.mayBeAbsent && element.shape.isNullable ? " ?? nil" : ""
                swift.line("case \(index): element\(index) = try \(element.shape.jsonDecoding)\(collapse)")
            }
            if let rest = tuple.rest {
                swift.line("default: if let value = try \(rest.jsonDecoding) { rest.append(value) }")
            } else {
                swift.line("default:")
                swift.indented { swift in
                    swift.line("try json.skip()")
                    if tuple.refusesOthers { swift.line("problems.add(.other, \"extra items not permitted\")") }
                }
            }
            swift.line("}")
            swift.line("problems.prefix(index: count, since: before)")
            swift.line("count += 1")
        }
        var arguments = ["count: count"]
        if tuple.minItems > 0 { arguments.append("minItems: \(tuple.minItems)") }
        if let maxItems = tuple.maxItems { arguments.append("maxItems: \(maxItems)") }
        if arguments.count > 1 { line("problems.check(\(arguments.joined(separator: ", ")))") }
        let bindings = tuple.elements.enumerated().filter(\.element.isRequired)
            .map { $0.element.isStored ? ", let element\($0.offset)" : ", element\($0.offset) != nil" }.joined()
        line("guard problems.foundNone(since: mark)\(bindings) else { return nil }")
        var values = tuple.elements.enumerated().filter(\.element.isStored)
            .map { "\($0.element.argumentLabel): element\($0.offset)" }
        if tuple.rest != nil { values.append("rest: rest") }
        line("return Self(\(values.joined(separator: ", ")))")
    }

    private mutating func encoding(of index: Int, _ tuple: Tuple) {
        let element = tuple.elements[index]
        let value = "self.\(element.storageName)"
        guard element.mayBeAbsent else { return line(element.shape.jsonEncoding(value)) }
        // Later elements must keep their positions.
        var isReached = tuple.elements[index...].map { "self.\($0.storageName) != nil" }
        if tuple.rest != nil { isReached.append("!rest.isEmpty") }
        block("if \(isReached.joined(separator: " || "))") { swift in
            swift.line(Shape.nullable(element.shape.nonNull).jsonEncoding(value))
        }
    }
}

extension Tuple {
    /// The elements with properties of their own, and the array of all others.
    var storedMembers: [Member] {
        guard let rest else { return elements }
        let member = Member(
            name: "", position: nil, swiftName: "rest", documentation: "The elements after these.", isDeprecated: false,
            shape: .array(rest, minItems: 0, maxItems: nil, uniqueItems: false), isRequired: true,
            defaultValue: .array([]))
        return elements + [member]
    }
}
