import ContractDocument

// The responses of operations.

extension OperationPlanner {
    /// Plans the output for a status.
    ///
    /// - Parameter response: `nil` if the document declares none.
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

    /// The name of a payload's type. It avoids `ClientError`, which is a type of the runtime.
    private static func payloadName(_ status: ResponseStatus, _ caseName: String) -> String {
        let name = SwiftName.upperCamelCase(caseName)
        return if case .range = status { name + "Response" } else { name }
    }

    private mutating func payload(_ response: Response, _ name: String, _ typeName: String) -> OutputPlan.Payload {
        guard !response.content.isEmpty || !response.headers.isEmpty else { return .none }
        if let component = response.componentName, let shared = responsesByComponent[component] {
            return .shared(shared)
        }
        let own = response.componentName.flatMap { responseNames[$0] } ?? name
        // If the response is not a component, the names of its types begin with the operation's name.
        let prefix = response.componentName == nil ? typeName + own : own
        var headers = response.headers.compactMap { header($0, prefix) }
        var members = headers.map(\.member)
        schemas.add(members.claimNames())
        for index in headers.indices { headers[index].member = members[index] }
        let plan = ResponsePlan(
            typeName: own, documentation: response.description, contents: contents(response, prefix), headers: headers)
        guard let component = response.componentName else { return .own(plan) }
        add(plan, of: component)
        return .shared(plan)
    }

    // MARK: Headers

    private mutating func header(_ header: Header, _ typeName: String) -> ResponsePlan.Header? {
        guard let schema = header.schema ?? header.content.first?.schema else {
            _ = schemas.refuse(header.position, "a header has either 'schema' or 'content'")
            return nil
        }
        var member = schemas.member(
            header.name, schema, position: header.position, typeName: TypeNaming(typeName, header.name),
            isRequired: header.isRequired, description: header.description)
        if header.isDeprecated { member.isDeprecated = true }
        if header.content.isEmpty { member.shape = member.shape.ofText }
        if let media = header.content.first {
            if MediaTypeName(media.name).isJSON {
                return ResponsePlan.Header(member: member, explode: false, reading: .json)
            }
            member.shape = text(member.shape, media)
            return ResponsePlan.Header(member: member, explode: false, reading: .text)
        }
        if isScalar(member.shape) { return ResponsePlan.Header(member: member, explode: false, reading: .text) }
        let form = textForm(of: member.shape)
        guard form.depth <= 1, !form.hasJSON else {
            _ = schemas.refuse(
                header.position, "the elements and members of a header are scalars; 'content' can have more")
            return nil
        }
        return ResponsePlan.Header(member: member, explode: header.explode, reading: .form(form.form))
    }

    /// The type of a header or of a parameter whose media type is not JSON: a scalar in the form of a text.
    mutating func text(_ shape: Shape, _ media: MediaType) -> Shape {
        if case .any = shape { return .plainString }
        if isScalar(shape.ofText) { return shape.ofText }
        schemas.warn(media.position, .unvalidated, Self.noScalar)
        return .plainString
    }

    // MARK: Bodies

    private mutating func contents(_ response: Response, _ typeName: String) -> [ResponsePlan.Content] {
        var contents: [ResponsePlan.Content] = []
        var scope = NameScope()
        let content = distinct(response.content)
        let names = scope.claim(content.map(\.wantedName))
        schemas.add(scope.notes)
        for (media, name) in zip(content, names) {
            let part = content.count == 1 ? "body" : name + " body"
            guard let kind = contentKind(media, MediaTypeName(media.name), TypeNaming(typeName, part)) else { continue }
            contents.append(
                ResponsePlan.Content(
                    mediaType: media.name, needsParameters: media.hasTwin(in: content),
                    caseName: SwiftName.escaped(name), kind: kind))
        }
        return contents
    }

    /// The schema of the data of events, taken from the schema of whole events (OpenAPI 3.2 §4.14.4.1).
    private mutating func eventData(_ media: MediaType) -> Schema? {
        guard let item = media.itemSchema else { return nil }
        let event = schemas.merged(item)
        guard event.failure == nil, let data = event.content.properties["data"] else {
            schemas.warn(
                item.position, .unvalidated, "an event without a property 'data' is given with its data as text")
            return nil
        }
        let content = schemas.merged(data).content
        return content.contentSchema ?? data
    }

    private mutating func contentKind(
        _ media: MediaType, _ type: MediaTypeName, _ name: TypeNaming
    ) -> ResponsePlan.Content.Kind? {
        if type.essence == "text/event-stream" {
            guard let schema = media.schema ?? eventData(media) else { return .events(nil) }
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
