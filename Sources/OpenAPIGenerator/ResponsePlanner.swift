import OpenAPIDocument

// The responses of operations.

extension OperationPlanner {
    /// - Parameter response: `nil` for one of which nothing is said.
    mutating func output(_ status: ResponseStatus, _ response: Response?, _ typeName: String) -> OutputPlan {
        let caseName =
            switch status {
            case .code(let code): SwiftName.statusCase(code)
            case .range(let digit): SwiftName.statusRangeCase(digit)
            case .default: "`default`"
            }
        return OutputPlan(
            status: status, caseName: caseName, documentation: response?.description,
            payload: response.map { payload($0, Self.payloadName(status, caseName), typeName) } ?? .none)
    }

    /// The name of a payload's type. `ClientError` is one of the runtime's.
    private static func payloadName(_ status: ResponseStatus, _ caseName: String) -> String {
        let name = SwiftName.upperCamelCase(caseName)
        return if case .range = status { name + "Response" } else { name }
    }

    private mutating func payload(_ response: Response, _ name: String, _ typeName: String) -> OutputPlan.Payload {
        guard !response.content.isEmpty || !response.headers.isEmpty else { return .none }
        let own = response.componentName.map(SwiftName.upperCamelCase) ?? name
        if response.componentName != nil, let shared = responses.first(where: { $0.typeName == own }) {
            return .shared(shared)
        }
        // Types that have no names of their own are named after the operation as well, if the response is its own.
        let prefix = response.componentName == nil ? typeName + own : own
        let plan = ResponsePlan(
            typeName: own, documentation: response.description, contents: contents(response, prefix),
            headers: response.headers.compactMap { header($0, prefix) })
        guard response.componentName != nil else { return .own(plan) }
        addResponse(plan)
        return .shared(plan)
    }

    // MARK: Headers

    private mutating func header(_ header: Header, _ typeName: String) -> ResponsePlan.Header? {
        guard let schema = header.schema ?? header.content.first?.schema else {
            _ = schemas.refuse(header.position, "a header has either 'schema' or 'content'")
            return nil
        }
        var member = schemas.member(
            header.name, schema, typeName: typeName + SwiftName.upperCamelCase(header.name),
            isRequired: header.isRequired, description: header.description)
        if header.isDeprecated { member.isDeprecated = true }
        if let media = header.content.first {
            if header.content.count > 1 || !MediaTypeName(media.name).isJSON {
                _ = schemas.refuse(media.position, "the 'content' of a header is one media type, of JSON")
            }
            return ResponsePlan.Header(member: member, explode: false, reading: .json)
        }
        if isScalar(member.shape) { return ResponsePlan.Header(member: member, explode: false, reading: .text) }
        guard let form = textForm(of: member.shape), form.depth <= 1 else {
            _ = schemas.refuse(
                header.position, "the elements and members of a header are scalars; 'content' can have more")
            return nil
        }
        return ResponsePlan.Header(member: member, explode: header.explode, reading: .form(form.expression))
    }

    // MARK: Bodies

    private mutating func contents(_ response: Response, _ typeName: String) -> [ResponsePlan.Content] {
        var contents: [ResponsePlan.Content] = []
        for media in response.content {
            let type = MediaTypeName(media.name)
            let name = response.content.count == 1 ? "Body" : SwiftName.upperCamelCase(type.caseName) + "Body"
            guard let kind = contentKind(media, type, typeName + name) else { continue }
            var caseName = type.caseName
            while contents.contains(where: { $0.caseName == caseName }) { caseName += "_" }
            contents.append(ResponsePlan.Content(mediaType: media.name, caseName: caseName, kind: kind))
        }
        return contents
    }

    private mutating func contentKind(
        _ media: MediaType, _ type: MediaTypeName, _ name: String
    ) -> ResponsePlan.Content.Kind? {
        if type.essence == "text/event-stream" {
            guard let schema = media.schema else { return .events(nil) }
            let shape = schemas.shape(of: schema, named: name)
            return .events(shape == .plainString ? nil : shape)
        }
        if type.isJSON, !(type.essence == "*/*" && isBinary(media.schema)) {
            return .json(media.schema.map { schemas.shape(of: $0, named: name) } ?? .any)
        }
        if type.isText { return textShape(media, name).map { .text($0) } }
        checkBytes(media)
        return .bytes
    }
}
