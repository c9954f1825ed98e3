// Response headers: servers encode them, clients and tests decode them.

extension ResponsePlan.Header {
    /// A statement that sets the header.
    fileprivate func setting(_ value: String) -> String {
        let name = member.name.literal
        switch reading {
        case .text: return "response.setHeader(\(name), \(member.shape.textEncoding(value)))"
        case .form:
            return "response.setHeader(.header(\(name), explode: \(explode)), \(member.shape.ofText.jsonBytes(value)))"
        case .json: return "response.setJSONHeader(\(name), \(member.shape.jsonBytes(value)))"
        }
    }
}

extension SwiftWriter {
    mutating func headerCoding(_ response: ResponsePlan, in namespace: String) {
        block("extension \(namespace).\(response.typeName).Headers") { swift in
            swift.block("func add(to response: inout ContractRuntime.APIResponse)") { swift in
                for header in response.headers {
                    let member = header.member
                    swift.line(
                        member.mayBeAbsent
                            ? "if \(member.binding) { \(header.setting(member.localName)) }"
                            : header.setting(member.reference))
                }
            }
            swift.line()
            swift.block(
                "init?(_ response: ContractRuntime.APIResponse, _ problems: inout ContractRuntime.ValidationProblems)"
            ) { swift in
                for header in response.headers { swift.decoding(of: header) }
                let members = response.headers.map(\.member)
                let bindings = members.filter(\.isRequired)
                    .map { $0.isStored ? ", let \($0.localName)" : ", \($0.localName) != nil" }.joined()
                swift.line("guard problems.isEmpty\(bindings) else { return nil }")
                let arguments = members.filter(\.isStored).map { "\($0.argumentLabel): \($0.localName)" }
                swift.line("self.init(\(arguments.joined(separator: ", ")))")
            }
        }
    }

    private mutating func decoding(of header: ResponsePlan.Header) {
        let member = header.member
        let variable = "let \(member.localName): \(member.shape.ofText.swiftType)? = response"
        let arguments = "required: \(member.isRequired), &problems"
        switch header.reading {
        case .text:
            block("\(variable).header(\(member.name.literal), \(arguments))") { swift in
                swift.line("text, problems in \(member.shape.textDecoding())")
            }
        case .form(let form):
            jsonClosure(
                "\(variable).header(.header(\(member.name.literal), explode: \(header.explode)), \(form.swift), \(arguments))",
                member.shape.ofText)
        case .json:
            jsonClosure("\(variable).jsonHeader(\(member.name.literal), \(arguments))", member.shape.ofText)
        }
    }
}
