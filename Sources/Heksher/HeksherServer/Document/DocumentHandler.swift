import ContractJSON
import ContractRuntime
import ContractYAML
import HTTPRepresentation
import HeksherAPI
import HeksherDomain
import HeksherStore

/// The operations of the tag "Document".
struct DocumentHandler: DocumentAPI {
    let store: Store

    func getDocument(_ input: GetDocument.Input) async throws -> GetDocument.Output {
        var moment: Int?
        if let at = input.query.at {
            guard let time = DateTime(at) else { throw InvalidRequest(query: "at", "not a time of RFC 3339") }
            moment = time.microseconds
        }
        let document: SettingsDocument
        switch try await store.document(prefix: input.query.prefix ?? "", at: moment) {
        case .found(let found): document = found
        case .tooEarly(let beginning): return .notFound(.plainText("the history begins at \(beginning)"))
        case .inFuture: throw InvalidRequest(query: "at", "the time is in the future")
        }
        let schema = Schemas.Document(document)
        let json = schema.jsonBytes()
        let isYAML = input.accept.best(of: GetDocument.Ok.MediaType.self) == .yaml
        let body = try isYAML ? YAMLWriter.document(JSONValue(parsing: json)) : []
        let tag = EntityTag(ofBody: isYAML ? body : json)
        if tag.matches(ifNoneMatch: input.headers.ifNoneMatch) { return .notModified(headers: .init(eTag: tag.text)) }
        return .ok(isYAML ? .yaml(ByteStream(body)) : .json(schema), headers: .init(eTag: tag.text))
    }

    func applyDocument(_ input: ApplyDocument.Input) async throws -> ApplyDocument.Output {
        let query = input.query
        let document = try SettingsDocument(input.body, prefix: query.prefix ?? "", store)
        if let token = AccessControl.principal,
            document.entries.contains(where: { !([$0.setting.name] + $0.setting.aliases).allSatisfy(token.admits) })
        {
            return .forbidden(.plainText(token.limits))
        }
        let options = DocumentMerge.Options(
            prefix: query.prefix ?? "", prunes: query.prune, downgrades: query.downgrade)
        let result = try await ChangeRunner(store: store).run(
            reason: nil, dryRun: query.dryRun, plan: query.plan
        ) { store in
            try await store.apply(document, options)
            return []
        }
        guard let result else { preconditionFailure("applying a document has a result") }
        return .ok(.json(result))
    }
}
