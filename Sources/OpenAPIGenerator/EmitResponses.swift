// Responses: their bodies and headers, written by a server and read by a client or a test.

extension Plan {
    /// `Responses.swift`: what several operations share.
    func sharedResponses() -> String {
        SwiftWriter.file(of: title, publicIf: ["JSONValue", "OrderedDictionary"]) { swift in emitResponses(&swift) }
    }

    private func emitResponses(_ swift: inout SwiftWriter) {
        swift.documentation("Bodies and headers of responses that several operations share.")
        swift.block("public enum Responses") { swift in
            for response in responses {
                swift.responsePayload(response)
                swift.line()
            }
        }
        swift.line()
        for response in responses {
            swift.responseCoding(response, in: "Responses")
            swift.line()
        }
    }
}

extension ResponsePlan.Content {
    var caseName: String {
        switch self {
        case .json: "json"
        case .plainText: "plainText"
        }
    }

    var swiftType: String {
        switch self {
        case .json(let shape): shape.swiftType
        case .plainText: "String"
        }
    }

    fileprivate var mediaType: String {
        switch self {
        case .json: "application/json"
        case .plainText: "text/plain; charset=utf-8"
        }
    }
}

extension OutputPlan {
    /// The type of the payload, as written outside the operation's namespace if that is given.
    func payloadType(in namespace: String? = nil) -> String {
        switch payload {
        case .none: ""
        case .shared(let response): "Responses.\(response.typeName)"
        case .own(let response): (namespace.map { "\($0)." } ?? "") + response.typeName
        }
    }

    var associatedValues: String {
        guard let response = payload.response else { return "" }
        var values: [String] = []
        if !response.contents.isEmpty { values.append(payloadType()) }
        if !response.headers.isEmpty { values.append("headers: \(payloadType()).Headers") }
        return "(\(values.joined(separator: ", ")))"
    }
}

extension SwiftWriter {
    /// The payload's type: a case for each media type, and a struct for headers.
    mutating func responsePayload(_ response: ResponsePlan) {
        documentation(response.documentation)
        block("public enum \(response.typeName): Sendable, Hashable") { swift in
            for content in response.contents { swift.line("case \(content.caseName)(\(content.swiftType))") }
            if !response.headers.isEmpty {
                swift.line()
                swift.structure("Headers", nil, response.headers)
            }
        }
    }

    mutating func responseCoding(_ response: ResponsePlan, in namespace: String) {
        if !response.contents.isEmpty {
            block("extension \(namespace).\(response.typeName)") { swift in
                swift.block("func response(_ status: HTTPResponse.Status) -> APIResponse") { swift in
                    swift.line("switch self {")
                    for content in response.contents {
                        let bytes =
                            switch content {
                            case .json(let shape): shape.jsonBytes("body")
                            case .plainText: "Array(body.utf8)"
                            }
                        swift.line("case .\(content.caseName)(let body):")
                        swift.indented { swift in
                            swift.line(
                                "APIResponse(status: status, contentType: \(content.mediaType.literal), body: \(bytes))"
                            )
                        }
                    }
                    swift.line("}")
                }
                swift.line()
                swift.block("init?(_ response: APIResponse, _ problems: inout ValidationProblems)") { swift in
                    swift.line("switch response.mediaType {")
                    for content in response.contents { swift.decoding(of: content) }
                    swift.line("default:")
                    swift.indented { swift in
                        swift.line("problems.addUndeclaredMediaType(of: response)")
                        swift.line("return nil")
                    }
                    swift.line("}")
                }
            }
        }
        guard !response.headers.isEmpty else { return }
        line()
        headerCoding(response, in: namespace)
    }

    private mutating func decoding(of content: ResponsePlan.Content) {
        switch content {
        case .plainText:
            line("case \"text/plain\": self = .plainText(String(decoding: response.body, as: UTF8.self))")
        case .json(let shape):
            line("case \"application/json\":")
            indented { swift in
                swift.block("let body: \(shape.swiftType)? = response.decodeJSONBody(problems: &problems)") { swift in
                    swift.line("json, problems throws(JSONError) in")
                    swift.line("try \(shape.jsonDecoding)")
                }
                swift.line("guard let body else { return nil }")
                swift.line("self = .json(body)")
            }
        }
    }

    private mutating func headerCoding(_ response: ResponsePlan, in namespace: String) {
        block("extension \(namespace).\(response.typeName).Headers") { swift in
            swift.block("func add(to response: inout APIResponse)") { swift in
                for header in response.headers {
                    let name = header.name.literal
                    if header.mayBeAbsent {
                        swift.line(
                            "if \(header.binding) { response.setHeader(\(name), \(header.shape.textEncoding(header.localName))) }"
                        )
                    } else {
                        swift.line("response.setHeader(\(name), \(header.shape.textEncoding(header.reference)))")
                    }
                }
            }
            swift.line()
            swift.block("init?(_ response: APIResponse, _ problems: inout ValidationProblems)") { swift in
                for header in response.headers {
                    swift.block(
                        "let \(header.localName): \(header.shape.swiftType)? = response.header(\(header.name.literal), required: \(header.isRequired), &problems)"
                    ) { swift in swift.line("text, problems in \(header.shape.textDecoding)") }
                }
                let bindings = response.headers.filter(\.isRequired).map { ", let \($0.localName)" }.joined()
                swift.line("guard problems.isEmpty\(bindings) else { return nil }")
                let arguments = response.headers.map { "\($0.argumentLabel): \($0.localName)" }.joined(separator: ", ")
                swift.line("self.init(\(arguments))")
            }
        }
    }

    mutating func outputCoding(of operation: OperationPlan) {
        block("extension \(operation.typeName).Output") { swift in
            swift.documentation("The response that says this.")
            swift.block("public func response() -> APIResponse") { swift in
                swift.line("switch self {")
                for output in operation.outputs { swift.encoding(of: output) }
                swift.line("}")
            }
            swift.line()
            swift.documentation("Reads and validates a response; `nil` after having added at least one problem.")
            swift.block("public init?(_ response: APIResponse, _ problems: inout ValidationProblems)") { swift in
                swift.line("switch response.status.code {")
                for output in operation.outputs { swift.decoding(of: output, operation.typeName) }
                swift.line("default:")
                swift.indented { swift in
                    swift.line("problems.addUndeclaredStatus(of: response)")
                    swift.line("return nil")
                }
                swift.line("}")
            }
        }
    }

    private mutating func encoding(of output: OutputPlan) {
        let response = output.payload.response
        let hasBody = response.map { !$0.contents.isEmpty } ?? false
        let hasHeaders = response.map { !$0.headers.isEmpty } ?? false
        let plain = "APIResponse(status: .init(code: \(output.status)))"
        let made = hasBody ? "body.response(.init(code: \(output.status)))" : plain
        switch (hasBody, hasHeaders) {
        case (false, false): line("case .\(output.caseName): return \(plain)")
        case (true, false): line("case .\(output.caseName)(let body): return \(made)")
        case (_, true):
            line("case .\(output.caseName)(\(hasBody ? "let body, " : "")let headers):")
            indented { swift in
                swift.line("var response = \(made)")
                swift.line("headers.add(to: &response)")
                swift.line("return response")
            }
        }
    }

    private mutating func decoding(of output: OutputPlan, _ namespace: String) {
        let type = output.payloadType(in: namespace)
        line("case \(output.status):")
        indented { swift in
            guard let response = output.payload.response else {
                swift.line("guard response.isWithoutBody(&problems) else { return nil }")
                return swift.line("self = .\(output.caseName)")
            }
            var values: [String] = []
            if response.contents.isEmpty {
                swift.line("guard response.isWithoutBody(&problems) else { return nil }")
            } else {
                swift.line("guard let body = \(type)(response, &problems) else { return nil }")
                values.append("body")
            }
            if !response.headers.isEmpty {
                swift.line("guard let headers = \(type).Headers(response, &problems) else { return nil }")
                values.append("headers: headers")
            }
            swift.line("self = .\(output.caseName)(\(values.joined(separator: ", ")))")
        }
    }
}

extension Shape {
    /// An expression for `value` as the bytes of a body.
    func jsonBytes(_ value: String) -> String {
        if case .named = self { return "\(value).jsonBytes()" }
        return "JSONWriter.bytes { json in \(jsonEncoding(value)) }"
    }
}
