import ContractDocument
import Diagnostics

/// The schemas that requests and responses contain. A member that only one direction has (`readOnly`, `writeOnly`) can
/// then be required in types that only messages of that direction contain.
struct SchemaDirections {
    private var requests: SchemaReach
    private var responses: SchemaReach

    init(_ document: Document) {
        requests = SchemaReach(document)
        responses = SchemaReach(document)
        for operation in document.pathItems.flatMap(\.operations) {
            requests.follow(operation.requestSchemas)
            responses.follow(operation.responseSchemas)
        }
    }

    /// Whether messages of a direction contain a schema.
    func has(_ place: SourcePosition, in direction: Member.Direction) -> Bool {
        reach(in: direction).places.contains(place)
    }

    /// Whether messages of a direction contain the schema of a component.
    func hasComponent(_ name: String, in direction: Member.Direction) -> Bool {
        reach(in: direction).components.contains(name)
    }

    private func reach(in direction: Member.Direction) -> SchemaReach {
        switch direction {
        case .request: requests
        case .response: responses
        }
    }
}
