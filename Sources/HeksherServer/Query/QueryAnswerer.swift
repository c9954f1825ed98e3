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
        guard let snapshot = try await catalog.current() else { return try await answerFromTables(input, request) }
        let question: Question
        do {
            question = try Question(input.query)
        } catch {
            return QueryRules.Output.badRequest(.plainText("\(error)")).response()
        }
        switch question.selection(in: snapshot) {
        case .onlyInTables: return try await answerFromTables(input, request)
        case .unknown(let names): return QueryRules.Output.unknownSettings(names).response()
        case .found(let settings):
            let answer =
                Self.mayBeLong(settings)
                ? await withTaskExecutorPreference(globalConcurrentExecutor) {
                    CachedAnswer(to: question, settings, in: snapshot)
                } : CachedAnswer(to: question, settings, in: snapshot)
            answers.offer(answer, for: request.query.map { "\(request.path)?\($0)" } ?? request.path)
            return await answer.body.response(to: request.headerFields)
        }
    }

    private func answerFromTables(_ input: QueryRules.Input, _ request: APIRequest) async throws -> APIResponse {
        let output = try await handler.queryRules(input)
        guard case .ok(.json(let result), _) = output else { return output.response() }
        return await AnswerBody(result.jsonBytes()).response(to: request.headerFields)
    }

    /// Whether a request is a query, and says no more than that it wants to read.
    static func isPlainQuery(_ head: HTTPRequestHead) -> Bool {
        head.method == .GET && head.uri.hasPrefix("/api/v1/query") && head.isKeepAlive
            && !head.headers.contains(name: "Content-Length") && !head.headers.contains(name: "Transfer-Encoding")
    }

    /// The answer to a query: the one that was given last time, if it still holds, or a new one.
    ///
    /// - Parameter target: the path with the query, as sent.
    /// - Returns: `nil` if ``respond(to:_:)`` is to answer: with a refusal, from the tables, or at length.
    func answer(to target: String, in snapshot: Snapshot<QueryableSetting?>) -> CachedAnswer? {
        let former = answers[target]
        if let former, former.holds(in: snapshot) { return former }
        guard let question = former?.question ?? Self.question(target),
            case .found(let settings) = question.selection(in: snapshot), !Self.mayBeLong(settings)
        else { return nil }
        let answer = CachedAnswer(to: question, settings, in: snapshot)
        answers.offer(answer, for: target)
        return answer
    }

    private static func question(_ target: String) -> Question? {
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        let path = mark.map { String(target[..<$0]) } ?? target
        guard path == "/api/v1/query" else { return nil }
        let query = mark.map { String(target[target.utf8.index(after: $0)...]) }
        var problems = ValidationProblems()
        let input = QueryRules.Input(APIRequest(method: .get, path: path, query: query), [], &problems)
        return input.flatMap { try? Question($0.query) }
    }

    private static func mayBeLong(_ settings: [QueryableSetting]) -> Bool {
        settings.reduce(0) { $0 + $1.maximumSize } >= longAnswer
    }
}
