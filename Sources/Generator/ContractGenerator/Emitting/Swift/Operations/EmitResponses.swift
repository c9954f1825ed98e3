// Responses: servers encode their bodies and headers, clients and tests decode them.

extension Plan {
    /// `Responses.swift`: the types of responses that several operations share.
    func sharedResponses() -> String {
        file("Responses") { swift in
            swift.documentation("Bodies and headers of responses that several operations share.")
            swift.block("\(swift.access) enum Responses") { swift in
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
}

extension ResponsePlan.Content {
    var swiftType: String {
        switch kind {
        case .json(let shape), .text(let shape): shape.swiftType
        case .bytes: "ContractRuntime.ByteStream"
        case .events(let shape): "ContractRuntime.EventStream<\(shape?.swiftType ?? "String")>"
        }
    }

    /// Whether a client reads the body as a stream.
    var isStreamed: Bool {
        switch kind {
        case .bytes, .events: true
        case .json, .text: false
        }
    }

    /// An expression for a response whose body is `body`, in this form.
    fileprivate var response: String {
        let type = sentType.literal
        switch kind {
        case .json(let shape):
            return
                "ContractRuntime.APIResponse(status: status, contentType: \(type), body: \(shape.jsonBytes("body", for: .response)))"
        case .text(let shape):
            return
                "ContractRuntime.APIResponse(status: status, contentType: \(type), body: Array(\(shape.textEncoding("body")).utf8))"
        case .bytes:
            let sent = generality == 0 ? type : "body.contentType ?? \(type)"
            return "ContractRuntime.APIResponse(status: status, contentType: \(sent), stream: body)"
        case .events(let shape):
            let text =
                shape.map { "String(decoding: \($0.jsonBytes("value", for: .response)), as: UTF8.self)" } ?? "value"
            return
                "ContractRuntime.APIResponse(status: status, contentType: \(type), stream: body.bytes { value in \(text) })"
        }
    }

    /// A pattern that matches the media types of the form.
    fileprivate var pattern: String {
        if needsParameters { return typeName.literal }
        let essence = MediaTypeName(mediaType).essence
        guard essence.hasSuffix("/*") else { return essence.literal }
        return essence == "*/*" ? "_" : "let type where type.hasPrefix(\(essence.dropLast().description.literal))"
    }

    /// The number of media types, as a rank: 0 for one media type, 1 for a range such as `text/*`, 2 for all.
    fileprivate var generality: Int {
        let essence = MediaTypeName(mediaType).essence
        return essence == "*/*" ? 2 : essence.hasSuffix("/*") ? 1 : 0
    }
}

extension OutputPlan {
    /// The name of the payload's type. Outside of the operation's namespace, pass the namespace.
    func payloadType(in namespace: String? = nil) -> String {
        switch payload {
        case .none: ""
        case .shared(let response): "Responses.\(response.typeName)"
        case .own(let response): (namespace.map { "\($0)." } ?? "") + response.typeName
        }
    }

    var associatedValues: String {
        var values: [String] = []
        if !hasFixedStatus { values.append("status: Int") }
        if let response = payload.response {
            if !response.contents.isEmpty { values.append(payloadType()) }
            if !response.headers.isEmpty { values.append("headers: \(payloadType()).Headers") }
        }
        return values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
    }

    /// Whether the response has one status, and not a range.
    var hasFixedStatus: Bool {
        if case .code = status { true } else { false }
    }
}

extension SwiftWriter {
    /// Declares the payload's type, with a case for each media type and a struct for headers.
    mutating func responsePayload(_ response: ResponsePlan) {
        documentation(response.documentation)
        block("\(access) enum \(response.typeName): Sendable, Hashable") { swift in
            for content in response.contents { swift.line("case \(content.caseName)(\(content.swiftType))") }
            if response.contents.count > 1 {
                swift.line()
                swift.documentation("The media types of the response. The request's `Accept` field selects one.")
                swift.block("\(swift.access) enum MediaType: String, Sendable, CaseIterable") { swift in
                    for content in response.contents {
                        swift.line("case \(content.caseName) = \(content.typeName.literal)")
                    }
                }
            }
            if !response.headers.isEmpty {
                swift.line()
                swift.structure("Headers", nil, response.headers.map(\.member))
            }
        }
    }

    mutating func responseCoding(_ response: ResponsePlan, in namespace: String) {
        if !response.contents.isEmpty {
            block("extension \(namespace).\(response.typeName)") { swift in
                swift.block(
                    "func response(_ status: ContractRuntime.HTTPResponse.Status) -> ContractRuntime.APIResponse"
                ) { swift in
                    swift.line("switch self {")
                    for content in response.contents {
                        swift.line("case .\(content.caseName)(let body):")
                        swift.indented { $0.line(content.response) }
                    }
                    swift.line("}")
                }
                swift.line()
                swift.block(
                    "init?(_ response: ContractRuntime.APIResponse, _ problems: inout ContractRuntime.ValidationProblems)"
                ) { swift in
                    let needsParameters = response.contents.contains(where: \.needsParameters)
                    if needsParameters {
                        let types = response.contents.map(\.typeName.literal).joined(separator: ", ")
                        swift.line("switch response.mediaType(among: [\(types)]) {")
                    } else {
                        swift.line("switch response.mediaType {")
                    }
                    let contents = response.contents.enumerated()
                        .sorted { ($0.element.generality, $0.offset) < ($1.element.generality, $1.offset) }.map(
                            \.element)
                    for content in contents { swift.decoding(of: content) }
                    if contents.last?.generality != 2 {
                        swift.line("default:")
                        swift.indented { swift in
                            swift.line("problems.addUndeclaredMediaType(of: response)")
                            swift.line("return nil")
                        }
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
        let name = content.caseName
        line("case \(content.pattern):")
        indented { swift in
            switch content.kind {
            case .json(let shape):
                swift.jsonClosure("let body: \(shape.swiftType)? = response.decodeJSONBody(problems: &problems)", shape)
            case .text(let shape) where shape == .plainString:
                return swift.line("self = .\(name)(String(decoding: response.body, as: UTF8.self))")
            case .text(let shape):
                swift.block("let body: \(shape.swiftType)? = response.decodeTextBody(&problems)") { swift in
                    swift.line("text, problems in \(shape.textDecoding())")
                }
            case .bytes:
                return swift.line("self = .\(name)(response.byteStream)")
            case .events(nil):
                return swift.line(
                    "self = .\(name)(ContractRuntime.EventStream(response.byteStream) { text, _ in text })")
            case .events(let shape?):
                swift.line("self = .\(name)(")
                swift.indented { swift in
                    swift.block("ContractRuntime.EventStream(response.byteStream)", footer: ")") { swift in
                        swift.line("text, problems in")
                        swift.jsonClosure("ContractRuntime.decodeJSON(text, &problems)", shape)
                    }
                }
                return
            }
            swift.line("guard let body else { return nil }")
            swift.line("self = .\(name)(body)")
        }
    }

    mutating func outputCoding(of operation: OperationPlan) {
        block("extension \(operation.typeName).Output") { swift in
            swift.documentation("The response that says this.")
            swift.block("\(swift.access) func response() -> ContractRuntime.APIResponse") { swift in
                swift.line("switch self {")
                for output in operation.outputs { swift.encoding(of: output) }
                swift.line("}")
            }
            swift.line()
            swift.documentation("Reads and validates a response; `nil` after having added at least one problem.")
            swift.block(
                "\(swift.access) init?(_ response: ContractRuntime.APIResponse, _ problems: inout ContractRuntime.ValidationProblems)"
            ) { swift in
                swift.line("switch response.status.code {")
                let outputs = operation.outputs.sorted { $0.generality < $1.generality }
                for output in outputs { swift.decoding(of: output, operation.typeName) }
                if outputs.last?.generality != 2 {
                    swift.line("default:")
                    swift.indented { swift in
                        swift.line("problems.addUndeclaredStatus(of: response)")
                        swift.line("return nil")
                    }
                }
                swift.line("}")
            }
        }
    }

    private mutating func encoding(of output: OutputPlan) {
        let hasBody = !output.contents.isEmpty
        let hasHeaders = output.payload.response.map { !$0.headers.isEmpty } ?? false
        let status = output.hasFixedStatus ? output.statusPattern : "status"
        var values: [String] = []
        if !output.hasFixedStatus { values.append("let status") }
        if hasBody { values.append("let body") }
        if hasHeaders { values.append("let headers") }
        let pattern = ".\(output.caseName)" + (values.isEmpty ? "" : "(\(values.joined(separator: ", ")))")
        let made =
            hasBody
            ? "body.response(.init(code: \(status)))" : "ContractRuntime.APIResponse(status: .init(code: \(status)))"
        guard hasHeaders else { return line("case \(pattern): return \(made)") }
        line("case \(pattern):")
        indented { swift in
            swift.line("var response = \(made)")
            swift.line("headers.add(to: &response)")
            swift.line("return response")
        }
    }

    private mutating func decoding(of output: OutputPlan, _ namespace: String) {
        let type = output.payloadType(in: namespace)
        line(output.status == .default ? "default:" : "case \(output.statusPattern):")
        indented { swift in
            var values: [String] = output.hasFixedStatus ? [] : ["status: response.status.code"]
            if output.contents.isEmpty {
                swift.line("guard response.isWithoutBody(&problems) else { return nil }")
            } else {
                swift.line("guard let body = \(type)(response, &problems) else { return nil }")
                values.append("body")
            }
            if let response = output.payload.response, !response.headers.isEmpty {
                swift.line("guard let headers = \(type).Headers(response, &problems) else { return nil }")
                values.append("headers: headers")
            }
            swift.line("self = .\(output.caseName)" + (values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"))
        }
    }
}

extension OutputPlan {
    /// A pattern that matches the statuses.
    fileprivate var statusPattern: String {
        switch status {
        case .code(let code): "\(code)"
        case .range(let digit): "\(digit)00...\(digit)99"
        case .default: "_"
        }
    }

    /// A status code has precedence over its range, and a range over the default (OpenAPI 3.1 §4.8.16).
    fileprivate var generality: Int {
        switch status {
        case .code: 0
        case .range: 1
        case .default: 2
        }
    }
}

extension Shape {
    /// An expression for `value` as JSON.
    ///
    /// - Parameter direction: whether the body belongs to a request or to a response.
    func jsonBytes(_ value: String, for direction: Member.Direction? = nil) -> String {
        let argument = direction.map { "(for: .\($0))" }
        if case .named = self { return "\(value).jsonBytes\(argument ?? "()")" }
        return "ContractRuntime.JSONWriter.bytes\(argument ?? "") { json in \(jsonEncoding(value)) }"
    }
}
