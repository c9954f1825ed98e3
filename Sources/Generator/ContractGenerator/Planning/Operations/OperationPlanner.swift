import ContractDocument
import ContractYAML

/// Plans operations with their parameters, bodies and responses.
struct OperationPlanner {
    var schemas: SchemaPlanner
    private(set) var security: SecurityPlanner
    private(set) var tags: [TagPlan] = []
    private(set) var servers: [ServerPlan] = []
    private(set) var responses: [ResponsePlan] = []
    private(set) var responsesByComponent: [String: ResponsePlan] = [:]
    /// The names of types for components.
    private(set) var responseNames: [String: String] = [:]
    private var names: OperationNames
    /// The IDs of the operations whose bodies are streams.
    private let streams: Set<String>

    init(document: Document, configuration: Configuration) {
        schemas = SchemaPlanner(document: document, configuration: configuration)
        security = SecurityPlanner(document)
        names = OperationNames(document, schemas.names)
        streams = Set(configuration.streams.map(\.text))
    }

    mutating func planOperations() {
        let document = schemas.document
        schemas.add(names.notes)
        claimResponseNames()
        servers = plan(document.servers)
        var operations: [String: [OperationPlan]] = [:]
        for item in document.pathItems {
            for operation in item.operations {
                guard let plan = plan(operation, in: item) else { continue }
                operations[operation.tags.first ?? OperationNames.defaultTag, default: []].append(plan)
            }
        }
        tags = names.tags.compactMap { tag in
            guard let operations = operations[tag.name] else { return nil }
            return TagPlan(
                protocolName: tag.protocolName, argumentName: tag.argumentName, documentation: tag.documentation,
                operations: operations)
        }
        schemas.add(security.notes)
        schemas.addNotesOfTypes()
    }

    private mutating func claimResponseNames() {
        var wanted: [String: NameScope.Wanted] = [:]
        var order: [String] = []
        for (_, response) in schemas.document.pathItems.flatMap(\.operations).flatMap(\.responses) {
            guard let name = response.componentName, wanted[name] == nil else { continue }
            wanted[name] = .upper(name, at: response.position)
            order.append(name)
        }
        var scope = NameScope()
        let names = scope.claim(order.compactMap { wanted[$0] })
        responseNames = Dictionary(zip(order, names)) { first, _ in first }
        schemas.add(scope.notes)
    }

    private mutating func plan(_ operation: Operation, in item: PathItem) -> OperationPlan? {
        guard let name = names[operation] else { return nil }
        let typeName = name.typeName
        schemas.plansRequests = true
        let path = operation.path.map { pathSegment($0, of: operation, typeName) }
        let parameters = operation.parameters.filter { $0.location != .path }
        var body = operation.requestBody.flatMap { self.body($0, typeName) }
        if let id = operation.id, streams.contains(id) { body = streamed(body, of: operation) }
        let query = parameters.filter { $0.location == .query }.map { plan($0, typeName) }
        let headers = parameters.filter { $0.location == .header }.map { plan($0, typeName) }
        let cookies = parameters.filter { $0.location == .cookie }.map { plan($0, typeName) }
        schemas.plansRequests = false
        var planned = OperationPlan(
            methodName: SwiftName.escaped(name.methodName), typeName: typeName, operationID: name.id,
            method: operation.method.name, template: item.template, path: path,
            documentation: [operation.summary, operation.description].compactMap { $0?.trimmed }
                .joined(separator: "\n\n"),
            isDeprecated: operation.isDeprecated,
            query: settledNames(named(query)), headers: named(headers), cookies: named(cookies), body: body,
            outputs: operation.responses.map { output($0.status, $0.response, typeName) })
        planned.pathParameters = named(planned.pathParameters)
        // Without declared responses, any status without content is possible.
        if planned.outputs.isEmpty { planned.outputs = [output(.default, nil, typeName)] }
        planned.security = security.plan(operation.security)
        planned.servers = plan(operation.servers)
        planRefusals(of: &planned, operation)
        planNegotiation(of: &planned, operation)
        return planned
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

    /// The parameter of a path segment; `nil` if the document does not declare it. The document's parser has already
    /// added an error.
    private mutating func pathParameter(
        _ name: String, of operation: Operation, _ typeName: String
    ) -> ParameterPlan? {
        operation.parameters.first { $0.location == .path && $0.name == name }.map { plan($0, typeName) }
    }

    mutating func add(_ response: ResponsePlan, of component: String) {
        responses.append(response)
        responsesByComponent[component] = response
    }
}
