import ContractDocument
import Diagnostics

extension Configuration {
    /// The component schemas to leave out: those that are not selected, and faulty ones that no selected operation
    /// needs.
    ///
    /// - Returns: the names of these schemas, and a warning for each faulty one.
    func omitted(of document: Document, _ diagnostics: [Diagnostic]) -> (names: Set<String>, warnings: [Diagnostic]) {
        guard isSelective else { return ([], []) }
        var reach = SchemaReach(document.withInheritance)
        for operation in document.pathItems.flatMap(\.operations) {
            reach.follow(operation.requestSchemas + operation.responseSchemas)
        }
        guard schemas.included.isEmpty else {
            let included = schemas.included.map(\.text)
            reach.follow(included.compactMap { document.components.schemas[$0] })
            let needed = reach.components.union(included)
            return (Set(document.components.schemas.keys).union(document.declaredSchemas).subtracting(needed), [])
        }
        let errors = diagnostics.filter { $0.severity == .error }
        guard !errors.isEmpty else { return ([], []) }
        let faulty = FaultyComponents(document, errors, needed: reach.components)
        return (Set(faulty.warnings.keys), faulty.warnings.sorted { $0.key < $1.key }.map(\.value))
    }
}
