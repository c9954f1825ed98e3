import HeksherAPI
import HeksherDomain
import HeksherStore
import NIOHTTP1
import OpenAPIRuntime

/// A catalog of settings that are ready to be written; `nil` stands for one that only the tables can tell about.
typealias SettingsCatalog = Catalog<QueryableSetting?>

/// Answers queries from memory, as ``QueryHandler`` answers them from the tables.
struct QueryAnswerer: Sendable {
    /// From how many bytes on an answer is made where nobody else waits for it.
    private static let longAnswer = 1 << 20

    let catalog: SettingsCatalog
    let answers: AnswerCache
    let handler: QueryHandler

    /// What a route does with a request.
    func respond(to request: APIRequest, _ pathValues: [String]) async throws -> APIResponse {
        var problems = ValidationProblems()
        guard let input = QueryRules.Input(request, pathValues, &problems) else { return .invalid(problems) }
        guard let snapshot = try await catalog.current() else { return try await handler.queryRules(input).response() }
        let question: Question
        do {
            question = try Question(input.query)
        } catch {
            return QueryRules.Output.badRequest(.plainText("\(error)")).response()
        }
        switch question.selection(in: snapshot) {
        case .onlyInTables: return try await handler.queryRules(input).response()
        case .unknown(let names): return QueryRules.Output.unknownSettings(names).response()
        case .found(let settings):
            let answer =
                settings.reduce(0, { $0 + $1.maximumSize }) < Self.longAnswer
                ? CachedAnswer(to: question, settings, in: snapshot)
                : await withTaskExecutorPreference(globalConcurrentExecutor) {
                    CachedAnswer(to: question, settings, in: snapshot)
                }
            answers.offer(answer, for: request.query.map { "\(request.path)?\($0)" } ?? request.path)
            return await answer.response(to: request.headerFields)
        }
    }

    /// The answer to a request that was asked before; whether it still holds is another question.
    ///
    /// - Returns: `nil` also for requests that say more than that they want to read.
    func answer(to head: HTTPRequestHead) -> CachedAnswer? {
        guard head.method == .GET, head.uri.hasPrefix("/api/v1/query"), head.isKeepAlive,
            !head.headers.contains(name: "Content-Length"), !head.headers.contains(name: "Transfer-Encoding")
        else { return nil }
        return answers[head.uri]
    }

    /// The answer as it is in a snapshot: the same one if it still holds, or a new one.
    ///
    /// - Returns: `nil` if ``respond(to:_:)`` is to answer.
    func answer(
        to head: HTTPRequestHead, in snapshot: Snapshot<QueryableSetting?>, from former: CachedAnswer
    ) -> CachedAnswer? {
        if former.holds(in: snapshot) { return former }
        // Somebody else who waited may have made it already.
        if let other = answers[head.uri], other !== former, other.holds(in: snapshot) { return other }
        guard former.size < Self.longAnswer, case .found(let settings) = former.question.selection(in: snapshot) else {
            return nil
        }
        let answer = CachedAnswer(to: former.question, settings, in: snapshot)
        answers.offer(answer, for: head.uri)
        return answer
    }
}
