import ContractDocument
import ContractJSON
import ContractYAML
import Diagnostics

extension Differ {
    /// Compares the values that two schemas allow. An absent schema allows any value.
    ///
    /// - Parameter what: a description of the values, for messages: `the response 200 in application/json`.
    mutating func compare(_ old: YAMLNode?, _ new: YAMLNode?, _ direction: Direction, _ what: String) {
        guard let old, let new else {
            if let node = new ?? old {
                say(
                    new == nil ? .widened : .narrowed, direction,
                    "\(what) \(new == nil ? "has a schema no longer" : "has a schema now")", at: node.position)
            }
            return
        }
        let (before, after) = (self.old.resolved(old), self.new.resolved(new))
        // Several operations can refer to one schema. Its changes are listed once for each direction.
        let way = SourcePosition(line: direction == .request ? 1 : 2, column: 0)
        guard compared.insert([before.position, after.position, way]).inserted else { return }
        let around = subject
        var what = what
        if let component = new["$ref"]?.string?.split(separator: "/").last {
            subject = "the schema \(component), in \(direction == .request ? "requests" : "responses")"
            what = "it"
        }
        compareTypes(before, after, direction, what)
        compareValues(before, after, direction, what)
        for bound in Bound.all { compare(bound, before, after, direction, what) }
        compareTexts(before, after, direction, what)
        compareContainers(before, after, direction, what)
        compareObjects(before, after, direction, what)
        compareAlternatives(before, after, direction, what)
        subject = around
    }

    // MARK: Types and values

    private func types(of schema: YAMLNode) -> Set<String>? {
        guard let node = schema["type"] else { return nil }
        var types = Set((node.sequence ?? [node]).map { $0.string ?? "null" })
        if schema["nullable"]?.isTrue ?? false { types.insert("null") }
        return types
    }

    private mutating func compareTypes(_ old: YAMLNode, _ new: YAMLNode, _ direction: Direction, _ what: String) {
        let (before, after) = (types(of: old), types(of: new))
        if before == after { return }
        let position = new["type"]?.position ?? new["nullable"]?.position ?? new.position
        let names = { (types: Set<String>?) in types.map { $0.sorted().joined(separator: " or ") } ?? "of any type" }
        say(
            effect(before, after), direction, "\(what) is \(names(after)) now, and was \(names(before))", at: position)
    }

    private func effect(_ before: Set<String>?, _ after: Set<String>?) -> Effect {
        guard let before else { return .narrowed }
        guard let after else { return .widened }
        // An integer is also a number.
        let covers = { (wide: Set<String>, narrow: Set<String>) in
            narrow.allSatisfy { wide.contains($0) || $0 == "integer" && wide.contains("number") }
        }
        switch (covers(before, after), covers(after, before)) {
        case (true, true): return .none
        case (true, false): return .narrowed
        case (false, true): return .widened
        case (false, false): return .moved
        }
    }

    private mutating func compareValues(_ old: YAMLNode, _ new: YAMLNode, _ direction: Direction, _ what: String) {
        let values = { (schema: YAMLNode) in
            schema["const"].map { [$0.jsonValue] } ?? schema["enum"]?.sequence?.map(\.jsonValue)
        }
        let position = (new["const"] ?? new["enum"])?.position ?? new.position
        switch (values(old), values(new)) {
        case (nil, nil): break
        case (nil, .some): say(.narrowed, direction, "\(what) is one of a list of values now", at: position)
        case (.some, nil): say(.widened, direction, "\(what) is no longer one of a list of values", at: position)
        case (let before?, let after?):
            for value in before where !after.contains(value) {
                say(.narrowed, direction, "\(what) can no longer be \(value.text)", at: position)
            }
            for value in after where !before.contains(value) {
                say(.widened, direction, "\(what) can be \(value.text) now", at: position)
            }
        }
        // A client that leaves the member out now gets another value.
        if direction == .request, old["default"]?.jsonValue != new["default"]?.jsonValue {
            let text = { (node: YAMLNode?) in node?.jsonValue.text ?? "none" }
            say(
                old["default"] == nil ? .compatible : .breaking,
                "the default of \(what) is \(text(new["default"])) now, and was \(text(old["default"]))",
                at: new["default"]?.position ?? new.position)
        }
    }

    private mutating func compare(
        _ bound: Bound, _ old: YAMLNode, _ new: YAMLNode, _ direction: Direction, _ what: String
    ) {
        let (before, after) = (bound.limit(in: old), bound.limit(in: new))
        if before == after { return }
        let effect: Effect =
            switch (before, after) {
            case (nil, _): .narrowed
            case (_, nil): .widened
            case (let before?, let after?): bound.admitsLess(after, than: before) ? .narrowed : .widened
            }
        say(
            effect, direction,
            "'\(bound.keyword)' of \(what) is \(after?.description ?? "none") now, and was \(before?.description ?? "none")",
            at: (new[bound.keyword] ?? bound.exclusive.flatMap { new[$0] })?.position ?? new.position)
    }

    /// Compares keywords for which the difference between two values cannot be described as more or fewer allowed
    /// values.
    private mutating func compareTexts(_ old: YAMLNode, _ new: YAMLNode, _ direction: Direction, _ what: String) {
        let keywords = [
            "pattern", "format", "multipleOf", "contentEncoding", "contentMediaType", "not", "if", "then", "else",
            "patternProperties", "dependentRequired", "dependentSchemas", "prefixItems", "contains",
            "unevaluatedProperties", "unevaluatedItems", "discriminator",
        ]
        for keyword in keywords {
            let (before, after) = (old[keyword], new[keyword])
            if before?.jsonValue == after?.jsonValue { continue }
            let effect: Effect = before == nil ? .narrowed : after == nil ? .widened : .moved
            let change = before == nil ? "is added to" : after == nil ? "is gone from" : "is another for"
            say(effect, direction, "'\(keyword)' \(change) \(what)", at: after?.position ?? new.position)
        }
    }

    // MARK: Containers

    private mutating func compareContainers(_ old: YAMLNode, _ new: YAMLNode, _ direction: Direction, _ what: String) {
        let (before, after) = (old["uniqueItems"]?.isTrue ?? false, new["uniqueItems"]?.isTrue ?? false)
        if before != after {
            say(
                after ? .narrowed : .widened, direction, "\(what) may \(after ? "no longer" : "now") repeat items",
                at: new["uniqueItems"]?.position ?? new.position)
        }
        compare(old["items"], new["items"], direction, "an item of \(what)")
        compare(old["propertyNames"], new["propertyNames"], direction, "a name in \(what)")
    }

    private mutating func compareObjects(_ old: YAMLNode, _ new: YAMLNode, _ direction: Direction, _ what: String) {
        let mark = direction == .request ? "readOnly" : "writeOnly"
        for (name, before, after) in pairs(old["properties"], new["properties"]) {
            let property = "the property '\(name)' of \(what)"
            switch (before, after) {
            case (let before?, let after?):
                if before.value[mark]?.isTrue ?? false, after.value[mark]?.isTrue ?? false { continue }
                compare(before.value, after.value, direction, property)
            case (nil, let after?):
                // Clients that accept unknown members already accept this one.
                say(isClosed(old) ? .widened : .none, direction, "\(property) is added", at: after.position)
            case (let before?, nil):
                say(isClosed(new) ? .narrowed : .none, direction, "\(property) is removed", at: before.position)
            case (nil, nil): continue
            }
        }
        compareRequired(old, new, direction, what, ignoring: mark)
        compareAdditional(old, new, direction, what)
    }

    private func isClosed(_ schema: YAMLNode) -> Bool {
        if case .scalar(.bool(false))? = schema["additionalProperties"]?.content { true } else { false }
    }

    private mutating func compareRequired(
        _ old: YAMLNode, _ new: YAMLNode, _ direction: Direction, _ what: String, ignoring mark: String
    ) {
        let required = { (schema: YAMLNode) in (schema["required"]?.sequence ?? []).compactMap(\.string) }
        let (before, after) = (required(old), required(new))
        let position = new["required"]?.position ?? new.position
        for name in after where !before.contains(name) && !(new["properties"]?[name]?[mark]?.isTrue ?? false) {
            say(.narrowed, direction, "the property '\(name)' of \(what) is required now", at: position)
        }
        for name in before where !after.contains(name) && !(old["properties"]?[name]?[mark]?.isTrue ?? false) {
            say(.widened, direction, "the property '\(name)' of \(what) is no longer required", at: position)
        }
    }

    private mutating func compareAdditional(_ old: YAMLNode, _ new: YAMLNode, _ direction: Direction, _ what: String) {
        let position = new["additionalProperties"]?.position ?? new.position
        switch (isClosed(old), isClosed(new)) {
        case (true, true): break
        case (false, true): say(.narrowed, direction, "\(what) has no further properties any more", at: position)
        case (true, false): say(.widened, direction, "\(what) may have further properties now", at: position)
        case (false, false):
            let schema = { (node: YAMLNode) in node["additionalProperties"].flatMap { $0.mapping == nil ? nil : $0 } }
            compare(schema(old), schema(new), direction, "a further property of \(what)")
        }
    }

    // MARK: Alternatives

    private mutating func compareAlternatives(_ old: YAMLNode, _ new: YAMLNode, _ direction: Direction, _ what: String)
    {
        for keyword in ["oneOf", "anyOf", "allOf"] {
            let (before, after) = (old[keyword]?.sequence ?? [], new[keyword]?.sequence ?? [])
            if before.isEmpty, after.isEmpty { continue }
            let isUnion = keyword != "allOf"
            let position = (new[keyword] ?? new).position
            if before.isEmpty || after.isEmpty {
                say(
                    before.isEmpty ? .narrowed : .widened, direction,
                    "'\(keyword)' \(before.isEmpty ? "is added to" : "is gone from") \(what)", at: position)
                continue
            }
            let (matched, removed, added) = match(before, after)
            for (first, second) in matched { compare(first, second, direction, "an alternative of \(what)") }
            for node in removed {
                say(
                    isUnion ? .narrowed : .widened, direction, "\(name(of: node)) is gone from '\(keyword)' of \(what)",
                    at: node.position)
            }
            for node in added {
                say(
                    isUnion ? .widened : .narrowed, direction, "\(name(of: node)) is added to '\(keyword)' of \(what)",
                    at: node.position)
            }
        }
    }

    /// Pairs up the schemas of two lists: first equal ones (a reference equals one with the same text), and then inline
    /// schemas in their order.
    private func match(_ old: [YAMLNode], _ new: [YAMLNode]) -> (
        matched: [(YAMLNode, YAMLNode)], removed: [YAMLNode], added: [YAMLNode]
    ) {
        var matched: [(YAMLNode, YAMLNode)] = []
        var rest = old
        var added: [YAMLNode] = []
        for node in new {
            if let index = rest.firstIndex(where: { $0.jsonValue == node.jsonValue }) {
                matched.append((rest.remove(at: index), node))
            } else {
                added.append(node)
            }
        }
        let inline = { (node: YAMLNode) in node["$ref"] == nil }
        for node in added.filter(inline) {
            guard let index = rest.firstIndex(where: inline) else { break }
            matched.append((rest.remove(at: index), node))
            added.removeAll { $0.position == node.position }
        }
        return (matched, rest, added)
    }

    private func name(of node: YAMLNode) -> String {
        node["$ref"]?.string?.split(separator: "/").last.map { "'\($0)'" } ?? "a schema"
    }
}
