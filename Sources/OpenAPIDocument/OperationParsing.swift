import YAML

extension DocumentParser {
    mutating func pathItems(_ node: YAMLNode?) -> [PathItem] {
        guard let node, let fields = fields(node, "'paths'", known: nil) else { return [] }
        var items: [PathItem] = []
        var seen: [[PathSegment]: String] = [:]
        for (template, key, value) in fields.members where !template.hasPrefix("x-") {
            guard template.hasPrefix("/") else {
                error("a path begins with '/'", at: key.position)
                continue
            }
            let path = segments(of: template, at: key.position)
            let shape = path.map(\.withoutNames)
            if let other = seen.updateValue(template, forKey: shape) {
                error("the path matches the same requests as '\(other)'", at: key.position)
            }
            items.append(pathItem(template, path, key, value))
        }
        return items
    }

    private mutating func pathItem(
        _ template: String, _ path: [PathSegment], _ key: YAMLNode, _ value: YAMLNode
    ) -> PathItem {
        var item = PathItem(template: template, operations: [], position: key.position)
        let methods = Set(Operation.Method.allCases.map(\.rawValue))
        let known = methods.union(["$ref", "summary", "description", "servers", "parameters"])
        guard let (value, _) = resolve(value, "pathItems"), let fields = fields(value, "a path item", known: known)
        else {
            return item
        }
        let shared = parameters(fields["parameters"])
        let servers = servers(fields["servers"])
        for (name, key, value) in fields.members {
            guard let method = Operation.Method(rawValue: name) else { continue }
            guard var operation = operation(method, path, shared, key, value) else { continue }
            if operation.servers.isEmpty { operation.servers = servers }
            item.operations.append(operation)
        }
        return item
    }

    private mutating func operation(
        _ method: Operation.Method, _ path: [PathSegment], _ shared: [Parameter], _ key: YAMLNode, _ value: YAMLNode
    ) -> Operation? {
        let known: Set<String> = [
            "tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody", "responses",
            "callbacks", "deprecated", "security", "servers",
        ]
        guard let fields = fields(value, "an operation", known: known) else { return nil }
        let id = string(fields["operationId"])
        if let id, let node = fields["operationId"], let other = operationIDs.updateValue(node.position, forKey: id) {
            error(
                "the operationId '\(id)' is that of the operation at \(other.line(seenFrom: node.position)) already",
                at: node.position)
        }
        let own = parameters(fields["parameters"])
        let inherited = shared.filter { parameter in
            !own.contains { $0.name == parameter.name && $0.location == parameter.location }
        }
        if let node = fields["callbacks"] {
            note("nothing is generated of callbacks, which are requests that a service makes", at: node.position)
        }
        let operation = Operation(
            id: id, method: method, path: path, summary: string(fields["summary"]),
            description: string(fields["description"]), tags: strings(fields["tags"]),
            isDeprecated: bool(fields["deprecated"]) ?? false, parameters: inherited + own,
            requestBody: fields["requestBody"].flatMap { requestBody($0) }, responses: responses(fields, key),
            security: securityRequirements(fields["security"]) ?? security, servers: servers(fields["servers"]),
            position: key.position)
        checkPathParameters(of: operation)
        return operation
    }

    // MARK: Responses

    private mutating func responses(
        _ operation: Fields, _ key: YAMLNode
    ) -> [(status: ResponseStatus, response: Response)] {
        guard let node = operation["responses"] else {
            // OpenAPI 3.1 takes it that there is a response.
            if version == .v3_0 { error("an operation lacks 'responses'", at: key.position) }
            return []
        }
        guard let fields = fields(node, "'responses'", known: nil) else { return [] }
        return fields.members.compactMap { name, key, value in
            if name.hasPrefix("x-") { return nil }
            guard let status = ResponseStatus(name) else {
                error(
                    "'\(name)' is no status: a code such as '404', a range such as '4XX', or 'default'",
                    at: key.position)
                return nil
            }
            return response(value).map { (status, $0) }
        }
    }

    private mutating func response(_ node: YAMLNode) -> Response? {
        guard let (node, name) = resolve(node, "responses"),
            let fields = fields(node, "a response", known: ["description", "headers", "content", "links"])
        else { return nil }
        if fields["description"] == nil { error("a response lacks 'description'", at: node.position) }
        return Response(
            componentName: name, description: string(fields["description"]), headers: headers(fields["headers"]),
            content: mediaTypes(fields["content"]), position: node.position)
    }

    private mutating func headers(_ node: YAMLNode?) -> [Header] {
        guard let node, let fields = fields(node, "'headers'", known: nil) else { return [] }
        let known: Set<String> = [
            "description", "required", "deprecated", "allowEmptyValue", "style", "explode", "allowReserved", "schema",
            "example", "examples", "content",
        ]
        return fields.members.compactMap { name, key, value in
            // A header of this name is ignored, as the content says it (OpenAPI 3.1 §4.8.17).
            if name.lowercased() == "content-type" { return nil }
            guard let (value, _) = resolve(value, "headers"), let fields = self.fields(value, "a header", known: known)
            else { return nil }
            return Header(
                name: name, description: string(fields["description"]), isRequired: bool(fields["required"]) ?? false,
                isDeprecated: bool(fields["deprecated"]) ?? false, schema: fields["schema"].flatMap { schema($0) },
                content: mediaTypes(fields["content"]), explode: bool(fields["explode"]) ?? false,
                position: key.position)
        }
    }
}

extension ResponseStatus {
    fileprivate init?(_ text: String) {
        if text == "default" {
            self = .default
        } else if text.utf8.count == 3, let code = Int(text), (100...599).contains(code) {
            self = .code(code)
        } else if text.hasSuffix("XX"), let digit = Int(text.dropLast(2)), (1...5).contains(digit) {
            self = .range(digit)
        } else {
            return nil
        }
    }
}
