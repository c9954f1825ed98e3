import OpenAPIDocument
import YAML

/// Turns operations into plans, with their parameters, bodies and responses.
struct OperationPlanner {
    var schemas: SchemaPlanner
    private(set) var security: SecurityPlanner
    private(set) var tags: [TagPlan] = []
    private(set) var responses: [ResponsePlan] = []
    private var typeNames: [String: SourcePosition] = [:]

    init(document: Document) {
        schemas = SchemaPlanner(document: document)
        security = SecurityPlanner(document)
    }

    mutating func planOperations() {
        let document = schemas.document
        for tag in document.tags { addTag(tag.name, tag.description) }
        for item in document.pathItems {
            for operation in item.operations {
                let tag = operation.tags.first ?? "Operations"
                addTag(tag, nil)
                guard let index = tags.firstIndex(where: { $0.protocolName == Self.protocolName(tag) }) else {
                    continue
                }
                if let plan = plan(operation, in: item) { tags[index].operations.append(plan) }
            }
        }
        tags.removeAll { $0.operations.isEmpty }
    }

    private static func protocolName(_ tag: String) -> String { SwiftName.upperCamelCase(tag) + "API" }

    private mutating func addTag(_ name: String, _ description: String?) {
        let protocolName = Self.protocolName(name)
        guard !tags.contains(where: { $0.protocolName == protocolName }) else { return }
        tags.append(
            TagPlan(
                protocolName: protocolName, argumentName: SwiftName.lowerCamelCase(name), documentation: description,
                operations: []))
    }

    private mutating func plan(_ operation: Operation, in item: PathItem) -> OperationPlan? {
        guard let id = operation.id else {
            _ = schemas.refuse(operation.position, "an operation without 'operationId' is not supported yet")
            return nil
        }
        let typeName = SwiftName.upperCamelCase(id)
        if let other = typeNames[typeName] {
            _ = schemas.refuse(
                operation.position,
                "this operation and the one at \(other.line(seenFrom: operation.position)) are both \(typeName) in Swift"
            )
        }
        typeNames[typeName] = operation.position
        let path = operation.path.compactMap { pathSegment($0, of: operation, typeName) }
        let parameters = operation.parameters.filter { $0.location != .path }
        var planned = OperationPlan(
            methodName: SwiftName.lowerCamelCase(id), typeName: typeName, operationID: id,
            method: operation.method.rawValue, template: item.template, path: path,
            documentation: [operation.summary, operation.description].compactMap { $0?.trimmed }
                .joined(separator: "\n\n"),
            isDeprecated: operation.isDeprecated,
            query: parameters.filter { $0.location == .query }.map { plan($0, typeName) },
            headers: parameters.filter { $0.location != .query }.map { plan($0, typeName) },
            body: operation.requestBody.flatMap { body($0, typeName) },
            outputs: operation.responses.compactMap { output($0.status, $0.response, typeName) })
        planned.security = security.plan(operation.security)
        planRefusals(of: &planned, operation)
        return planned
    }

    // MARK: Parameters

    private mutating func pathSegment(
        _ segment: PathSegment, of operation: Operation, _ typeName: String
    ) -> OperationPlan.PathSegment? {
        switch segment {
        case .literal(let text): return .literal(text)
        case .parameter(let name):
            guard let parameter = operation.parameters.first(where: { $0.location == .path && $0.name == name }) else {
                return nil
            }
            return .parameter(plan(parameter, typeName))
        }
    }

    private mutating func plan(_ parameter: Parameter, _ typeName: String) -> ParameterPlan {
        let place = parameter.location.rawValue
        let usual = parameter.location == .query ? "form" : "simple"
        if parameter.location == .cookie {
            _ = schemas.refuse(parameter.position, "parameters in cookies are not supported yet")
        }
        if let style = parameter.style, style != usual {
            _ = schemas.refuse(
                parameter.position, "the style '\(style)' of parameters in \(place) is not supported yet")
        }
        guard let schema = parameter.schema else {
            _ = schemas.refuse(parameter.position, "a parameter without 'schema' is not supported yet")
            return ParameterPlan(
                member: Member(
                    name: parameter.name, swiftName: SwiftName.lowerCamelCase(parameter.name), documentation: nil,
                    isDeprecated: false, shape: .any, isRequired: true), explode: false)
        }
        let member = schemas.member(
            parameter.name, schema, typeName: typeName + SwiftName.upperCamelCase(parameter.name),
            isRequired: parameter.isRequired || parameter.location == .path, description: parameter.description)
        let isArray = if case .array(let element, _, _, _) = member.shape { isScalar(element) } else { false }
        if !isScalar(member.shape), !(isArray && parameter.location == .query) {
            _ = schemas.refuse(parameter.position, "a parameter in \(place) of this type is not supported yet")
        }
        return ParameterPlan(member: member, explode: parameter.explode ?? true)
    }

    private func isScalar(_ shape: Shape) -> Bool {
        switch shape {
        case .boolean, .integer, .number, .string, .constant: return true
        case .nullable(let wrapped), .validated(let wrapped, _): return isScalar(wrapped)
        case .named(let name):
            guard let type = schemas.types.first(where: { $0.name == name }) else { return false }
            switch type.definition {
            case .enumeration, .integerEnumeration: return true
            case .structure, .union, .wrapper: return false
            }
        case .any, .array, .map: return false
        }
    }

    // MARK: Bodies and responses

    private mutating func body(_ body: RequestBody, _ typeName: String) -> OperationPlan.Body? {
        guard let media = body.content.first else { return nil }
        for other in body.content.dropFirst() {
            _ = schemas.refuse(other.position, "a request body of several media types is not supported yet")
        }
        guard media.name == "application/json" else {
            _ = schemas.refuse(media.position, "a request body of the media type '\(media.name)' is not supported yet")
            return nil
        }
        let shape = media.schema.map { schemas.shape(of: $0, named: typeName + "Body") } ?? .any
        return OperationPlan.Body(shape: shape, isRequired: body.isRequired, documentation: body.description)
    }

    private mutating func output(_ status: ResponseStatus, _ response: Response, _ typeName: String) -> OutputPlan? {
        guard case .code(let code) = status else {
            _ = schemas.refuse(
                response.position, "the responses 'default' and those of status ranges are not supported yet")
            return nil
        }
        let caseName = SwiftName.statusCase(code)
        return OutputPlan(
            status: code, caseName: caseName, documentation: response.description,
            payload: payload(response, SwiftName.upperCamelCase(caseName), typeName))
    }

    private mutating func payload(_ response: Response, _ name: String, _ typeName: String) -> OutputPlan.Payload {
        guard !response.content.isEmpty || !response.headers.isEmpty else { return .none }
        let typeName = response.componentName.map(SwiftName.upperCamelCase) ?? name
        if response.componentName != nil, let shared = responses.first(where: { $0.typeName == typeName }) {
            return .shared(shared)
        }
        let plan = ResponsePlan(
            typeName: typeName, documentation: response.description,
            contents: response.content.compactMap { content($0, typeName) },
            headers: response.headers.compactMap { header($0, typeName) })
        guard response.componentName != nil else { return .own(plan) }
        responses.append(plan)
        return .shared(plan)
    }

    private mutating func header(_ header: Header, _ typeName: String) -> Member? {
        guard let schema = header.schema else {
            _ = schemas.refuse(header.position, "a header without 'schema' is not supported yet")
            return nil
        }
        let member = schemas.member(
            header.name, schema, typeName: typeName + SwiftName.upperCamelCase(header.name),
            isRequired: header.isRequired, description: header.description)
        if !isScalar(member.shape) {
            _ = schemas.refuse(header.position, "a header of this type is not supported yet")
        }
        return member
    }

    private mutating func content(_ media: MediaType, _ typeName: String) -> ResponsePlan.Content? {
        switch media.name {
        case "application/json":
            return .json(media.schema.map { schemas.shape(of: $0, named: typeName + "Body") } ?? .any)
        case "text/plain":
            if let schema = media.schema {
                guard case .string(StringConstraints()) = schemas.shape(of: schema, named: typeName + "Text") else {
                    _ = schemas.refuse(
                        media.position, "text of another schema than 'type: string' is not supported yet")
                    return nil
                }
            }
            return .plainText
        default:
            _ = schemas.refuse(media.position, "a response of the media type '\(media.name)' is not supported yet")
            return nil
        }
    }
}
