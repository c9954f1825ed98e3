// Parameters: expressions that decode them from a request, and statements that encode them to one.

extension ParameterPlan {
    /// An expression for the place of the parameter in a request.
    ///
    /// - Parameter index: the number of a path parameter, from 0.
    fileprivate func place(_ index: Int) -> String {
        let name = member.name.literal
        switch location {
        case .path: return ".path(\(name), at: \(index), .\(style), explode: \(explode))"
        case .query:
            var arguments = "\(name), .\(style), explode: \(explode)"
            if allowsReserved { arguments += ", allowsReserved: true" }
            if !otherNames.isEmpty { arguments += ", others: [\(otherNames.map(\.literal).joined(separator: ", "))]" }
            return ".query(\(arguments))"
        case .header: return ".header(\(name), explode: \(explode))"
        case .cookie: return ".cookie(\(name), explode: \(explode))"
        }
    }

    /// An expression for the text of the parameter in the path.
    func pathText(_ index: Int) -> String {
        let value = "path.\(member.storageName)"
        guard case .text = reading else {
            return
                "ContractRuntime.ParameterPlace\(place(index)).\(reading == .json ? "pathJSON" : "pathText")(\(member.shape.jsonBytes(value)))"
        }
        return "ContractRuntime.PercentEncoding.encode(\(member.shape.textEncoding(value)))"
    }

    /// A statement that adds the parameter to a request.
    fileprivate func addition(_ value: String) -> String {
        let name = member.name.literal
        switch reading {
        case .form: return "request.add(\(place(0)), \(member.shape.jsonBytes(value)))"
        case .json: return "request.addJSON(\(place(0)), \(member.shape.jsonBytes(value)))"
        case .list:
            guard case .array(let element, _, _, _) = member.shape else { return "" }
            let text = element.textEncoding("$0")
            let texts = text == "$0" ? value : "\(value).map { \(text) }"
            let reserved = allowsReserved ? ", allowsReserved: true" : ""
            return "request.addQuery(\(name), \(texts), explode: \(explode)\(reserved))"
        case .text:
            let text = member.shape.textEncoding(value)
            switch location {
            case .path: return ""
            case .query: return "request.addQuery(\(name), \(text)\(allowsReserved ? ", allowsReserved: true" : ""))"
            case .header: return "request.setHeader(\(name), \(text))"
            case .cookie: return "request.addCookie(\(name), \(text))"
            }
        }
    }
}

extension SwiftWriter {
    /// Encodes a parameter, if it has a value.
    mutating func encoding(of parameter: ParameterPlan, in group: String) {
        let value = "\(group).\(parameter.member.storageName)"
        line(
            parameter.member.isOptional
                ? "if let value = \(value) { \(parameter.addition("value")) }" : parameter.addition(value))
    }

    /// Declares a constant with the parameter's value, decoded from a request.
    mutating func decoding(of parameter: ParameterPlan, _ variable: String, at index: Int) {
        let member = parameter.member
        let name = member.name.literal
        let required = "required: \(member.isRequired)"
        let allowsEmpty = parameter.allowsEmpty ? ", allowsEmpty: true" : ""
        switch parameter.reading {
        case .text:
            let call =
                switch parameter.location {
                case .path: "path(\(name), at: \(index), &problems)"
                case .query: "query(\(name), \(required)\(allowsEmpty), &problems)"
                case .header: "header(\(name), \(required), &problems)"
                case .cookie: "cookie(\(name), \(required), &problems)"
                }
            block("let \(variable): \(member.shape.ofText.swiftType)? = parameters.\(call)") { swift in
                swift.line("text, problems in \(member.shape.textDecoding())")
            }
        case .list:
            guard case .array(let element, let minItems, let maxItems, let uniqueItems) = member.shape else { return }
            var arguments = "\(name), \(required), explode: \(parameter.explode)\(allowsEmpty), &problems"
            if minItems > 0 { arguments += ", minItems: \(minItems)" }
            if let maxItems { arguments += ", maxItems: \(maxItems)" }
            if uniqueItems { arguments += ", uniqueItems: true" }
            block("let \(variable): \(member.shape.swiftType)? = parameters.queryArray(\(arguments))") { swift in
                swift.line("text, problems in \(element.textDecoding())")
            }
        case .form(let form):
            jsonClosure(
                "let \(variable): \(member.shape.ofText.swiftType)? = parameters.value(\(parameter.place(index)), \(form.swift), \(required)\(allowsEmpty), &problems)",
                member.shape.ofText)
        case .json:
            jsonClosure(
                "let \(variable): \(member.shape.swiftType)? = parameters.json(\(parameter.place(index)), \(required), &problems)",
                member.shape)
        }
    }

    /// Emits a call with a closure that decodes a value of a shape from JSON.
    mutating func jsonClosure(_ call: String, _ shape: Shape) {
        block(call) { swift in
            swift.line("json, problems throws(ContractRuntime.JSONError) in")
            swift.line("try \(shape.jsonDecoding)")
        }
    }
}
