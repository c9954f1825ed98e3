// Bodies of `multipart/form-data`.

extension MultipartPlan.Part {
    fileprivate var swiftType: String {
        let isOptional = !member.isRequired
        switch kind {
        case .file: return "ContractRuntime.MultipartFile" + (isOptional ? "?" : "")
        case .files: return "[ContractRuntime.MultipartFile]" + (isOptional ? "?" : "")
        case .text, .json: return member.storedType
        }
    }

    fileprivate var isOptional: Bool {
        switch kind {
        case .file, .files: !member.isRequired
        case .text, .json: member.isOptional
        }
    }

    fileprivate var initializerParameter: String {
        "\(member.swiftName): \(swiftType)" + (isOptional ? " = nil" : "")
    }

    /// A statement that adds the part to a form.
    fileprivate func addition(_ value: String) -> String {
        let name = member.name.literal
        switch kind {
        case .text: return "form.add(\(name), text: \(member.shape.ofText.jsonBytes(value, for: .request)))"
        case .json(let isArray):
            return
                "form.add(\(name), json: \(member.shape.ofText.jsonBytes(value, for: .request)), isArray: \(isArray))"
        case .file: return "form.add(\(name), \(value))"
        case .files: return "for file in \(value) { form.add(\(name), file) }"
        }
    }
}

extension SwiftWriter {
    mutating func multipartType(_ plan: MultipartPlan) {
        documentation(plan.documentation ?? "The parts of the form.")
        block("\(access) struct \(plan.typeName): Sendable, Hashable") { swift in
            for part in plan.parts {
                switch part.kind {
                case .file, .files: swift.property(part.member, part.swiftType)
                case .text, .json: swift.property(part.member)
                }
            }
            swift.line()
            swift.initializer(plan.parts.map(\.initializerParameter)) { swift in
                for part in plan.parts { swift.line("self.\(part.member.storageName) = \(part.member.swiftName)") }
            }
        }
    }

    mutating func multipartCoding(_ plan: MultipartPlan, in namespace: String) {
        block("extension \(namespace).\(plan.typeName)") { swift in
            swift.block(
                "init?(_ form: ContractRuntime.MultipartForm, _ problems: inout ContractRuntime.ValidationProblems)"
            ) { swift in
                swift.line("let mark = problems.mark")
                for (index, part) in plan.parts.enumerated() { swift.decoding(of: part, "part\(index)") }
                if plan.refusesUnknownParts {
                    let names = plan.parts.map(\.member.name.literal).joined(separator: ", ")
                    swift.line("form.refuse(except: [\(names)], &problems)")
                }
                let required = plan.parts.enumerated().filter { $0.element.member.isRequired }
                let bindings = required.map { ", let part\($0.offset)" }.joined()
                swift.line("guard problems.foundNone(since: mark)\(bindings) else { return nil }")
                let arguments = plan.parts.enumerated().map { "\($0.element.member.argumentLabel): part\($0.offset)" }
                swift.line("self.init(\(arguments.joined(separator: ", ")))")
            }
            swift.line()
            swift.block("func multipartForm() -> ContractRuntime.MultipartForm") { swift in
                swift.line("var form = ContractRuntime.MultipartForm()")
                for part in plan.parts {
                    let value = "self.\(part.member.storageName)"
                    swift.line(
                        part.isOptional
                            ? "if let value = \(value) { \(part.addition("value")) }" : part.addition(value))
                }
                swift.line("return form")
            }
        }
    }

    private mutating func decoding(of part: MultipartPlan.Part, _ variable: String) {
        let name = part.member.name.literal
        let required = "required: \(part.member.isRequired)"
        let types = part.contentTypes.map(\.literal).joined(separator: ", ")
        let admitted = types.isEmpty ? "" : "contentTypes: [\(types)], "
        let shape = part.member.shape.ofText
        switch part.kind {
        case .text(let form):
            jsonClosure(
                "let \(variable): \(shape.swiftType)? = form.value(\(name), \(form.swift), \(required), &problems)",
                shape)
        case .json(let isArray):
            jsonClosure(
                "let \(variable): \(shape.swiftType)? = form.json(\(name), isArray: \(isArray), \(required), &problems)",
                shape)
        case .file: line("let \(variable) = form.file(\(name), \(admitted)\(required), &problems)")
        case .files(let minItems, let maxItems, let uniqueItems):
            var arguments = "\(name), \(admitted)\(required), &problems"
            if minItems > 0 { arguments += ", minItems: \(minItems)" }
            if let maxItems { arguments += ", maxItems: \(maxItems)" }
            if uniqueItems { arguments += ", uniqueItems: true" }
            line("let \(variable) = form.files(\(arguments))")
        }
    }
}
