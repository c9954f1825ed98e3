// The bodies of requests: read by their content type, and written.

extension OperationPlan.Body {
    /// The body's type: that of its one form, or an enumeration with a case for each.
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
        }
    }

    fileprivate var encoding: (_ value: String) -> String {
        { value in
            switch kind {
            case .json(let shape):
                let type = MediaTypeName(mediaType).sent
                let contentType = type == "application/json" ? "" : ", contentType: \(type.literal)"
                return "request.setJSONBody(\(shape.jsonBytes(value, for: .request))\(contentType))"
            case .text(let shape):
                return
                    "request.setBody(Array(\(shape.textEncoding(value)).utf8), contentType: \(MediaTypeName(mediaType).sent.literal))"
            case .bytes: return "request.setBody(\(value), contentType: \(MediaTypeName(mediaType).sent.literal))"
            case .form(let shape, _, let places):
                return
                    "request.setFormBody(\(shape.jsonBytes(value, for: .request)), [\(places.joined(separator: ", "))])"
            case .multipart: return "request.setMultipartBody(\(value).multipartForm())"
            }
        }
    }
}

extension MediaTypeName {
    /// As it is sent: a range is none that could be, and text is in UTF-8.
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
    /// Types that an operation's body needs besides those of schemas.
    mutating func bodyTypes(of operation: OperationPlan) {
        guard let body = operation.body else { return }
        if body.contents.count > 1 {
            line()
            documentation("The body, by its media type.")
            block("public enum Body: Sendable, Hashable") { swift in
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
        let types = body.contents.map { MediaTypeName($0.mediaType).essence.literal }.joined(separator: ", ")
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
                swift.line("text, problems in \(shape.textDecoding)")
            }
        case .bytes: line("\(variable) = request.body")
        case .form(let shape, let form, let places):
            jsonClosure(
                "\(variable) = request.decodeFormBody(\(form), [\(places.joined(separator: ", "))], &problems)", shape)
        case .multipart:
            line("\(variable) = request.decodeMultipartBody(&problems) { \(type)($0, &$1) }")
        }
        if isChoice { line("body = content.map { .\(content.caseName)($0) }") }
    }
}
