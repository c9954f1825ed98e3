// The client: a method for each operation, and accessors that return the expected response or throw.

extension Plan {
    /// `Client.swift`
    func client() -> String {
        file("Client", needsTypes: true) { swift in
            emitClient(&swift)
        }
    }

    private func emitClient(_ swift: inout SwiftWriter) {
        swift.documentation(
            """
            Calls the operations of \(title.commentLine).

            Each method gives the response as it was declared, whatever its status; the properties and methods of outputs
            take the one that is wanted out of it. Both throw `ClientError`. An operation is called with its parameters and
            its body, or with both in one input.
            """)
        swift.block("\(swift.access) struct Client: Sendable") { swift in
            swift.clientInitializer(takesCredentials: !credentials.isEmpty)
            for operation in operations {
                swift.line()
                swift.clientMethod(of: operation)
                guard !operation.flatParameters.isEmpty else { continue }
                swift.line()
                swift.flatClientMethod(of: operation)
            }
        }
        if !servers.isEmpty {
            swift.line()
            swift.servers(servers, of: "the service")
        }
        for operation in operations where !operation.servers.isEmpty {
            swift.line()
            swift.block("extension \(operation.typeName)") { swift in
                swift.servers(operation.servers, of: "this operation, which is not where the others are")
            }
        }
        for operation in operations where operation.outputs.contains(where: \.isSuccess) {
            swift.line()
            swift.block("extension \(operation.typeName).Output") { swift in
                for output in operation.outputs where output.isSuccess {
                    swift.accessor(of: output, operation)
                    swift.line()
                }
            }
        }
    }
}

extension SwiftWriter {
    fileprivate mutating func clientInitializer(takesCredentials: Bool) {
        line("private let transport: any ContractRuntime.ClientTransport")
        guard takesCredentials else {
            line()
            return block("\(access) init(_ transport: some ContractRuntime.ClientTransport)") {
                $0.line("self.transport = transport")
            }
        }
        line("private let credentials: ContractRuntime.ClientCredentials<Credentials>")
        line()
        documentation(
            """
            - Parameter credentials: those that the client has. Each operation is sent the first of them that it asks for, in the
              order in which it asks.
            """)
        block(
            "\(access) init(_ transport: some ContractRuntime.ClientTransport, credentials: ContractRuntime.ClientCredentials<Credentials> = [])"
        ) {
            swift in
            swift.line("self.transport = transport")
            swift.line("self.credentials = credentials")
        }
    }

    fileprivate mutating func clientMethod(of operation: OperationPlan) {
        documentation(operation.documentation)
        deprecation(of: operation)
        let type = operation.typeName
        let input = "_ input: \(type).Input"
        block(header(of: operation, [operation.hasEmptyInput ? "\(input) = \(type).Input()" : input])) { swift in
            let called = operation.security == nil ? operation.operationID.literal : "\(type).security, credentials"
            swift.line("try await transport.call(\(called), input.request(), \(type).Output.init(_:_:))")
        }
    }

    private mutating func deprecation(of operation: OperationPlan) {
        if operation.isDeprecated { line("@available(*, deprecated)") }
    }

    /// A method with a parameter for each of the operation's parameters, and one for the body.
    fileprivate mutating func flatClientMethod(of operation: OperationPlan) {
        documentation(operation.documentation)
        deprecation(of: operation)
        let arguments = operation.flatParameters.map(\.argument).joined(separator: ", ")
        block(header(of: operation, operation.flatParameters.map(\.declaration))) { swift in
            swift.line("try await self.\(operation.methodName)(\(operation.typeName).Input(\(arguments)))")
        }
    }

    private func header(of operation: OperationPlan, _ parameters: [String]) -> String {
        "\(access) func \(operation.methodName)(\n    \(parameters.joined(separator: ",\n    "))\n"
            + ") async throws(ContractRuntime.ClientError) -> \(operation.typeName).Output"
    }

    /// An accessor of one response. It returns the body and the headers, and throws for all other outputs.
    fileprivate mutating func accessor(of output: OutputPlan, _ operation: OperationPlan) {
        let failure =
            "throw ContractRuntime.ClientError(\(operation.operationID.literal), .otherOutput(self), response())"
        documentation(output.documentation)
        guard let response = output.payload.response else {
            return block("\(access) func \(output.caseName)() throws(ContractRuntime.ClientError)") { swift in
                swift.block("guard case .\(output.caseName) = self else") { $0.line(failure) }
            }
        }
        let value = AccessedValue(response, output.payloadType(in: operation.typeName))
        block("\(access) var \(output.caseName): \(value.type)") { swift in
            swift.block("get throws(ContractRuntime.ClientError)") { swift in
                let pattern = (output.hasFixedStatus ? "" : "_, ") + value.pattern
                swift.block("guard case .\(output.caseName)(\(pattern)) = self else") { $0.line(failure) }
                swift.line("return \(value.expression)")
            }
        }
    }
}

/// The value of an accessor: the response's body, its headers, or both.
private struct AccessedValue {
    var type: String
    var pattern: String
    var expression: String

    init(_ response: ResponsePlan, _ payloadType: String) {
        var parts: [(label: String, type: String, pattern: String)] = []
        if let content = response.contents.first, response.contents.count == 1 {
            parts.append(("body", content.swiftType, ".\(content.caseName)(let body)"))
        } else if !response.contents.isEmpty {
            parts.append(("body", payloadType, "let body"))
        }
        if !response.headers.isEmpty { parts.append(("headers", "\(payloadType).Headers", "let headers")) }
        pattern = parts.map(\.pattern).joined(separator: ", ")
        let labels = parts.map { "\($0.label): \($0.label)" }.joined(separator: ", ")
        type =
            parts.count == 1
            ? parts[0].type : "(" + parts.map { "\($0.label): \($0.type)" }.joined(separator: ", ") + ")"
        expression = parts.count == 1 ? parts[0].label : "(\(labels))"
    }
}
