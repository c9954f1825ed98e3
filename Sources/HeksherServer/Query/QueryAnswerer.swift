import HeksherAPI
import HeksherDomain
import HeksherStore
import OpenAPIRuntime

/// A catalog of settings that are ready to be written; `nil` stands for one that only the tables can tell about.
typealias SettingsCatalog = Catalog<QueryableSetting?>

/// Answers queries from memory, as ``QueryHandler`` answers them from the tables.
struct QueryAnswerer: Sendable {
    let catalog: SettingsCatalog
    let answers: AnswerCache
    let handler: QueryHandler

    /// What a route does with a request.
    func respond(to request: APIRequest, _ pathValues: [String]) async throws -> APIResponse {
        var problems = ValidationProblems()
        guard let input = QueryRules.Input(request, pathValues, &problems) else { return .invalid(problems) }
        guard let snapshot = try await catalog.current() else { return try await handler.queryRules(input).response() }
        let filters: ContextFilters
        do {
            filters = try ContextFilters(parsing: input.query.contextFilters)
        } catch {
            return QueryRules.Output.badRequest(.plainText("\(error)")).response()
        }
        switch selection(of: input.query.settings, in: snapshot) {
        case .onlyInTables: return try await handler.queryRules(input).response()
        case .unknown(let names): return QueryRules.Output.unknownSettings(names).response()
        case .found(let settings):
            let contexts = AdmittedContexts(filters, snapshot.features)
            let body = Self.body(settings, contexts, withMetadata: input.query.includeMetadata)
            let answer = CachedAnswer(body, to: input.query.settings, settings, in: snapshot)
            answers.offer(answer, for: request.query.map { "\(request.path)?\($0)" } ?? request.path)
            return answer.apiResponse(request.headerFields)
        }
    }

    /// The answer to a question that was asked before, if it still holds.
    ///
    /// - Parameter target: the path with the query, as sent.
    /// - Returns: `nil` if ``respond(to:_:)`` is to answer, errors included.
    func answer(to target: String) async -> CachedAnswer? {
        guard let answer = answers[target], let snapshot = try? await catalog.current(), answer.holds(in: snapshot) else {
            return nil
        }
        return answer
    }

    private enum Selection {
        case found([QueryableSetting])
        case unknown([String])
        case onlyInTables
    }

    private func selection(of names: [String]?, in snapshot: Snapshot<QueryableSetting?>) -> Selection {
        var found: [QueryableSetting] = []
        var unknown: [String] = []
        var seen: Set<ObjectIdentifier> = []
        for name in names ?? snapshot.names {
            switch snapshot.entry(name) {
            case nil: unknown.append(name)
            case .some(nil): return .onlyInTables
            case .some(let setting?): if seen.insert(ObjectIdentifier(setting)).inserted { found.append(setting) }
            }
        }
        return unknown.isEmpty ? .found(found) : .unknown(unknown)
    }

    private static func body(
        _ settings: [QueryableSetting], _ contexts: AdmittedContexts, withMetadata: Bool
    ) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(contexts.areAll ? settings.reduce(32) { $0 + $1.maximumSize } : 1 << 14)
        body += Array(#"{"settings":{"#.utf8)
        for (index, setting) in settings.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            setting.write(to: &body, contexts, withMetadata: withMetadata)
        }
        body += [UInt8(ascii: "}"), UInt8(ascii: "}")]
        return body
    }
}
