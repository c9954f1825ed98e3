import ContractYAML
import Diagnostics

extension DocumentParser {
    mutating func pathItems(_ node: YAMLNode?) -> [PathItem] {
        guard let node, let fields = fields(node, "'paths'", known: nil) else { return [] }
        var items: [PathItem] = []
        var seen: [[PathSegment]: String] = [:]
        for (template, key, value) in fields.members where !template.hasPrefix("x-") {
            let own = labels(of: value, template)
            labels += own
            if !own.isEmpty, own.allSatisfy(omissions.omitsOperation) {
                omittedPlaces.insert(value.position)
                continue
            }
            guard template.hasPrefix("/") else {
                error("a path begins with '/'", at: key.position)
                continue
            }
            let path = segments(of: template, at: key.position)
            let shape = path.map(\.withoutNames)
            if let other = seen.updateValue(template, forKey: shape) {
                twinPaths.append(
                    Diagnostic(.error, "the path matches the same requests as '\(other)'", at: key.position))
            }
            items.append(pathItem(template, path, key, value))
        }
        return items
    }

    private mutating func pathItem(
        _ template: String, _ path: [PathSegment], _ key: YAMLNode, _ value: YAMLNode
    ) -> PathItem {
        var item = PathItem(template: template, operations: [], position: key.position)
        let known = Operation.Method.members.union([
            "$ref", "summary", "description", "servers", "parameters", "query", "additionalOperations",
        ])
        guard let (value, _) = resolve(value, "pathItems"), let fields = fields(value, "a path item", known: known)
        else {
            return item
        }
        let shared = parameters(fields["parameters"])
        let servers = servers(fields["servers"])
        for (method, key, value) in operations(fields) {
            if omissions.omitsOperation(label(of: value, template)) {
                omittedPlaces.insert(value.position)
                continue
            }
            guard var operation = operation(method, path, shared, key, value) else { continue }
            if operation.servers.isEmpty { operation.servers = servers }
            item.operations.append(operation)
        }
        return item
    }

    /// The operations of a path item with their methods, including those of OpenAPI 3.2.
    private mutating func operations(_ item: Fields) -> [(method: Operation.Method, key: YAMLNode, value: YAMLNode)] {
        var operations: [(method: Operation.Method, key: YAMLNode, value: YAMLNode)] = []
        for (name, key, value) in item.members {
            if Operation.Method.members.contains(name) || name == "query" {
                operations.append((Operation.Method(name.uppercased()), key, value))
            }
            guard name == "additionalOperations" else { continue }
            for (method, key, value) in members(value) {
                guard method.isToken else {
                    error("'\(method)' is no method of HTTP", at: key.position)
                    continue
                }
                operations.append((Operation.Method(method), key, value))
            }
        }
        return operations
    }

    /// The labels of the operations of a path item. This reports no faults.
    private mutating func labels(of item: YAMLNode, _ template: String) -> [OperationLabel] {
        let target = item.reference.flatMap { try? quietTarget(of: $0, "pathItems").node }
        return ((target ?? item).mapping ?? []).flatMap { key, value in
            if key.name == "additionalOperations" {
                return (value.mapping ?? []).map { label(of: $0.value, template) }
            }
            let isOperation = key.name.map { Operation.Method.members.contains($0) || $0 == "query" } ?? false
            return isOperation ? [label(of: value, template)] : []
        }
    }

    private func label(of operation: YAMLNode, _ template: String) -> OperationLabel {
        func member(_ name: String) -> YAMLNode? { operation.mapping?.first { $0.key.name == name }?.value }
        return OperationLabel(
            id: member("operationId")?.name, tags: (member("tags")?.sequence ?? []).compactMap(\.name),
            template: template)
    }

    private mutating func operation(
        _ method: Operation.Method, _ path: [PathSegment], _ shared: [Parameter], _ key: YAMLNode, _ value: YAMLNode
    ) -> Operation? {
        let known: Set<String> = [
            "tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody", "responses",
            "callbacks", "deprecated", "security", "servers",
        ]
        guard let fields = fields(value, "an operation", known: known) else { return nil }
        var id = string(fields["operationId"])
        if let known = id, let node = fields["operationId"],
            let other = operationIDs.updateValue(node.position, forKey: known)
        {
            warn(
                "the operationId '\(known)' is that of the operation at \(other.line(seenFrom: node.position)) already; this one is named by its path",
                .duplicate, at: node.position)
            id = nil
        }
        let own = parameters(fields["parameters"])
        let inherited = shared.filter { parameter in
            !own.contains { $0.name == parameter.name && $0.location == parameter.location }
        }
        if let node = fields["callbacks"] {
            note("nothing is generated of callbacks, which are requests that a service makes", at: node.position)
        }
        var operation = Operation(
            id: id, method: method, path: path, summary: string(fields["summary"]),
            description: string(fields["description"]), tags: strings(fields["tags"]),
            isDeprecated: bool(fields["deprecated"]) ?? false, parameters: inherited + own,
            requestBody: fields["requestBody"].flatMap { requestBody($0) }, responses: responses(fields, key),
            security: securityRequirements(fields["security"]) ?? security, servers: servers(fields["servers"]),
            position: key.position)
        settlePathParameters(of: &operation)
        return operation
    }

    // MARK: Responses

    private mutating func responses(
        _ operation: Fields, _ key: YAMLNode
    ) -> [(status: ResponseStatus, response: Response)] {
        guard let node = operation["responses"] else {
            // In OpenAPI 3.1, `responses` is optional.
            if version == .v3_0 { warn("an operation lacks 'responses'", .description, at: key.position) }
            return []
        }
        guard let fields = fields(node, "'responses'", known: nil) else { return [] }
        if fields.members.isEmpty { warn("an operation has one response at least", .empty, at: node.position) }
        return fields.members.compactMap { name, key, value in
            if name.hasPrefix("x-") { return nil }
            if let status = ResponseStatus(name.uppercased()), name.hasSuffix("xx") {
                warn("'\(name)' is written '\(name.uppercased())' in OpenAPI", .status, at: key.position)
                return response(value).map { (status, $0) }
            }
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
            let fields = fields(node, "a response", known: ["summary", "description", "headers", "content", "links"])
        else { return nil }
        if fields["description"] == nil, version != .v3_2 {
            warn("a response lacks 'description'", .description, at: node.position)
        }
        return Response(
            componentName: name, description: string(fields["description"]) ?? string(fields["summary"]),
            headers: headers(fields["headers"]), content: mediaTypes(fields["content"]), position: node.position)
    }

    private mutating func headers(_ node: YAMLNode?) -> [Header] {
        guard let node, let fields = fields(node, "'headers'", known: nil) else { return [] }
        let known: Set<String> = [
            "description", "required", "deprecated", "allowEmptyValue", "style", "explode", "allowReserved", "schema",
            "example", "examples", "content",
        ]
        var places: [String: SourcePosition] = [:]
        return fields.members.compactMap { name, key, value in
            // The specification ignores a header of this name, because `content` declares the media types (OpenAPI 3.1
            // §4.8.17).
            if name.lowercased() == "content-type" { return nil }
            guard name.isToken else {
                warn(
                    "the name of a header has letters, digits and some of !#$%&'*+-.^_`|~ only; this header is left out",
                    .parameter, at: key.position)
                return nil
            }
            if let other = places.updateValue(key.position, forKey: name.lowercased()) {
                error(
                    "the header '\(name)' stands at \(other.line(seenFrom: key.position)) already: letter case does not count",
                    at: key.position)
            }
            guard let (value, _) = resolve(value, "headers"), let fields = self.fields(value, "a header", known: known)
            else { return nil }
            return Header(
                name: name, description: string(fields["description"]), isRequired: bool(fields["required"]) ?? false,
                isDeprecated: bool(fields["deprecated"]) ?? false, schema: schema(of: fields, "a header"),
                content: content(of: fields, "a header"), explode: bool(fields["explode"]) ?? false,
                position: key.position)
        }
    }
}

extension String {
    /// Whether the text is a token of HTTP (RFC 9110 §5.6.2). Methods and the names of header fields and of cookies are tokens.
    var isToken: Bool {
        !isEmpty
            && utf8.allSatisfy { character in
                switch character {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(character)
                }
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
