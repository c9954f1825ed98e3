// The input of an operation: its parameters and its body, read from a request or written to one.

extension OperationPlan {
    /// The groups of parameters that the operation has, with the name of their type and property.
    var parameterGroups: [(type: String, property: String, parameters: [ParameterPlan])] {
        [
            ("Path", "path", pathParameters), ("Query", "query", query), ("Headers", "headers", headers),
        ].filter { !$0.2.isEmpty }
    }

    /// Whether parameters and body can be given side by side: no name comes twice, or is the name of a group.
    fileprivate var hasFlatInput: Bool {
        let names = parameterGroups.flatMap(\.parameters).map(\.member.swiftName)
        return !names.isEmpty && Set(names + ["path", "query", "headers", "body"]).count == names.count + 4
    }

    /// Parameters and body side by side, as an initializer of the input takes them: each as it is declared there, and as
    /// it is passed on. There are none if the input is without members, or if names come twice.
    var flatParameters: [(declaration: String, argument: String)] {
        guard hasFlatInput || parameterGroups.isEmpty else { return [] }
        var parameters = parameterGroups.flatMap(\.parameters).map(\.member).filter(\.isStored)
            .map { ($0.initializerParameter, "\($0.argumentLabel): \($0.swiftName)") }
        if let body = inputMembers.first(where: { $0.name == "body" }) {
            parameters.append(("body: \(body.inputType)" + (body.isRequired ? "" : " = nil"), "body: body"))
        }
        return parameters
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
    /// The type of an operation's input: its parameters by location, and its body.
    mutating func input(of operation: OperationPlan) {
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
            swift.initializer(parameters) { swift in
                for member in members { swift.line("self.\(member.swiftName) = \(member.swiftName)") }
            }
            guard operation.hasFlatInput else { return }
            swift.line()
            swift.flatInitializer(of: operation)
        }
    }

    /// An initializer that takes all parameters and the body side by side.
    private mutating func flatInitializer(of operation: OperationPlan) {
        initializer(operation.flatParameters.map(\.declaration)) { swift in
            var arguments = operation.parameterGroups.map { group in
                let members = group.parameters.map(\.member).filter(\.isStored)
                let values = members.map { "\($0.argumentLabel): \($0.swiftName)" }.joined(separator: ", ")
                return "\(group.property): \(group.type)(\(values))"
            }
            if operation.body != nil { arguments.append("body: body") }
            swift.line("self.init(\(arguments.joined(separator: ", ")))")
        }
    }

    /// How an input is read from a request, and written to one.
    mutating func inputCoding(of operation: OperationPlan) {
        block("extension \(operation.typeName).Input") { swift in
            swift.inputDecoding(of: operation)
            swift.line()
            swift.inputEncoding(of: operation)
        }
    }

    private mutating func inputEncoding(of operation: OperationPlan) {
        let path = operation.path.map { segment in
            switch segment {
            case .literal(let text): "/" + String(text.literal.dropFirst().dropLast())
            case .parameter(let parameter):
                "/\\(PercentEncoding.encode(\(parameter.member.shape.textEncoding("path.\(parameter.member.swiftName)"))))"
            }
        }
        let made = "APIRequest(method: .\(operation.method), path: \"\(path.isEmpty ? "/" : path.joined())\")"
        documentation("The request that asks for this.")
        block("public func request() -> APIRequest") { swift in
            guard !operation.query.isEmpty || !operation.headers.isEmpty || operation.body != nil else {
                return swift.line(made)
            }
            swift.line("var request = \(made)")
            for parameter in operation.query { swift.queryEncoding(of: parameter) }
            for parameter in operation.headers {
                swift.encoding(of: parameter.member, in: "headers") { value in
                    "request.setHeader(\(parameter.member.name.literal), \(parameter.member.shape.textEncoding(value)))"
                }
            }
            if let body = operation.body {
                let statement = "request.setJSONBody(\(body.shape.jsonBytes("body")))"
                swift.line(body.isRequired ? statement : "if let body { \(statement) }")
            }
            swift.line("return request")
        }
    }

    private mutating func queryEncoding(of parameter: ParameterPlan) {
        let member = parameter.member
        encoding(of: member, in: "query") { value in
            guard case .array(let element, _, _, _) = member.shape else {
                return "request.addQuery(\(member.name.literal), \(member.shape.textEncoding(value)))"
            }
            let text = element.textEncoding("$0")
            let texts = text == "$0" ? value : "\(value).map { \(text) }"
            return "request.addQuery(\(member.name.literal), \(texts), explode: \(parameter.explode))"
        }
    }

    /// A statement with a parameter's value, if it has one.
    private mutating func encoding(of member: Member, in group: String, _ statement: (String) -> String) {
        let value = "\(group).\(member.swiftName)"
        line(member.isOptional ? "if let value = \(value) { \(statement("value")) }" : statement(value))
    }

    private mutating func inputDecoding(of operation: OperationPlan) {
        documentation("Reads and validates a request; `nil` after having added at least one problem.")
        block(
            "public init?(_ request: APIRequest, _ pathValues: [String], _ problems: inout ValidationProblems)"
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

    private mutating func parameter(_ parameter: ParameterPlan, _ variable: String, _ call: String) {
        let type = parameter.member.shape.ofText.swiftType
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
