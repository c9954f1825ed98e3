// Headers of responses, written by a server and read by a client or a test.

extension ResponsePlan.Header {
    /// A statement that sets it to a value.
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
            swift.block("func add(to response: inout APIResponse)") { swift in
                for header in response.headers {
                    let member = header.member
                    swift.line(
                        member.mayBeAbsent
                            ? "if \(member.binding) { \(header.setting(member.localName)) }"
                            : header.setting(member.reference))
                }
            }
            swift.line()
            swift.block("init?(_ response: APIResponse, _ problems: inout ValidationProblems)") { swift in
                for header in response.headers { swift.decoding(of: header) }
                let members = response.headers.map(\.member)
                let bindings = members.filter(\.isRequired)
                    .map { $0.isStored ? ", let \($0.localName)" : ", \($0.localName) != nil" }.joined()
                swift.line("guard problems.isEmpty\(bindings) else { return nil }")
                let arguments = members.filter(\.isStored).map { member in
                    "\(member.argumentLabel): \(member.localName)" + (member.defaultValue.map { " ?? \($0)" } ?? "")
                }
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
                swift.line("text, problems in \(member.shape.textDecoding)")
            }
        case .form(let form):
            jsonClosure(
                "\(variable).header(.header(\(member.name.literal), explode: \(header.explode)), \(form), \(arguments))",
                member.shape.ofText)
        case .json:
            jsonClosure("\(variable).jsonHeader(\(member.name.literal), \(arguments))", member.shape.ofText)
        }
    }
}
