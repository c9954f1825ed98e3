// The input of an operation: its parameters and its body, decoded from a request or encoded to one.

extension OperationPlan {
    /// The groups of the operation's parameters.
    fileprivate var parameterGroups: [ParameterGroup] {
        [
            ParameterGroup(type: "Path", property: "path", variable: "path", parameters: pathParameters),
            ParameterGroup(type: "Query", property: "query", variable: "query", parameters: query),
            ParameterGroup(type: "Headers", property: "headers", variable: "header", parameters: headers),
            ParameterGroup(type: "Cookies", property: "cookies", variable: "cookie", parameters: cookies),
        ].filter { !$0.parameters.isEmpty }
    }

    /// Whether the input has no members, or only constants.
    var hasEmptyInput: Bool {
        body == nil && (parameterGroups.isEmpty || hasFlatInput)
            && parameterGroups.flatMap(\.parameters).allSatisfy { !$0.member.isStored }
    }

    /// Whether a function can have a parameter for each of the operation's parameters and one for the body: no name is
    /// repeated or equal to the name of a group.
    fileprivate var hasFlatInput: Bool {
        let names = parameterGroups.flatMap(\.parameters).map(\.member.swiftName)
        let others = ["path", "query", "headers", "cookies", "body", "accept"]
        return !names.isEmpty && Set(names + others).count == names.count + others.count
    }

    /// The parameters of an initializer with one for each of the operation's parameters and one for the body, each as a
    /// declaration and as an argument. Empty if the input has no members or a name is repeated.
    var flatParameters: [(declaration: String, argument: String)] {
        guard hasFlatInput || parameterGroups.isEmpty else { return [] }
        var parameters = parameterGroups.flatMap(\.parameters).map(\.member).filter(\.isStored)
            .map { ($0.initializerParameter, "\($0.argumentLabel): \($0.swiftName)") }
        if let member = inputMembers.first(where: { $0.name == "body" }) {
            parameters.append((member.initializerParameter, "body: body"))
        }
        return parameters
    }

    fileprivate var inputMembers: [InputMember] {
        var members = parameterGroups.map { group in InputMember(name: group.property, type: group.type) }
        if let body {
            let type = body.swiftType(in: typeName)
            members.append(
                InputMember(
                    name: "body", type: body.isRequired ? type : type + "?", documentation: body.documentation,
                    defaultValue: body.isRequired ? nil : "nil"))
        }
        if choosesMediaType {
            members.append(
                InputMember(
                    name: "accept", type: "ContractRuntime.AcceptedMediaTypes",
                    documentation: "The media types that a response may have; a client accepts all that are declared.",
                    defaultValue: "ContractRuntime.AcceptedMediaTypes(nil)"))
        }
        return members
    }
}

/// The parameters of one location, with the names of their type and of the property that contains them.
private struct ParameterGroup {
    var type: String
    var property: String
    /// A prefix of the variables that decoding uses.
    var variable: String
    var parameters: [ParameterPlan]
}

/// A property of the input.
private struct InputMember {
    var name: String
    var type: String
    var documentation: String?
    var defaultValue: String?

    var initializerParameter: String { "\(name): \(type)" + (defaultValue.map { " = \($0)" } ?? "") }
}

extension SwiftWriter {
    /// Declares the type of an operation's input, with its parameters by location, and its body.
    mutating func input(of operation: OperationPlan) {
        block("\(access) struct Input: Sendable, Hashable") { swift in
            for group in operation.parameterGroups {
                swift.structure(group.type, nil, group.parameters.map(\.member))
                swift.line()
            }
            let members = operation.inputMembers
            for member in members {
                swift.documentation(member.documentation)
                swift.line("\(swift.access) var \(member.name): \(member.type)")
            }
            swift.line()
            swift.initializer(members.map(\.initializerParameter)) { swift in
                for member in members { swift.line("self.\(member.name) = \(member.name)") }
            }
            guard operation.hasFlatInput else { return }
            swift.line()
            swift.flatInitializer(of: operation)
        }
    }

    /// An initializer with a parameter for each of the operation's parameters, and one for the body.
    private mutating func flatInitializer(of operation: OperationPlan) {
        initializer(operation.flatParameters.map(\.declaration), isEmpty: false) { swift in
            var arguments = operation.parameterGroups.map { group in
                let members = group.parameters.map(\.member).filter(\.isStored)
                let values = members.map { "\($0.argumentLabel): \($0.swiftName)" }.joined(separator: ", ")
                return "\(group.property): \(group.type)(\(values))"
            }
            if operation.body != nil { arguments.append("body: body") }
            swift.line("self.init(\(arguments.joined(separator: ", ")))")
        }
    }

    /// The functions that decode an input from a request and encode it to one.
    mutating func inputCoding(of operation: OperationPlan) {
        block("extension \(operation.typeName).Input") { swift in
            swift.inputDecoding(of: operation)
            swift.line()
            swift.inputEncoding(of: operation)
        }
    }

    private mutating func inputEncoding(of operation: OperationPlan) {
        let made = "ContractRuntime.APIRequest(method: \(operation.methodExpression), path: \"\(operation.pathText)\")"
        documentation("The request that asks for this.")
        block("\(access) func request() -> ContractRuntime.APIRequest") { swift in
            let types = operation.responseMediaTypes
            guard
                !operation.query.isEmpty || !operation.headers.isEmpty || !operation.cookies.isEmpty
                    || operation.body != nil || !types.isEmpty
            else { return swift.line(made) }
            swift.line("var request = \(made)")
            for parameter in operation.query { swift.encoding(of: parameter, in: "query") }
            for parameter in operation.headers { swift.encoding(of: parameter, in: "headers") }
            for parameter in operation.cookies { swift.encoding(of: parameter, in: "cookies") }
            if !types.isEmpty {
                let all = types.joined(separator: ", ").literal
                swift.line(
                    "request.setHeader(\"Accept\", \(operation.choosesMediaType ? "accept.field ?? " : "")\(all))")
            }
            let streamed = operation.streamedMediaTypes.map(\.literal).joined(separator: ", ")
            if !streamed.isEmpty { swift.line("request.streamedMediaTypes = [\(streamed)]") }
            if let body = operation.body { swift.encoding(of: body) }
            swift.line("return request")
        }
    }

    private mutating func inputDecoding(of operation: OperationPlan) {
        documentation("Reads and validates a request; `nil` after having added at least one problem.")
        block(
            "\(access) init?(_ request: ContractRuntime.APIRequest, _ pathValues: [String], _ problems: inout ContractRuntime.ValidationProblems)"
        ) { swift in
            if !operation.parameterGroups.isEmpty {
                swift.line("let parameters = ContractRuntime.RequestParameters(request, pathValues: pathValues)")
            }
            for group in operation.parameterGroups {
                for (index, parameter) in group.parameters.enumerated() {
                    swift.decoding(of: parameter, "\(group.variable)\(index)", at: index)
                }
            }
            if let body = operation.body { swift.decoding(of: body, in: operation.typeName) }
            swift.inputConstruction(of: operation)
        }
    }

    private mutating func inputConstruction(of operation: OperationPlan) {
        var bindings: [String] = []
        var assignments: [String] = []
        for group in operation.parameterGroups {
            let arguments = group.parameters.enumerated().compactMap { index, parameter -> String? in
                let member = parameter.member
                guard member.isStored else {
                    bindings.append("\(group.variable)\(index) != nil")
                    return nil
                }
                if member.isRequired { bindings.append("let \(group.variable)\(index)") }
                return "\(member.argumentLabel): \(group.variable)\(index)"
            }
            assignments.append("\(group.property) = \(group.type)(\(arguments.joined(separator: ", ")))")
        }
        if let body = operation.body {
            if body.isRequired { bindings.append("let body") }
            assignments.append("self.body = body")
        }
        if operation.choosesMediaType {
            assignments.append("accept = ContractRuntime.AcceptedMediaTypes(request.headerFields[.accept])")
        }
        if operation.body != nil || !operation.parameterGroups.isEmpty {
            line("guard \((["problems.isEmpty"] + bindings).joined(separator: ", ")) else { return nil }")
        }
        for assignment in assignments { line(assignment) }
    }
}

extension OperationPlan {
    /// The text of the path inside a string literal.
    fileprivate var pathText: String {
        var index = 0
        var text = ""
        func add(_ parameter: ParameterPlan) {
            text += "\\(\(parameter.pathText(index)))"
            index += 1
        }
        for segment in path {
            text += "/"
            switch segment {
            case .literal(let literal): text += literal.literalBody
            case .parameter(let parameter): add(parameter)
            case .composite(let pieces):
                for piece in pieces {
                    switch piece {
                    case .literal(let literal): text += literal.literalBody
                    case .parameter(let parameter): add(parameter)
                    }
                }
            }
        }
        return text.isEmpty ? "/" : text
    }

    /// The forms of responses that a client reads as a stream.
    private var streamedContents: [ResponsePlan.Content] { outputs.flatMap(\.contents).filter(\.isStreamed) }

    fileprivate var streamedMediaTypes: [String] {
        var types: [String] = []
        for type in streamedContents.map({ MediaTypeName($0.mediaType).essence }) where !types.contains(type) {
            types.append(type)
        }
        return types
    }
}

extension OperationPlan {
    /// The method as a member of `HTTPRequest.Method`.
    var methodExpression: String {
        let named: Set = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]
        return named.contains(method) ? ".\(method.lowercased())" : ".named(\(method.literal))"
    }
}
