// A namespace for each operation: its input, and its output with a case for each declared response.

extension Plan {
    /// `Operations.swift`
    func operationNamespaces() -> String {
        file("Operations") { swift in emitNamespaces(&swift) }
    }

    private func emitNamespaces(_ swift: inout SwiftWriter) {
        for operation in operations {
            swift.documentation(operation.documentation)
            swift.block("\(swift.access) enum \(operation.typeName): ContractRuntime.APIOperation") { swift in
                swift.line("\(swift.access) static let id = \(operation.operationID.literal)")
                swift.line(
                    "\(swift.access) static let method = ContractRuntime.HTTPRequest.Method\(operation.methodExpression)"
                )
                swift.line("\(swift.access) static let path = \(operation.template.literal)")
                swift.line()
                swift.input(of: operation)
                swift.line()
                swift.output(of: operation)
                swift.bodyTypes(of: operation)
                for output in operation.outputs {
                    guard case .own(let response) = output.payload else { continue }
                    swift.line()
                    swift.responsePayload(response)
                }
            }
            swift.line()
        }
    }

    /// `OperationCoding.swift`: the code that decodes and encodes inputs and outputs.
    func operationCoding() -> String {
        file("OperationCoding") { swift in emitOperationCoding(&swift) }
    }

    private func emitOperationCoding(_ swift: inout SwiftWriter) {
        for operation in operations {
            swift.inputCoding(of: operation)
            swift.line()
            for case .multipart(let plan) in operation.body?.contents.map(\.kind) ?? [] {
                swift.multipartCoding(plan, in: operation.typeName)
                swift.line()
            }
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

extension SwiftWriter {
    fileprivate mutating func output(of operation: OperationPlan) {
        block("\(access) enum Output: Sendable, Hashable") { swift in
            for output in operation.outputs {
                swift.documentation(output.documentation)
                swift.line("case \(output.caseName)\(output.associatedValues)")
            }
        }
    }
}
