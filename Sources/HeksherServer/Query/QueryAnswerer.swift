import HeksherAPI
import HeksherDomain
import HeksherStore
import NIOHTTP1
import OpenAPIRuntime

/// A catalog of settings that are ready to be written; `nil` stands for one that only the tables can tell about.
typealias SettingsCatalog = Catalog<QueryableSetting>

/// Answers queries from memory, as ``QueryHandler`` answers them from the tables.
struct QueryAnswerer: Sendable {
    /// From how many bytes on an answer is made where nobody else waits for it.
    private static let longAnswer = 1 << 20

    let catalog: SettingsCatalog
    /// By the target of the request.
    let answers = RecurrenceCache<CachedAnswer>()
    /// By the parameter that names them, as sent.
    let namedSettings = RecurrenceCache<NamedSettings>(size: 8 << 20)
    /// How often what nobody has asked about since settings changed is looked for.
    private let oblivion = Pace(interval: .seconds(10))
    let handler: QueryHandler
    /// `nil` if anybody may ask.
    var access: AccessControl?
    /// Whether there are web pages elsewhere that may ask.
    var sharesWithPages = false

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
        let token = AccessControl.principal
        if let token, let names = question.settings?.names, !names.allSatisfy(token.admits) {
            return .forbidden(token.limits)
        }
        switch question.selection(in: snapshot) {
        case .onlyInTables: return try await answerFromTables(input, request)
        case .unknown(let names): return QueryRules.Output.unknownSettings(names).response()
        case .found(var settings):
            var isWhole = true
            if let token, !settings.allSatisfy({ token.admits($0.name) }) {
                guard question.settings == nil else { return .forbidden(token.limits) }
                settings.removeAll { !token.admits($0.name) }
                isWhole = false
            }
            let answer =
                Self.mayBeLong(settings)
                ? await withTaskExecutorPreference(globalConcurrentExecutor) {
                    CachedAnswer(to: question, settings, in: snapshot)
                } : CachedAnswer(to: question, settings, in: snapshot)
            // What is known by the question alone is what there is for those who may see everything.
            if isWhole { answers.offer(answer, for: request.query.map { "\(request.path)?\($0)" } ?? request.path) }
            return await answer.body.response(to: request.headerFields)
        }
    }

    private func answerFromTables(_ input: QueryRules.Input, _ request: APIRequest) async throws -> APIResponse {
        let output = try await handler.queryRules(input)
        guard case .ok(.json(let result), _) = output else { return output.response() }
        return await AnswerBody(result.jsonBytes()).response(to: request.headerFields)
    }

    /// Who asks a query that can be answered here.
    struct Asker {
        /// `nil` for anybody, who may have any answer.
        let token: AccessToken?

        func mayHave(_ answer: CachedAnswer) -> Bool { token.map(answer.isFor) ?? true }
    }

    /// Whoever sent a request, if it is a query that says no more than that it wants to read, and they may ask it.
    func asker(of head: HTTPRequestHead) -> Asker? {
        guard Self.isPlainQuery(head), !sharesWithPages || !head.headers.contains(name: "Origin") else { return nil }
        guard let access else { return Asker(token: nil) }
        return access.asker(of: head).map { Asker(token: $0) }
    }

    private static func isPlainQuery(_ head: HTTPRequestHead) -> Bool {
        head.method == .GET && head.uri.hasPrefix("/api/v1/query") && head.isKeepAlive
            && !head.headers.contains(name: "Content-Length") && !head.headers.contains(name: "Transfer-Encoding")
    }

    /// The answer to a query: the one that was given last time, if it still holds, or a new one.
    ///
    /// - Parameter target: the path with the query, as sent.
    /// - Returns: `nil` if ``respond(to:_:)`` is to answer: with a refusal, from the tables, or at length.
    func answer(to target: String, in snapshot: Snapshot<QueryableSetting>) -> CachedAnswer? {
        let former = answers[target]
        if let former, former.holds(in: snapshot) { return former }
        if oblivion.isDue() { namedSettings.forEach { $0.forget(before: snapshot) } }
        guard let question = former?.question ?? question(target),
            case .found(let settings) = question.selection(in: snapshot), !Self.mayBeLong(settings)
        else { return nil }
        let answer = CachedAnswer(to: question, settings, in: snapshot, from: former)
        answers.offer(answer, for: target)
        return answer
    }

    private func question(_ target: String) -> Question? {
        guard let query = TargetQuery(target) else { return nil }
        // The settings named come again, with other filters.
        if let naming = query.naming, let settings = settings(naming),
            // Somebody may name settings in yet another way, encoded.
            let input = Self.input(query.rest), input.settings == nil
        {
            return try? Question(input, about: settings)
        }
        return Self.input(query.whole).flatMap { try? Question($0) }
    }

    /// The query of a target, byte by byte, since it is long.
    private struct TargetQuery {
        let whole: String
        /// The parameter that names settings, if there is just one.
        private(set) var naming: String?
        /// The others, if there is.
        private(set) var rest = ""

        /// - Returns: `nil` if the target is no query for rules.
        init?(_ target: String) {
            var target = target
            let whole: String? = target.withUTF8 { bytes in
                let path = bytes.prefix { $0 != UInt8(ascii: "?") }
                guard path.elementsEqual("/api/v1/query".utf8) else { return nil }
                return String(decoding: bytes.dropFirst(path.count + 1), as: UTF8.self)
            }
            guard var whole else { return nil }
            self.whole = whole
            whole.withUTF8 { bytes in
                let pairs = bytes.split(separator: UInt8(ascii: "&"))
                let naming = pairs.filter { $0.starts(with: "settings=".utf8) }
                guard naming.count == 1 else { return }
                self.naming = String(decoding: naming[0], as: UTF8.self)
                let others = pairs.filter { $0.startIndex != naming[0].startIndex }
                rest = String(
                    decoding: Array(others.joined(separator: CollectionOfOne(UInt8(ascii: "&")))), as: UTF8.self)
            }
        }
    }

    private func settings(_ pair: String) -> NamedSettings? {
        if let settings = namedSettings[pair] { return settings }
        guard let settings = Self.input(pair)?.settings.map(NamedSettings.init) else { return nil }
        namedSettings.offer(settings, for: pair)
        return settings
    }

    private static func input(_ query: String) -> QueryRules.Input.Query? {
        var problems = ValidationProblems()
        return QueryRules.Input(APIRequest(method: .get, path: "", query: query), [], &problems)?.query
    }

    private static func mayBeLong(_ settings: [QueryableSetting]) -> Bool {
        settings.reduce(0) { $0 + $1.maximumSize } >= longAnswer
    }
}
