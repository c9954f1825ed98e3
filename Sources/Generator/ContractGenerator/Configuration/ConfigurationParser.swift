import ContractYAML
import Diagnostics

/// Parses `openapi-generator.yaml`.
struct ConfigurationParser {
    private(set) var diagnostics: [Diagnostic] = []

    private mutating func error(_ message: String, at node: YAMLNode, near: String? = nil) {
        let diagnostic = Diagnostic(.error, message, at: node.position)
        diagnostics.append(near.map { diagnostic.noting("there is '\($0)'") } ?? diagnostic)
    }

    mutating func configuration(_ root: YAMLNode) -> Configuration {
        var configuration = Configuration()
        let known = [
            "access", "emit", "types", "formats", "conformances", "names", "operations", "schemas", "streams",
            "diagnostics", "strict",
        ]
        for (key, value) in members(root, "the configuration", known) {
            switch key {
            case "access": configuration.access = choice(value, "'access'") ?? .public
            case "emit": configuration.parts = parts(value)
            case "types": configuration.typesModule = module(value)
            case "formats": configuration.formats = formats(value)
            case "conformances": configuration.conformances = conformances(value)
            case "names": configuration.names = names(value)
            case "diagnostics": configuration.severities = severities(value)
            case "schemas": configuration.schemas = schemas(value)
            case "streams": configuration.streams = texts(value, key)
            case "strict": configuration.isStrict = bool(value)
            default: configuration.operations = operations(value)
            }
        }
        let emitsTypes = configuration.parts.contains(.types)
        if !emitsTypes, configuration.typesModule == nil {
            error("without 'types' among what to emit, 'types' has to name the module that has them", at: root)
        }
        if emitsTypes, configuration.typesModule != nil {
            error("'types' names a module that has the types, which are emitted here too", at: root)
        }
        return configuration
    }

    /// The known members of a mapping. It adds an error for each unknown one.
    private mutating func members(
        _ node: YAMLNode, _ what: String, _ known: [String]
    ) -> [(key: String, value: YAMLNode)] {
        guard let mapping = node.mapping else {
            error("\(what) is a mapping, not \(node.kind)", at: node)
            return []
        }
        return mapping.compactMap { key, value in
            let name = key.string ?? key.kind
            if known.contains(name) { return (name, value) }
            error(
                "\(what) knows \(list(known)), not '\(name)'", at: key, near: NearMiss.nearest(to: name, among: known))
            return nil
        }
    }

    /// The names as a list for people: `'a', 'b' and 'c'`.
    private func list(_ names: [String]) -> String {
        let quoted = names.map { "'\($0)'" }
        return quoted.count < 2
            ? quoted.joined() : quoted.dropLast().joined(separator: ", ") + " and " + (quoted.last ?? "")
    }

    private mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ node: YAMLNode, _ what: String
    ) -> Choice? {
        if let choice = node.string.flatMap(Choice.init) { return choice }
        let known = Choice.allCases.map(\.rawValue)
        let name = node.string ?? node.kind
        error(
            "\(what) is one of \(list(known)), not '\(name)'", at: node, near: NearMiss.nearest(to: name, among: known))
        return nil
    }

    // MARK: What is emitted

    private mutating func parts(_ node: YAMLNode) -> Set<Configuration.Part> {
        guard let elements = node.sequence, !elements.isEmpty else {
            error("'emit' is a list of 'types', 'server' and 'client', at least one", at: node)
            return [.types]
        }
        return Set(elements.compactMap { choice($0, "what can be emitted") })
    }

    private mutating func formats(_ node: YAMLNode) -> Set<Configuration.Format> {
        guard let elements = node.sequence, !elements.isEmpty else {
            error("'formats' is a list of 'date' and 'date-time', at least one", at: node)
            return []
        }
        return Set(elements.compactMap { choice($0, "a format that has a type") })
    }

    private mutating func conformances(_ node: YAMLNode) -> Set<Configuration.Conformance> {
        guard let elements = node.sequence, !elements.isEmpty else {
            error("'conformances' is a list of protocols: [Codable]", at: node)
            return []
        }
        return Set(elements.compactMap { choice($0, "a protocol to which types can conform") })
    }

    private mutating func module(_ node: YAMLNode) -> String? {
        if let name = node.string, Self.isIdentifier(name) { return name }
        error("'types' is the name of a Swift module", at: node)
        return nil
    }

    private static func isIdentifier(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
    }

    // MARK: Diagnostics

    private mutating func severities(_ node: YAMLNode) -> [Diagnostic.Kind: Configuration.Severity] {
        var severities: [Diagnostic.Kind: Configuration.Severity] = [:]
        for (key, value) in members(node, "'diagnostics'", Diagnostic.Kind.allCases.map(\.rawValue)) {
            guard let kind = Diagnostic.Kind(rawValue: key) else { continue }
            severities[kind] = choice(value, "'\(key)'")
        }
        return severities
    }

    private mutating func bool(_ node: YAMLNode) -> Bool {
        if case .scalar(.bool(let value)) = node.content { return value }
        error("expecting true or false, not \(node.kind)", at: node)
        return false
    }

    // MARK: Names

    private mutating func names(_ node: YAMLNode) -> Configuration.Names {
        var names = Configuration.Names()
        for (key, value) in members(node, "'names'", ["types", "operations", "properties"]) {
            switch key {
            case "types": names.types = table(value, "types", isType: true)
            case "operations": names.operations = table(value, "operations", isType: false)
            default: names.properties = table(value, "properties", isType: false)
            }
        }
        return names
    }

    /// Names in Swift by names in the document.
    private mutating func table(_ node: YAMLNode, _ what: String, isType: Bool) -> [Configuration.Text: String] {
        guard let mapping = node.mapping else {
            error("'\(what)' is a mapping, not \(node.kind)", at: node)
            return [:]
        }
        var table: [Configuration.Text: String] = [:]
        for (key, value) in mapping {
            guard let name = key.name else { continue }
            guard let swiftName = value.string,
                swiftName.wholeMatch(of: isType ? /[A-Z][A-Za-z0-9]*/ : /[a-z][A-Za-z0-9]*/) != nil
            else {
                error(
                    "a name in Swift begins with a \(isType ? "capital" : "small") letter here, and has letters and digits alone",
                    at: value)
                continue
            }
            table[Configuration.Text(text: name, position: key.position)] = swiftName
        }
        return table
    }

    // MARK: Operations

    private mutating func operations(_ node: YAMLNode) -> Configuration.Operations {
        var operations = Configuration.Operations()
        for (key, value) in members(node, "'operations'", ["tags", "paths", "ids", "except"]) {
            if key == "except" {
                for (key, value) in members(value, "'except'", ["tags", "paths", "ids"]) {
                    select(key, value, &operations.excluded)
                }
            } else {
                select(key, value, &operations.included)
            }
        }
        return operations
    }

    private mutating func select(
        _ key: String, _ node: YAMLNode, _ selection: inout Configuration.Operations.Selection
    ) {
        let texts = texts(node, key)
        switch key {
        case "tags": selection.tags = texts
        case "paths": selection.paths = texts
        default: selection.ids = texts
        }
    }

    private mutating func texts(_ node: YAMLNode, _ key: String) -> [Configuration.Text] {
        guard let elements = node.sequence, !elements.isEmpty else {
            error("'\(key)' is a list, with one element at least", at: node)
            return []
        }
        for element in elements where element.string == nil {
            error("expecting a string, not \(element.kind)", at: element)
        }
        return elements.compactMap { element in
            element.string.map { Configuration.Text(text: $0, position: element.position) }
        }
    }

    private mutating func schemas(_ node: YAMLNode) -> Configuration.Schemas {
        var schemas = Configuration.Schemas()
        for (key, value) in members(node, "'schemas'", ["names", "except"]) {
            if key == "names" { schemas.included = texts(value, key) } else { schemas.excluded = texts(value, key) }
        }
        return schemas
    }
}
