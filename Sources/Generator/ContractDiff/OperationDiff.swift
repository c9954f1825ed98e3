import ContractDocument
import ContractJSON
import ContractYAML
import Diagnostics

/// An operation, with the parameters that its path item declares for all operations.
private struct Operation {
    /// The method, as requests have it.
    var method: String
    var template: String
    var node: YAMLNode
    var position: SourcePosition
    var shared: [YAMLNode]

    var name: String { "\(method) \(template)" }

    /// Equal for operations that accept the same requests: requests do not contain the names of path parameters.
    var key: String { method + template.replacing(/\{[^}]*\}/, with: "{}") }
}

extension Differ {
    mutating func compareOperations() {
        let before = operations(of: old)
        let after = operations(of: new)
        let olds = Dictionary(before.map { ($0.key, $0) }) { first, _ in first }
        for operation in after {
            subject = operation.name
            if let earlier = olds[operation.key] {
                compare(earlier, operation)
            } else {
                say(.compatible, "the operation is added", at: operation.position)
            }
        }
        let keys = Set(after.map(\.key))
        for operation in before where !keys.contains(operation.key) {
            subject = operation.name
            say(.breaking, "the operation is removed", at: operation.position)
        }
    }

    private func operations(of version: Version) -> [Operation] {
        let methods: Set = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"]
        return (version.root["paths"]?.mapping ?? []).flatMap { key, value in
            let item = version.resolved(value)
            let own = (item.mapping ?? []).filter { $0.key.name.map(methods.contains) ?? false }
                .map { ($0.key.name?.uppercased(), $0) }
            let additional = (item["additionalOperations"]?.mapping ?? []).map { ($0.key.name, $0) }
            return (own + additional).compactMap { method, member -> Operation? in
                guard let template = key.name, let method else { return nil }
                return Operation(
                    method: method, template: template, node: member.value, position: member.key.position,
                    shared: item["parameters"]?.sequence ?? [])
            }
        }
    }

    private mutating func compare(_ old: Operation, _ new: Operation) {
        let ids = (old.node["operationId"]?.string, new.node["operationId"]?.string)
        if ids.0 != ids.1 {
            say(
                .compatible,
                "the operationId was \(ids.0.map { "'\($0)'" } ?? "absent"), which generated code may show",
                at: new.node["operationId"]?.position ?? new.position)
        }
        if !(old.node["deprecated"]?.isTrue ?? false), new.node["deprecated"]?.isTrue ?? false {
            say(.compatible, "the operation is deprecated", at: new.position)
        }
        compareParameters(old, new)
        compareBodies(old, new)
        compareResponses(old, new)
        compareSecurity(old, new)
    }

    // MARK: Parameters

    private func parameters(of operation: Operation, _ version: Version) -> [(key: String, node: YAMLNode)] {
        var found: [(key: String, node: YAMLNode)] = []
        let path = operation.template.matches(of: /\{([^}]*)\}/).map { String($0.1) }
        for node in operation.shared + (operation.node["parameters"]?.sequence ?? []) {
            let node = version.resolved(node)
            guard let name = node["name"]?.string, let place = node["in"]?.string else { continue }
            // A path parameter is identified by its place in the path. Names of header fields ignore case.
            let id = place == "path" ? path.firstIndex(of: name).map { "\($0)" } ?? name : name
            let key = "\(place) \(place == "header" ? id.lowercased() : id)"
            found.removeAll { $0.key == key }
            found.append((key, node))
        }
        return found
    }

    private mutating func compareParameters(_ old: Operation, _ new: Operation) {
        let before = Dictionary(parameters(of: old, self.old)) { first, _ in first }
        let after = parameters(of: new, self.new)
        for (key, node) in after {
            let what = "the parameter '\(node["name"]?.string ?? "")' in \(node["in"]?.string ?? "")"
            let isRequired = node["required"]?.isTrue ?? false
            guard let earlier = before[key] else {
                say(
                    isRequired ? .breaking : .compatible, "\(what) is added\(isRequired ? ", and required" : "")",
                    at: node.position)
                continue
            }
            compareRequired(earlier, node, .request, what)
            for keyword in ["style", "explode", "allowReserved"]
            where earlier[keyword]?.jsonValue != node[keyword]?.jsonValue {
                say(.breaking, "\(what) has another '\(keyword)'", at: node[keyword]?.position ?? node.position)
            }
            compare(earlier["schema"], node["schema"], .request, what)
            compareContent(earlier, node, .request, what)
        }
        let keys = Set(after.map(\.key))
        for (key, node) in parameters(of: old, self.old) where !keys.contains(key) {
            say(
                .breaking, "the parameter '\(node["name"]?.string ?? "")' in \(node["in"]?.string ?? "") is removed",
                at: node.position)
        }
    }

    /// Adds a change if something has become required or is no longer required.
    private mutating func compareRequired(
        _ old: YAMLNode, _ new: YAMLNode, _ direction: Direction, _ what: String
    ) {
        let (before, after) = (old["required"]?.isTrue ?? false, new["required"]?.isTrue ?? false)
        if before == after { return }
        say(
            after ? .narrowed : .widened, direction, "\(what) is \(after ? "required now" : "no longer required")",
            at: new["required"]?.position ?? new.position)
    }

    // MARK: Bodies

    private mutating func compareBodies(_ old: Operation, _ new: Operation) {
        let before = old.node["requestBody"].map(self.old.resolved)
        let after = new.node["requestBody"].map(self.new.resolved)
        switch (before, after) {
        case (nil, nil): return
        case (nil, let after?):
            let isRequired = after["required"]?.isTrue ?? false
            say(
                isRequired ? .breaking : .compatible, "a request body is added\(isRequired ? ", and required" : "")",
                at: after.position)
        case (let before?, nil): say(.breaking, "the request body is removed", at: before.position)
        case (let before?, let after?):
            compareRequired(before, after, .request, "the request body")
            compareContent(before, after, .request, "the request body")
        }
    }

    private mutating func compareContent(
        _ old: YAMLNode, _ new: YAMLNode, _ direction: Direction, _ what: String
    ) {
        for (name, before, after) in pairs(old["content"], new["content"]) {
            switch (before, after) {
            case (let before?, let after?):
                compare(before.value["schema"], after.value["schema"], direction, "\(what) in \(name)")
            case (nil, let after?): say(.compatible, "\(what) may be in \(name) now", at: after.position)
            case (let before?, nil): say(.breaking, "\(what) is no longer in \(name)", at: before.position)
            case (nil, nil): continue
            }
        }
    }

    // MARK: Responses

    private mutating func compareResponses(_ old: Operation, _ new: Operation) {
        let before = old.node["responses"]
        for (status, earlier, later) in pairs(before, new.node["responses"]) {
            // Clients must expect any error, but they handle each success differently.
            let isError = status.first == "4" || status.first == "5" || status == "default"
            let isCovered = before?["\(status.prefix(1))XX"] != nil || before?["default"] != nil
            switch (earlier, later) {
            case (let earlier?, let later?):
                let (first, second) = (self.old.resolved(earlier.value), self.new.resolved(later.value))
                compareHeaders(first["headers"], second["headers"], "the response \(status)")
                compareContent(first, second, .response, "the response \(status)")
            case (nil, let later?):
                say(
                    isError || isCovered ? .compatible : .breaking, "the response \(status) is added",
                    at: later.position)
            case (let earlier?, nil):
                say(isError ? .compatible : .breaking, "the response \(status) is removed", at: earlier.position)
            case (nil, nil): continue
            }
        }
    }

    private mutating func compareHeaders(_ old: YAMLNode?, _ new: YAMLNode?, _ what: String) {
        for (name, earlier, later) in pairs(old, new) {
            let header = "the header '\(name)' of \(what)"
            switch (earlier, later) {
            case (let earlier?, let later?):
                let (first, second) = (self.old.resolved(earlier.value), self.new.resolved(later.value))
                compareRequired(first, second, .response, header)
                compare(first["schema"], second["schema"], .response, header)
            case (nil, let later?): say(.compatible, "\(header) is added", at: later.position)
            case (let earlier?, nil):
                let wasRequired = self.old.resolved(earlier.value)["required"]?.isTrue ?? false
                say(wasRequired ? .breaking : .compatible, "\(header) is removed", at: earlier.position)
            case (nil, nil): continue
            }
        }
    }

    // MARK: Security

    /// The alternative security requirements, of which a request must satisfy one. An operation without requirements is
    /// open to all clients, like one with an empty requirement, so both have the same result.
    private func security(of operation: Operation, _ version: Version) -> [JSONValue] {
        let ways = (operation.node["security"] ?? version.root["security"])?.sequence ?? []
        return ways.isEmpty ? [JSONValue(object: [])] : ways.map(\.jsonValue)
    }

    private mutating func compareSecurity(_ old: Operation, _ new: Operation) {
        let before = security(of: old, self.old)
        let after = security(of: new, self.new)
        let position = (new.node["security"] ?? self.new.root["security"])?.position ?? new.position
        let open = JSONValue(object: [])
        for way in before where !after.contains(way) && !after.contains(open) {
            say(
                .breaking, way == open ? "requests need credentials now" : "the credentials \(way.text) no longer do",
                at: position)
        }
        for way in after where !before.contains(way) && !before.contains(open) {
            say(
                .compatible,
                way == open ? "requests need no credentials any more" : "the credentials \(way.text) do now",
                at: position)
        }
    }
}
