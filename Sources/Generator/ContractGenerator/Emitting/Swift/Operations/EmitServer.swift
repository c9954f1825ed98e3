// The server: a protocol for each tag, and the routes to the handlers that conform to it.

extension Plan {
    /// `Server.swift`
    func server() -> String {
        file("Server", needsTypes: true) { swift in
            emitServer(&swift)
        }
    }

    private func emitServer(_ swift: inout SwiftWriter) {
        for tag in tags {
            swift.documentation(tag.documentation)
            swift.block("\(swift.access) protocol \(tag.protocolName): Sendable") { swift in
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
        swift.block("\(swift.access) enum API") { swift in
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
        file("Document") { swift in
            swift.block("extension API") { swift in
                swift.documentation("The document itself, as JSON with its members in the file's order.")
                swift.line("\(swift.access) static let documentJSON: StaticString = \(json.rawLiteral)")
                swift.line()
                swift.documentation("The document's file as it is written; JSON, if it is in JSON, is YAML as well.")
                swift.line("\(swift.access) static let documentYAML: StaticString = \(source.literal)")
            }
        }
    }
}

extension SwiftWriter {
    fileprivate mutating func routeTable(_ tags: [TagPlan]) {
        for tag in tags {
            documentation("The routes of the operations of ``\(tag.protocolName)``.")
            parametersDocumentation(hasSecurity: tag.asksForCredentials)
            let parameters =
                ["\(tag.argumentName): some \(tag.protocolName)"] + tag.securityParameter + [Self.interceptorsParameter]
            block("\(access) static func routes(\(parameters.joined(separator: ", "))) -> [ContractRuntime.Route]") {
                swift in
                swift.line("[")
                swift.indented { swift in
                    for operation in tag.operations {
                        swift.line(
                            "\(operation.routeName)(\(SwiftName.escaped(tag.argumentName)), interceptors)\(operation.guarding),"
                        )
                    }
                }
                swift.line("]")
            }
            line()
        }
        // With a single tag, this would be the same function again.
        guard tags.count > 1 else { return }
        documentation("The routes of all operations, each answered by the handlers of its tag.")
        let security = tags.first(where: \.asksForCredentials)?.securityParameter ?? []
        parametersDocumentation(hasSecurity: !security.isEmpty)
        let parameters =
            tags.map { "\($0.argumentName): some \($0.protocolName)" } + security + [Self.interceptorsParameter]
        line("\(access) static func routes(")
        indented { $0.line(parameters.joined(separator: ",\n")) }
        block(") -> [ContractRuntime.Route]") { swift in
            let calls = tags.map { tag in
                let security = tag.asksForCredentials ? ", security: security" : ""
                let argument = SwiftName.escaped(tag.argumentName)
                return "routes(\(tag.argumentName): \(argument)\(security), interceptors: interceptors)"
            }
            swift.line(calls[0])
            swift.indented { swift in
                for call in calls.dropFirst() { swift.line("+ \(call)") }
            }
        }
        line()
    }

    private static let interceptorsParameter = "interceptors: [any ContractRuntime.OperationInterceptor] = []"

    private mutating func parametersDocumentation(hasSecurity: Bool) {
        let interceptors = "interceptors: run around each handler, the first one outermost. They see the decoded input."
        line("///")
        if hasSecurity {
            line("/// - Parameters:")
            line("///   - security: decides which callers may call an operation. `AdmitsEverybody()` admits all.")
            line("///   - \(interceptors)")
        } else {
            line("/// - Parameter \(interceptors)")
        }
    }

    fileprivate mutating func responseCheck(_ operations: [OperationPlan]) {
        documentation("In what ways a response breaks the contract of an operation.")
        block(
            "\(access) static func problems(in response: ContractRuntime.APIResponse, to operationID: String) -> ContractRuntime.ValidationProblems"
        ) {
            swift in
            swift.line("var problems = ContractRuntime.ValidationProblems()")
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
        documentation("`\(operation.method) \(operation.template)`")
        let parameters = "_ api: some \(protocolName), _ interceptors: [any ContractRuntime.OperationInterceptor]"
        block("private func \(operation.routeName)(\(parameters)) -> ContractRuntime.Route") { swift in
            let segments = operation.path.map(\.route).joined(separator: ", ")
            let body = operation.body != nil
            let streams = operation.body?.isStreamed == true ? ", streamsBody: true" : ""
            swift.line("let path: [ContractRuntime.Route.Segment] = [\(segments)]")
            swift.block(
                "return ContractRuntime.Route(\(operation.typeName).id, \(operation.typeName).method, path, readsBody: \(body)\(streams))"
            ) { swift in
                swift.line("request, pathValues in")
                swift.negotiation(of: operation)
                swift.line("var problems = ContractRuntime.ValidationProblems()")
                swift.line("let input = \(operation.typeName).Input(request, pathValues, &problems)")
                swift.line(
                    "let decoded = ContractRuntime.OperationRequest<\(operation.typeName)>(request, input, problems)")
                swift.block("return try await decoded.response(through: interceptors)") {
                    $0.line("try await api.\(operation.methodName)($0).response()")
                }
            }
        }
    }
}

extension SwiftWriter {
    /// Emits the responses 406 and 415, if the contract declares them. Otherwise, a request that accepts none of the
    /// media types gets one of them (RFC 9110 §12.4.1), and a request body of another media type gets the same response
    /// as other invalid requests.
    fileprivate mutating func negotiation(of operation: OperationPlan) {
        let responses = operation.outputs.filter(\.isSuccess).flatMap(\.contents).map(\.mediaType.literal)
        if let refusal = operation.notAcceptable, !responses.isEmpty {
            let types = responses.joined(separator: ", ")
            line("if let refusal = request.refusal(unlessAccepting: [\(types)], \(refusal.swift)) { return refusal }")
        }
        if let refusal = operation.unsupportedMediaType, let body = operation.body {
            let types = body.contents.map(\.typeName.literal).joined(separator: ", ")
            line("if let refusal = request.refusal(unlessOf: [\(types)], \(refusal.swift)) { return refusal }")
        }
    }
}

extension OperationPlan.PathSegment {
    /// The segment as an argument of a route.
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
        asksForCredentials ? ["security: some ContractRuntime.SecurityHandler<Credentials>"] : []
    }
}

extension OperationPlan {
    fileprivate var routeName: String {
        "route" + typeName
    }

    /// The call that is added to the route if the operation requires credentials.
    fileprivate var guarding: String {
        security == nil ? "" : ".secured(by: security, \(typeName).security)"
    }
}
