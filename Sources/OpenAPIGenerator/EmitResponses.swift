// Responses: their bodies and headers, written by a server and read by a client or a test.

extension Plan {
    /// `Responses.swift`: what several operations share.
    func sharedResponses() -> String {
        SwiftWriter.file(of: title, publicIf: SwiftWriter.publicTypes) { swift in emitResponses(&swift) }
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
    var swiftType: String {
        switch kind {
        case .json(let shape), .text(let shape): shape.swiftType
        case .bytes: "ByteStream"
        case .events(let shape): "EventStream<\(shape?.swiftType ?? "String")>"
        }
    }

    /// Whether it is read as it comes.
    var isStreamed: Bool {
        switch kind {
        case .bytes, .events: true
        case .json, .text: false
        }
    }

    /// An expression of the response that has it as `body`.
    fileprivate var response: String {
        let type = MediaTypeName(mediaType).sent.literal
        switch kind {
        case .json(let shape):
            return "APIResponse(status: status, contentType: \(type), body: \(shape.jsonBytes("body", for: .response)))"
        case .text(let shape):
            return "APIResponse(status: status, contentType: \(type), body: Array(\(shape.textEncoding("body")).utf8))"
        case .bytes:
            let sent = generality == 0 ? type : "body.contentType ?? \(type)"
            return "APIResponse(status: status, contentType: \(sent), stream: body)"
        case .events(let shape):
            let text =
                shape.map { "String(decoding: \($0.jsonBytes("value", for: .response)), as: UTF8.self)" } ?? "value"
            return "APIResponse(status: status, contentType: \(type), stream: body.bytes { value in \(text) })"
        }
    }

    /// A pattern of the media types that it has.
    fileprivate var pattern: String {
        let essence = MediaTypeName(mediaType).essence
        guard essence.hasSuffix("/*") else { return essence.literal }
        return essence == "*/*" ? "_" : "let type where type.hasPrefix(\(essence.dropLast().description.literal))"
    }

    /// How many media types it has: one, those of a type, all.
    fileprivate var generality: Int {
        let essence = MediaTypeName(mediaType).essence
        return essence == "*/*" ? 2 : essence.hasSuffix("/*") ? 1 : 0
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
        var values: [String] = []
        if !hasFixedStatus { values.append("status: Int") }
        if let response = payload.response {
            if !response.contents.isEmpty { values.append(payloadType()) }
            if !response.headers.isEmpty { values.append("headers: \(payloadType()).Headers") }
        }
        return values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
    }

    /// Whether it is a response of one status.
    var hasFixedStatus: Bool {
        if case .code = status { true } else { false }
    }
}

extension SwiftWriter {
    /// Types of the runtime that inputs and outputs have.
    static let publicTypes = [
        "AcceptedMediaTypes", "ByteStream", "EventStream", "JSONValue", "MultipartFile", "OpenAPIRuntime.",
        "OrderedDictionary",
    ]

    /// The payload's type: a case for each media type, and a struct for headers.
    mutating func responsePayload(_ response: ResponsePlan) {
        documentation(response.documentation)
        block("public enum \(response.typeName): Sendable, Hashable") { swift in
            for content in response.contents { swift.line("case \(content.caseName)(\(content.swiftType))") }
            if response.contents.count > 1 {
                swift.line()
                swift.documentation("What there is to choose from, by what a request accepts.")
                swift.block("public enum MediaType: String, Sendable, CaseIterable") { swift in
                    for content in response.contents {
                        swift.line("case \(content.caseName) = \(MediaTypeName(content.mediaType).essence.literal)")
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
                swift.block("func response(_ status: HTTPResponse.Status) -> APIResponse") { swift in
                    swift.line("switch self {")
                    for content in response.contents {
                        swift.line("case .\(content.caseName)(let body):")
                        swift.indented { $0.line(content.response) }
                    }
                    swift.line("}")
                }
                swift.line()
                swift.block("init?(_ response: APIResponse, _ problems: inout ValidationProblems)") { swift in
                    swift.line("switch response.mediaType {")
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
                    swift.line("text, problems in \(shape.textDecoding)")
                }
            case .bytes:
                return swift.line("self = .\(name)(response.byteStream)")
            case .events(nil):
                return swift.line("self = .\(name)(EventStream(response.byteStream) { text, _ in text })")
            case .events(let shape?):
                swift.line("self = .\(name)(")
                swift.indented { swift in
                    swift.block("EventStream(response.byteStream)", footer: ")") { swift in
                        swift.line("text, problems in")
                        swift.jsonClosure("decodeJSON(text, &problems)", shape)
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
            swift.block("public func response() -> APIResponse") { swift in
                swift.line("switch self {")
                for output in operation.outputs { swift.encoding(of: output) }
                swift.line("}")
            }
            swift.line()
            swift.documentation("Reads and validates a response; `nil` after having added at least one problem.")
            swift.block("public init?(_ response: APIResponse, _ problems: inout ValidationProblems)") { swift in
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
        let made = hasBody ? "body.response(.init(code: \(status)))" : "APIResponse(status: .init(code: \(status)))"
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
    /// The statuses, as a pattern.
    fileprivate var statusPattern: String {
        switch status {
        case .code(let code): "\(code)"
        case .range(let digit): "\(digit)00...\(digit)99"
        case .default: "_"
        }
    }

    /// Codes are looked at before ranges, and those before the default (OpenAPI 3.1 §4.8.16).
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
    /// - Parameter direction: where the body goes that it is in.
    func jsonBytes(_ value: String, for direction: Member.Direction? = nil) -> String {
        let argument = direction.map { "(for: .\($0))" }
        if case .named = self { return "\(value).jsonBytes\(argument ?? "()")" }
        return "JSONWriter.bytes\(argument ?? "") { json in \(jsonEncoding(value)) }"
    }
}
