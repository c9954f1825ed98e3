import OpenAPIDocument
import YAML

/// Turns operations into plans, with their parameters, bodies and responses.
struct OperationPlanner {
    var schemas: SchemaPlanner
    private(set) var security: SecurityPlanner
    private(set) var tags: [TagPlan] = []
    private(set) var responses: [ResponsePlan] = []
    private var typeNames: [String: SourcePosition] = [:]

    init(document: Document, configuration: Configuration) {
        schemas = SchemaPlanner(document: document, configuration: configuration)
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
        let id = operation.id ?? Self.operationID(operation)
        var typeName = schemas.names.namespace(id)
        if Self.reservedNames.contains(typeName) { typeName += "Operation" }
        if let other = typeNames[typeName] {
            _ = schemas.refuse(
                operation.position,
                "this operation and the one at \(other.line(seenFrom: operation.position)) are both \(typeName) in Swift"
            )
        }
        typeNames[typeName] = operation.position
        let path = operation.path.map { pathSegment($0, of: operation, typeName) }
        let parameters = operation.parameters.filter { $0.location != .path }
        var planned = OperationPlan(
            methodName: schemas.names.method(id), typeName: typeName, operationID: id,
            method: operation.method.rawValue, template: item.template, path: path,
            documentation: [operation.summary, operation.description].compactMap { $0?.trimmed }
                .joined(separator: "\n\n"),
            isDeprecated: operation.isDeprecated,
            query: settledNames(parameters.filter { $0.location == .query }.map { plan($0, typeName) }),
            headers: parameters.filter { $0.location == .header }.map { plan($0, typeName) },
            cookies: parameters.filter { $0.location == .cookie }.map { plan($0, typeName) },
            body: operation.requestBody.flatMap { body($0, typeName) },
            outputs: operation.responses.map { output($0.status, $0.response, typeName) })
        // Without a word about responses any status without content is one.
        if planned.outputs.isEmpty { planned.outputs = [output(.default, nil, typeName)] }
        planned.security = security.plan(operation.security)
        planned.servers = operation.servers
        planRefusals(of: &planned, operation)
        planNegotiation(of: &planned, operation)
        return planned
    }

    /// Types that generated code has besides the operations.
    private static let reservedNames: Set<String> = ["API", "Client", "Credentials", "Server"]

    /// A name for an operation without one: `getBooksByNumber` for `GET /books/{number}`.
    private static func operationID(_ operation: Operation) -> String {
        var words = [operation.method.rawValue]
        for segment in operation.path {
            switch segment {
            case .literal(let text): words.append(text)
            case .parameter(let name): words += ["by", name]
            case .composite(let pieces):
                for piece in pieces {
                    switch piece {
                    case .literal(let text): words.append(text)
                    case .parameter(let name): words += ["by", name]
                    }
                }
            }
        }
        return SwiftName.lowerCamelCase(words.joined(separator: " "))
    }

    private mutating func pathSegment(
        _ segment: PathSegment, of operation: Operation, _ typeName: String
    ) -> OperationPlan.PathSegment {
        switch segment {
        case .literal(let text): return .literal(text)
        case .parameter(let name):
            return pathParameter(name, of: operation, typeName).map { .parameter($0) } ?? .literal(name)
        case .composite(let pieces):
            return .composite(
                pieces.map { piece in
                    switch piece {
                    case .literal(let text): return .literal(text)
                    case .parameter(let name):
                        return pathParameter(name, of: operation, typeName).map { .parameter($0) } ?? .literal(name)
                    }
                })
        }
    }

    /// `nil` if the document does not declare it, which has been said.
    private mutating func pathParameter(
        _ name: String, of operation: Operation, _ typeName: String
    ) -> ParameterPlan? {
        operation.parameters.first { $0.location == .path && $0.name == name }.map { plan($0, typeName) }
    }

    mutating func addResponse(_ response: ResponsePlan) { responses.append(response) }
}
