import ContractDocument
import Diagnostics

/// The Swift names of a document's operations and tags.
struct OperationNames {
    struct Name {
        /// The operation's ID, or a generated one.
        var id: String
        /// The name of the function, without backticks.
        var methodName: String
        /// The name of the namespace.
        var typeName: String
    }

    struct Tag {
        var name: String
        /// The name of the protocol.
        var protocolName: String
        /// The label of the handler, without backticks.
        var argumentName: String
        var documentation: String?
    }

    /// Identifies an operation. Its position does not, because several paths can refer to the same path item.
    private struct Key: Hashable {
        var method: String
        var path: [PathSegment]

        init(_ operation: Operation) {
            method = operation.method.name
            path = operation.path
        }
    }

    /// The name of the tag for operations without tags.
    static let defaultTag = "Operations"

    /// The tags that operations have as their first tag. Tags that the document declares come first.
    private(set) var tags: [Tag] = []
    private var names: [Key: Name] = [:]
    private(set) var notes: [Diagnostic] = []

    init(_ document: Document, _ configured: SwiftNames) {
        let operations = document.pathItems.flatMap(\.operations)
        var types = NameScope(reserved: Self.reservedTypes)
        claimNames(of: operations, configured, &types)
        claimTags(of: document, operations, &types)
        notes += types.notes
    }

    subscript(_ operation: Operation) -> Name? { names[Key(operation)] }

    private mutating func claimNames(of operations: [Operation], _ configured: SwiftNames, _ types: inout NameScope) {
        let ids = Self.ids(of: operations)
        var methods = NameScope(reserved: ["transport", "credentials"])
        let methodNames = methods.claim(
            zip(operations, ids).map { operation, id in
                var wanted = NameScope.Wanted.lower(id, at: operation.position)
                wanted.preferred = configured.method(id).withoutBackticks
                wanted.isChosen = configured.hasOperation(id)
                // Functions and namespaces belong to the same module.
                if wanted.alternative.first?.isLowercase == false {
                    wanted.alternative = "operation_" + wanted.alternative
                }
                return wanted
            })
        let taken = Set(methodNames)
        let typeNames = types.claim(
            operations.indices.map { index in
                let id = ids[index]
                var wanted = NameScope.Wanted.upper(id, at: operations[index].position)
                wanted.preferred = configured.namespace(id)
                // If the operation's function has the common name, its namespace gets the common name, too.
                wanted.isChosen = methodNames[index] == configured.method(id).withoutBackticks
                if Self.reservedTypes.contains(wanted.preferred) || taken.contains(wanted.preferred) {
                    wanted.preferred += "Operation"
                }
                wanted.alternative = "Operation_" + wanted.alternative
                return wanted
            })
        for (index, operation) in operations.enumerated() {
            names[Key(operation)] = Name(
                id: ids[index], methodName: methodNames[index], typeName: typeNames[index])
        }
        notes += methods.notes
    }

    private mutating func claimTags(of document: Document, _ operations: [Operation], _ types: inout NameScope) {
        var names: [String] = []
        var seen: Set<String> = []
        for name in document.tags.map(\.name) + operations.map({ $0.tags.first ?? Self.defaultTag })
        where seen.insert(name).inserted { names.append(name) }
        let used = Set(operations.map { $0.tags.first ?? Self.defaultTag })
        names.removeAll { !used.contains($0) }
        let position = document.root.position
        let protocolNames = types.claim(
            names.map { name in
                var wanted = NameScope.Wanted.upper(name, at: position)
                wanted.preferred += "API"
                wanted.alternative += "API"
                return wanted
            })
        var arguments = NameScope(reserved: ["security", "interceptors"])
        let argumentNames = arguments.claim(names.map { .lower($0, at: position) })
        notes += arguments.notes
        tags = names.indices.map { index in
            Tag(
                name: names[index], protocolName: protocolNames[index], argumentName: argumentNames[index],
                documentation: document.tags.first { $0.name == names[index] }?.description)
        }
    }

    /// Types in generated code other than those of operations.
    private static let reservedTypes: Set<String> = [
        "API", "Client", "Credentials", "Server", "Schemas", "Responses", "Patterns", "Validators", "Defaults",
        "ContractRuntime", "Swift",
    ]

    // MARK: Ids

    /// The IDs of operations. Operations without an ID get a new one.
    private static func ids(of operations: [Operation]) -> [String] {
        var taken = Set(operations.compactMap(\.id))
        return operations.map { operation in
            if let id = operation.id { return id }
            let stem = operationID(operation)
            var id = stem
            var number = 2
            while !taken.insert(id).inserted {
                id = "\(stem)_\(number)"
                number += 1
            }
            return id
        }
    }

    /// An ID for an operation without one: `getBooksByNumber` for `GET /books/{number}`.
    private static func operationID(_ operation: Operation) -> String {
        var words = [operation.method.name.lowercased()]
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
        return SwiftName.lowerCamelCase(words.joined(separator: " ")).withoutBackticks
    }
}
