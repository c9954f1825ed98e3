// Request bodies: the code that decodes them by content type, and encodes them.

extension OperationPlan.Body {
    /// The type of the body: the type of its only form, or an enumeration with a case for each form.
    func swiftType(in namespace: String) -> String {
        contents.count == 1 ? contents[0].swiftType(in: namespace) : "\(namespace).Body"
    }
}

extension BodyPlan {
    func swiftType(in namespace: String) -> String {
        switch kind {
        case .json(let shape), .text(let shape), .form(let shape, _, _): shape.swiftType
        case .bytes: "[UInt8]"
        case .multipart(let plan): "\(namespace).\(plan.typeName)"
        case .freeMultipart: "ContractRuntime.MultipartForm"
        case .byteStream: "ContractRuntime.ByteStream"
        case .multipartStream: "ContractRuntime.MultipartStream"
        }
    }

    fileprivate var encoding: (_ value: String) -> String {
        { value in
            switch kind {
            case .json(let shape):
                let type = sentType
                let contentType = type == "application/json" ? "" : ", contentType: \(type.literal)"
                return "request.setJSONBody(\(shape.jsonBytes(value, for: .request))\(contentType))"
            case .text(let shape):
                return
                    "request.setBody(Array(\(shape.textEncoding(value)).utf8), contentType: \(sentType.literal))"
            case .bytes, .byteStream: return "request.setBody(\(value), contentType: \(sentType.literal))"
            case .form(let shape, _, let places):
                return
                    "request.setFormBody(\(shape.jsonBytes(value, for: .request)), \(places.swift))"
            case .multipart: return "request.setMultipartBody(\(value).multipartForm())"
            case .freeMultipart, .multipartStream: return "request.setMultipartBody(\(value))"
            }
        }
    }
}

extension MediaTypeName {
    /// The media type that a client sends. For a range, it is one type of the range; texts are in UTF-8.
    var sent: String {
        switch essence {
        case "*/*": "application/json"
        case _ where essence.hasSuffix("/*"): isText ? "text/plain; charset=utf-8" : "application/octet-stream"
        case _ where isText && essence != "text/event-stream": "\(essence); charset=utf-8"
        default: essence
        }
    }
}

extension SwiftWriter {
    /// Declares the types that an operation's body needs, in addition to those of schemas.
    mutating func bodyTypes(of operation: OperationPlan) {
        guard let body = operation.body else { return }
        if body.contents.count > 1 {
            line()
            documentation("The body, by its media type.")
            block("\(access) enum Body: Sendable, Hashable") { swift in
                for content in body.contents {
                    swift.line("case \(content.caseName)(\(content.swiftType(in: operation.typeName)))")
                }
            }
        }
        for case .multipart(let plan) in body.contents.map(\.kind) {
            line()
            multipartType(plan)
        }
    }

    mutating func encoding(of body: OperationPlan.Body) {
        if body.contents.count == 1 {
            let statement = body.contents[0].encoding("body")
            return line(body.isRequired ? statement : "if let body { \(statement) }")
        }
        line("switch body {")
        for content in body.contents {
            let pattern = ".\(content.caseName)(let body)\(body.isRequired ? "" : "?")"
            line("case \(pattern): \(content.encoding("body"))")
        }
        if !body.isRequired { line("case nil: break") }
        line("}")
    }

    mutating func decoding(of body: OperationPlan.Body, in namespace: String) {
        let required = "required: \(body.isRequired)"
        if body.contents.count == 1, case .json(let shape) = body.contents[0].kind {
            return jsonClosure(
                "let body: \(shape.swiftType)? = request.decodeJSONBody(\(required), problems: &problems)", shape)
        }
        let types = body.contents.map(\.typeName.literal).joined(separator: ", ")
        let isChoice = body.contents.count > 1
        line("let body: \(body.swiftType(in: namespace))?")
        line("switch request.bodyType(among: [\(types)], \(required), &problems) {")
        for (index, content) in body.contents.enumerated() {
            line("case \(index):")
            indented { swift in swift.decoding(of: content, isChoice: isChoice, in: namespace) }
        }
        line("default: body = nil")
        line("}")
    }

    private mutating func decoding(of content: BodyPlan, isChoice: Bool, in namespace: String) {
        let type = content.swiftType(in: namespace)
        let variable = isChoice ? "let content: \(type)?" : "body"
        switch content.kind {
        case .json(let shape):
            jsonClosure("\(variable) = request.decodeJSONBody(required: true, problems: &problems)", shape)
        case .text(let shape):
            block("\(variable) = request.decodeTextBody(&problems)") { swift in
                swift.line("text, problems in \(shape.textDecoding())")
            }
        case .bytes: line("\(variable) = request.body")
        case .form(let shape, let form, let places):
            jsonClosure(
                "\(variable) = request.decodeFormBody(\(form.swift), \(places.swift), &problems)", shape)
        case .multipart:
            line("\(variable) = request.decodeMultipartBody(&problems) { \(type)($0, &$1) }")
        case .freeMultipart:
            line("\(variable) = request.decodeMultipartBody(&problems) { form, _ in form }")
        case .byteStream: line("\(variable) = request.streamedBody")
        case .multipartStream: line("\(variable) = request.multipartStream(&problems)")
        }
        if isChoice { line("body = content.map { .\(content.caseName)($0) }") }
    }
}
