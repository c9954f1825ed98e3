// What a server stands on: a protocol for each tag, and the routes to what implements them.

extension Plan {
    /// `Server.swift`
    func server() -> String {
        SwiftWriter.file(of: title, publicIf: ["Route", "APIResponse"], types: configuration.typesModule) { swift in
            emitServer(&swift)
        }
    }

    private func emitServer(_ swift: inout SwiftWriter) {
        for tag in tags {
            swift.documentation(tag.documentation)
            swift.block("public protocol \(tag.protocolName): Sendable") { swift in
                for operation in tag.operations {
                    swift.documentation(operation.documentation)
                    swift.line(
                        "func \(operation.methodName)(_ input: \(operation.typeName).Input) async throws -> \(operation.typeName).Output"
                    )
                    swift.line()
                }
            }
            swift.line()
        }
        swift.documentation("The operations of the contract.")
        swift.block("public enum API") { swift in
            swift.routeTable(tags)
            swift.responseCheck(operations)
        }
        for tag in tags {
            for operation in tag.operations {
                swift.line()
                swift.route(operation, tag.protocolName)
            }
        }
    }

    /// `Document.swift`
    func document(json: String, source: String) -> String {
        SwiftWriter.file(of: title) { swift in
            swift.block("extension API") { swift in
                swift.documentation("The document itself, as JSON with its members in the file's order.")
                swift.line("public static let documentJSON: StaticString = \(json.rawLiteral)")
                swift.line()
                swift.documentation("The document's file as it is written; JSON, if it is in JSON, is YAML as well.")
                swift.line("public static let documentYAML: StaticString = \(source.literal)")
            }
        }
    }
}

extension SwiftWriter {
    fileprivate mutating func routeTable(_ tags: [TagPlan]) {
        for tag in tags {
            documentation("The routes of the operations of ``\(tag.protocolName)``.")
            if tag.asksForCredentials { securityDocumentation() }
            let parameters = ["\(tag.argumentName): some \(tag.protocolName)"] + tag.securityParameter
            block("public static func routes(\(parameters.joined(separator: ", "))) -> [Route]") { swift in
                swift.line("[")
                swift.indented { swift in
                    for operation in tag.operations {
                        swift.line("\(operation.routeName)(\(tag.argumentName))\(operation.guarding),")
                    }
                }
                swift.line("]")
            }
            line()
        }
        // With a single tag it would be the same function again.
        guard tags.count > 1 else { return }
        documentation("The routes of all operations, each answered by the handlers of its tag.")
        let security = tags.first(where: \.asksForCredentials)?.securityParameter ?? []
        if !security.isEmpty { securityDocumentation() }
        let parameters = tags.map { "\($0.argumentName): some \($0.protocolName)" } + security
        line("public static func routes(")
        indented { $0.line(parameters.joined(separator: ",\n")) }
        block(") -> [Route]") { swift in
            let calls = tags.map { tag in
                let security = tag.asksForCredentials ? ", security: security" : ""
                return "routes(\(tag.argumentName): \(tag.argumentName)\(security))"
            }
            swift.line(calls[0])
            swift.indented { swift in
                for call in calls.dropFirst() { swift.line("+ \(call)") }
            }
        }
        line()
    }

    private mutating func securityDocumentation() {
        line("///")
        documentation("- Parameter security: decides who may do what; `AdmitsEverybody()` asks nobody.")
    }

    fileprivate mutating func responseCheck(_ operations: [OperationPlan]) {
        documentation("In what ways a response breaks the contract of an operation.")
        block("public static func problems(in response: APIResponse, to operationID: String) -> ValidationProblems") {
            swift in
            swift.line("var problems = ValidationProblems()")
            swift.line("switch operationID {")
            for operation in operations {
                swift.line(
                    "case \(operation.operationID.literal): _ = \(operation.typeName).Output(response, &problems)")
            }
            swift.line("default: problems.add(.other, \"the contract has no operation \\(operationID)\")")
            swift.line("}")
            swift.line("return problems")
        }
    }

    fileprivate mutating func route(_ operation: OperationPlan, _ protocolName: String) {
        documentation("`\(operation.method.uppercased()) \(operation.template)`")
        block("private func \(operation.routeName)(_ api: some \(protocolName)) -> Route") { swift in
            let segments = operation.path.map(\.route).joined(separator: ", ")
            let body = operation.body != nil
            swift.line("let path: [Route.Segment] = [\(segments)]")
            swift.block(
                "return Route(\(operation.operationID.literal), .\(operation.method), path, readsBody: \(body))"
            ) { swift in
                swift.line("request, pathValues in")
                swift.negotiation(of: operation)
                swift.line("var problems = ValidationProblems()")
                swift.block("guard let input = \(operation.typeName).Input(request, pathValues, &problems) else") {
                    $0.line("return .invalid(problems)")
                }
                swift.line("return try await api.\(operation.methodName)(input).response()")
            }
        }
    }
}

extension SwiftWriter {
    /// What answers 406 and 415, if the contract declares them. Else a request that accepts none of the media types is answered with
    /// whatever there is (RFC 9110 §12.4.1), and a body of another media type breaks the contract as any other mistake does.
    fileprivate mutating func negotiation(of operation: OperationPlan) {
        let responses = operation.outputs.filter(\.isSuccess).flatMap(\.contents).map(\.mediaType.literal)
        if let refusal = operation.notAcceptable, !responses.isEmpty {
            let types = responses.joined(separator: ", ")
            line("if let refusal = request.refusal(unlessAccepting: [\(types)], \(refusal)) { return refusal }")
        }
        if let refusal = operation.unsupportedMediaType, let body = operation.body {
            let types = body.contents.map { MediaTypeName($0.mediaType).essence.literal }.joined(separator: ", ")
            line("if let refusal = request.refusal(unlessOf: [\(types)], \(refusal)) { return refusal }")
        }
    }
}

extension OperationPlan.PathSegment {
    /// As a segment of a route.
    fileprivate var route: String {
        switch self {
        case .literal(let text): return ".literal(\(text.literal))"
        case .parameter: return ".parameter"
        case .composite(let pieces):
            let parts = pieces.map { piece in
                switch piece {
                case .literal(let text): ".literal(\(text.literal))"
                case .parameter: ".parameter"
                }
            }
            return ".composite([\(parts.joined(separator: ", "))])"
        }
    }
}

extension TagPlan {
    fileprivate var asksForCredentials: Bool { operations.contains { $0.security != nil } }

    fileprivate var securityParameter: [String] {
        asksForCredentials ? ["security: some SecurityHandler<Credentials>"] : []
    }
}

extension OperationPlan {
    fileprivate var routeName: String {
        "route" + typeName
    }

    /// What is added to the route where the operation asks for credentials.
    fileprivate var guarding: String {
        security == nil ? "" : ".secured(by: security, \(typeName).security)"
    }
}
