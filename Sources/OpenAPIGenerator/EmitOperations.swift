// A namespace for each operation: its input, read from a request, and its output, one case a declared response.

extension Plan {
    /// `Operations.swift`
    func operationNamespaces() -> String {
        let imports: [(String, String?)] = [("JSON", "JSONValue"), ("OrderedCollections", "OrderedDictionary")]
        return SwiftWriter.file(of: title, imports: imports) { swift in emitNamespaces(&swift) }
    }

    private func emitNamespaces(_ swift: inout SwiftWriter) {
        for operation in operations {
            swift.documentation(operation.documentation)
            swift.block("public enum \(operation.typeName)") { swift in
                swift.input(of: operation)
                swift.line()
                swift.output(of: operation)
                for output in operation.outputs {
                    guard case .own(let response) = output.payload else { continue }
                    swift.line()
                    swift.responsePayload(response)
                }
            }
            swift.line()
        }
    }

    /// `OperationCoding.swift`: how inputs are read from requests and outputs written to responses, and read again.
    func operationCoding() -> String {
        let imports: [(String, String?)] = [
            ("HTTPTypes", nil), ("JSON", nil), ("OpenAPIRuntime", "ServerResponse"), ("OrderedCollections", nil),
        ]
        return SwiftWriter.file(of: title, imports: imports) { swift in emitOperationCoding(&swift) }
    }

    private func emitOperationCoding(_ swift: inout SwiftWriter) {
        for operation in operations {
            swift.inputDecoding(of: operation)
            swift.line()
            swift.outputCoding(of: operation)
            swift.line()
            for output in operation.outputs {
                guard case .own(let response) = output.payload else { continue }
                swift.responseCoding(response, in: operation.typeName)
                swift.line()
            }
        }
    }
}

extension OperationPlan {
    /// The groups of parameters that the operation has, with the name of their type and property.
    fileprivate var parameterGroups: [(type: String, property: String, parameters: [ParameterPlan])] {
        [
            ("Path", "path", pathParameters), ("Query", "query", query), ("Headers", "headers", headers),
        ].filter { !$0.2.isEmpty }
    }

    fileprivate var inputMembers: [Member] {
        var members = parameterGroups.map { group in
            Member.generated(group.property, .named("\(group.type)"))
        }
        if let body {
            members.append(
                Member(
                    name: "body", swiftName: "body", documentation: body.documentation, isDeprecated: false,
                    shape: body.shape, isRequired: body.isRequired))
        }
        return members
    }
}

extension Member {
    fileprivate static func generated(_ name: String, _ shape: Shape) -> Member {
        Member(
            name: name, swiftName: name, documentation: nil, isDeprecated: false, shape: shape, isRequired: true)
    }
}

extension SwiftWriter {
    fileprivate mutating func input(of operation: OperationPlan) {
        block("public struct Input: Sendable, Hashable") { swift in
            for group in operation.parameterGroups {
                swift.structure(group.type, nil, group.parameters.map(\.member))
                swift.line()
            }
            let members = operation.inputMembers
            for member in members {
                swift.documentation(member.documentation)
                swift.line("public var \(member.swiftName): \(member.inputType)")
            }
            swift.line()
            let parameters = members.map { member in
                "\(member.swiftName): \(member.inputType)" + (member.isRequired ? "" : " = nil")
            }
            if members.isEmpty {
                swift.line("public init() {}")
            } else {
                swift.block("public init(\(parameters.joined(separator: ", ")))") { swift in
                    for member in members { swift.line("self.\(member.swiftName) = \(member.swiftName)") }
                }
            }
        }
    }

    fileprivate mutating func output(of operation: OperationPlan) {
        block("public enum Output: Sendable, Hashable") { swift in
            for output in operation.outputs {
                swift.documentation(output.documentation)
                swift.line("case \(output.caseName)\(output.associatedValues)")
            }
        }
    }

    fileprivate mutating func inputDecoding(of operation: OperationPlan) {
        block("extension \(operation.typeName).Input") { swift in
            swift.documentation("Reads and validates a request; `nil` after having added at least one problem.")
            swift.block(
                "public init?(_ request: ServerRequest, _ pathValues: [String], _ problems: inout ValidationProblems)"
            ) { swift in
                if !operation.parameterGroups.isEmpty {
                    swift.line("let parameters = RequestParameters(request, pathValues: pathValues)")
                }
                for (index, parameter) in operation.pathParameters.enumerated() {
                    swift.parameter(
                        parameter, "path\(index)", "path(\(parameter.member.name.literal), at: \(index), &problems)")
                }
                for (index, parameter) in operation.query.enumerated() {
                    swift.queryParameter(parameter, "query\(index)")
                }
                for (index, parameter) in operation.headers.enumerated() {
                    let member = parameter.member
                    swift.parameter(
                        parameter, "header\(index)",
                        "header(\(member.name.literal), required: \(member.isRequired), &problems)")
                }
                if let body = operation.body {
                    swift.block(
                        "let body: \(body.shape.swiftType)? = request.decodeJSONBody(required: \(body.isRequired), problems: &problems)"
                    ) { swift in
                        swift.line("json, problems throws(JSONError) in")
                        swift.line("try \(body.shape.jsonDecoding)")
                    }
                }
                swift.inputConstruction(of: operation)
            }
        }
    }

    private mutating func parameter(_ parameter: ParameterPlan, _ variable: String, _ call: String) {
        let type = parameter.member.shape.swiftType
        block("let \(variable): \(type)? = parameters.\(call)") { swift in
            swift.line("text, problems in \(parameter.member.shape.textDecoding)")
        }
    }

    private mutating func queryParameter(_ parameter: ParameterPlan, _ variable: String) {
        let member = parameter.member
        let name = member.name.literal
        guard case .array(let element, let minItems, let maxItems, let uniqueItems) = member.shape else {
            return self.parameter(parameter, variable, "query(\(name), required: \(member.isRequired), &problems)")
        }
        var arguments = "\(name), required: \(member.isRequired), explode: \(parameter.explode), &problems"
        if minItems > 0 { arguments += ", minItems: \(minItems)" }
        if let maxItems { arguments += ", maxItems: \(maxItems)" }
        if uniqueItems { arguments += ", uniqueItems: true" }
        block("let \(variable): \(member.shape.swiftType)? = parameters.queryArray(\(arguments))") { swift in
            swift.line("text, problems in \(element.textDecoding)")
        }
    }

    private mutating func inputConstruction(of operation: OperationPlan) {
        var bindings: [String] = []
        var assignments: [String] = []
        for group in operation.parameterGroups {
            let prefix = group.type == "Path" ? "path" : group.type == "Query" ? "query" : "header"
            let arguments = group.parameters.enumerated().map { index, parameter in
                let member = parameter.member
                if member.isRequired { bindings.append("let \(prefix)\(index)") }
                return "\(member.argumentLabel): \(prefix)\(index)" + (member.defaultValue.map { " ?? \($0)" } ?? "")
            }
            assignments.append("\(group.property) = \(group.type)(\(arguments.joined(separator: ", ")))")
        }
        if let body = operation.body {
            if body.isRequired { bindings.append("let body") }
            assignments.append("self.body = body")
        }
        if operation.body != nil || !operation.parameterGroups.isEmpty {
            line("guard \((["problems.isEmpty"] + bindings).joined(separator: ", ")) else { return nil }")
        }
        for assignment in assignments { line(assignment) }
    }
}

extension Member {
    fileprivate var inputType: String {
        if case .named(let name) = shape, ["Path", "Query", "Headers"].contains(name) { return name }
        return isRequired ? shape.swiftType : shape.swiftType + "?"
    }
}
