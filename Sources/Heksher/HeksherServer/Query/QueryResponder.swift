import ContractRuntime
import HTTPGuard
import HeksherAPI
import HeksherCatalog
import HeksherDomain
import HeksherStore
import NIOHTTP1

/// A catalog of settings that are ready to be written; an entry is `nil` if only the tables have the setting.
typealias SettingsCatalog = Catalog<QueryableSetting>

/// Answers queries and evaluations from memory, with the same responses as their handlers give from the tables.
struct QueryResponder: Sendable {
    /// The maximum bytes of settings from which a response is made on an event loop. With filters, most of them are not in the response.
    private static let shortResponse = (whole: 64 << 10, filtered: 256 << 10)
    /// The maximum steps of evaluations on an event loop, in tens of nanoseconds.
    private static let fewSteps = 6000
    /// The maximum size of a target, and of a body, that is parsed on an event loop, and of a target that is looked up in the cache.
    static let (shortTarget, shortBody, knownTarget) = (4 << 10, 4 << 10, 32 << 10)
    /// The maximum number of settings that are searched on an event loop.
    private static let fewSettings = 500

    let catalog: SettingsCatalog
    /// Keyed by the target of the request, and its body.
    let answers = RecurrenceCache<CachedResponse>()
    /// Keyed by the parameter that names the settings, as sent.
    let namedSettings = RecurrenceCache<NamedSettings>(size: 8 << 20)
    private let longResponses = LongResponses()
    private let store: Store
    /// `nil` if the service uses no tokens.
    private let access: AccessControl?
    /// Whether web pages of other origins may use the service.
    private let sharesWithPages: Bool
    /// The policy for the responses' `Cache-Control` and `Vary`.
    let caching: CachePolicy
    private let contexts: FlagContext
    /// The path that clients see before the contract's paths.
    private let rootPath: PathPrefix

    /// - Parameters:
    ///   - store: reads the tables if the memory is not current.
    ///   - access: `nil` if the service uses no tokens.
    ///   - sharesWithPages: whether web pages of other origins may use the service.
    ///   - contexts: reads the contexts of flags.
    ///   - rootPath: the path that clients see before the contract's paths, unless a proxy names another one.
    init(
        catalog: SettingsCatalog, store: Store, access: AccessControl? = nil, sharesWithPages: Bool = false,
        contexts: FlagContext = FlagContext(), rootPath: PathPrefix = .none
    ) {
        self.catalog = catalog
        self.store = store
        self.access = access
        self.sharesWithPages = sharesWithPages
        self.contexts = contexts
        self.rootPath = rootPath
        caching = CachePolicy(asksForTokens: access != nil, sharesWithPages: sharesWithPages)
    }

    /// Drops the kept responses that have not been used since the last call.
    ///
    /// - Returns: their approximate size in bytes.
    func dropUnused() -> Int { answers.age() + namedSettings.age() }

    /// The route's response to a request of an operation.
    func respond(
        to request: APIRequest, _ pathValues: [String], _ operation: QueryOperation = .query
    ) async throws -> APIResponse {
        let isShort = (request.query?.utf8.count ?? 0) <= Self.shortTarget && request.body.count <= Self.shortBody
        if isShort { return try await answer(request, pathValues, operation) }
        return try await withTaskExecutorPreference(LongWork.executor) {
            try await answer(request, pathValues, operation)
        }
    }

    private func answer(
        _ request: APIRequest, _ pathValues: [String], _ operation: QueryOperation
    ) async throws -> APIResponse {
        let query: Query
        let link: EventStreamLink? = operation == .flags ? .current : nil
        switch operation.read(request, pathValues, contexts, link ?? .current) {
        case .query(let read): query = read
        case .refused(let response): return response
        }
        func fromTables() async throws -> APIResponse {
            try await Self.working(isLong: true) {
                let response = try await operation.answerFromTables(request, pathValues, store, contexts)
                guard response.status == .ok else { return response }
                let hasEntityTag = query.content.hasEntityTag
                return await CompressibleBody(response.body, caching, hasEntityTag: hasEntityTag)
                    .response(to: request.headerFields)
            }
        }
        guard let snapshot = try await catalog.current() else { return try await fromTables() }
        let target = request.query.map { "\(request.path)?\($0)" } ?? request.path
        let key =
            operation.method == .get
            ? target : String(validating: request.body, as: UTF8.self).map { Self.key(target, $0, link) }
        let former = key.flatMap { answers[$0] }
        let token = AccessControl.principal
        if let token, token.prefixes != nil, let names = query.settings?.names {
            switch Self.unknown(names, to: token, in: snapshot) {
            case nil: return try await fromTables()
            case let unknown? where !unknown.isEmpty: return operation.unknown(unknown)
            default: break
            }
        }
        return try await Self.working(isLong: Self.mayBeLong(query, snapshot)) {
            switch query.selection(in: snapshot) {
            case .onlyInTables: return try await fromTables()
            case .unknown(let names): return operation.unknown(names)
            case .unreadable(let setting): throw setting
            case .found(var settings):
                if let refusal = operation.refusal(of: request, pathValues, query, snapshot.allowedValues) {
                    return refusal
                }
                var isWhole = true
                if let token, !settings.allSatisfy({ token.admits($0.name) }) {
                    settings.removeAll { !token.admits($0.name) }
                    isWhole = false
                }
                if isWhole, let former, former.holds(in: snapshot) {
                    return await former.body.response(to: request.headerFields)
                }
                let answer = await Self.working(isLong: Self.areLong(settings, query.content)) {
                    CachedResponse(to: query, settings, in: snapshot, caching: caching, from: isWhole ? former : nil)
                }
                // The cache contains only responses for callers that may see all settings.
                if isWhole, let key { answers.offer(answer, for: key) }
                return await answer.body.response(to: request.headerFields)
            }
        }
    }

    /// The key of a request with a body in the cache.
    private static func key(_ target: String, _ body: String, _ link: EventStreamLink?) -> String {
        "\(target)\n\(link?.uri ?? "")\n\(body)"
    }

    /// The address of the changes in the response to a request; `nil` if the response has none.
    private func link(_ target: String, _ token: AccessToken?) -> EventStreamLink? {
        Self.isForAllFlags(target) ? EventStreamLink(for: token, below: rootPath) : nil
    }

    private static func isForAllFlags(_ target: String) -> Bool {
        guard target.hasPrefix(EvaluateFlags.path) else { return false }
        let rest = target.utf8.dropFirst(EvaluateFlags.path.utf8.count)
        return rest.isEmpty || rest.first == UInt8(ascii: "?")
    }

    /// The names that lead to no setting that a token may see; `nil` if only the tables have the answer.
    private static func unknown(
        _ names: [String], to token: AccessToken, in snapshot: Snapshot<QueryableSetting>
    ) -> [String]? {
        var unknown: [String] = []
        for name in names {
            guard token.admits(name) else {
                unknown.append(name)
                continue
            }
            switch snapshot.find(name) {
            case .unknown: unknown.append(name)
            case .onlyInTables: return nil
            case .unreadable(let setting): if !token.admits(setting.name) { unknown.append(name) }
            case .entry(let setting): if !token.admits(setting.name) { unknown.append(name) }
            }
        }
        return unknown
    }

    /// Runs work that may take long on threads that may compute for a long time.
    private static func working<Value, Failure: Error>(
        isLong: Bool, _ work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard isLong else { return try await work() }
        return try await withTaskExecutorPreference(LongWork.executor, operation: work)
    }

    /// The sender of a request that can be answered here.
    struct Asker {
        /// Whether the request has a body.
        let sendsBody: Bool
        /// `nil` without tokens; then the caller may get any response.
        let token: AccessToken?

        /// Whether the caller may get a response, as far as that is quickly decided.
        func mayHave(_ answer: CachedResponse) -> Bool {
            token.map { $0.prefixes == nil || answer.settingCount <= fewSettings && answer.isFor($0) } ?? true
        }
    }

    /// The sender of a request, if it is a plain request that needs only the right to read, and the caller has it.
    func asker(of head: HTTPRequestHead) -> Asker? {
        guard head.isKeepAlive, !head.headers.contains(name: "Transfer-Encoding"),
            !sharesWithPages || !head.headers.contains(name: "Origin"),
            Self.isPlainQuery(head) || Self.isPlainEvaluation(head)
        else { return nil }
        let sendsBody = head.method == .POST
        guard let access else { return Asker(sendsBody: sendsBody, token: nil) }
        return access.asker(of: head).map { Asker(sendsBody: sendsBody, token: $0) }
    }

    private static func isPlainQuery(_ head: HTTPRequestHead) -> Bool {
        head.method == .GET && (head.uri.hasPrefix(QueryRules.path) || head.uri.hasPrefix(EvaluateSettings.path))
            && !head.headers.contains(name: "Content-Length")
    }

    /// Whether a request evaluates flags, with a short body in JSON, for a client that is not a browser.
    private static func isPlainEvaluation(_ head: HTTPRequestHead) -> Bool {
        guard head.method == .POST, head.uri.hasPrefix(EvaluateFlags.path) else { return false }
        let lengths = head.headers["Content-Length"]
        let types = head.headers["Content-Type"]
        return lengths.count == 1 && lengths.first.flatMap { Int($0) }.map { $0 <= shortBody } == true
            && types.count == 1 && types.first == "application/json" && !head.headers.contains(name: "Expect")
            && !head.headers.contains(name: "Origin") && !head.headers.contains(name: "Sec-Fetch-Site")
            // A proxy may name the path that clients see.
            && !(isForAllFlags(head.uri) && head.headers.contains(name: "X-Forwarded-Prefix"))
    }

    /// The response to a query, as far as it can be found in the available time.
    enum Found {
        case answer(CachedResponse)
        /// It takes too long for an event loop.
        case takesLong
        /// ``respond(to:_:)`` must answer: with a refusal, or from the tables.
        case none
    }

    /// Finds the response to a request: the previous one, if it is still valid, or a new one.
    ///
    /// - Parameters:
    ///   - target: the path with the query, as sent.
    ///   - body: the body, if the request has one.
    ///   - token: the caller's; `nil` if the service uses no tokens.
    ///   - isOnEventLoop: whether it must not take more than some tens of microseconds.
    func answer(
        to target: String, _ body: String? = nil, for token: AccessToken? = nil,
        in snapshot: Snapshot<QueryableSetting>, isOnEventLoop: Bool = true
    ) -> Found {
        let targetSize = target.utf8.count
        if isOnEventLoop, targetSize > Self.knownTarget { return .takesLong }
        let link = body == nil ? nil : link(target, token)
        let key = body.map { Self.key(target, $0, link) } ?? target
        let former = answers[key]
        if let former, former.isKnown(in: snapshot) { return .answer(former) }
        if isOnEventLoop, targetSize > Self.shortTarget { return .takesLong }
        guard let query = former?.query ?? query(target, body, link) else { return .none }
        if isOnEventLoop, Self.mayBeLong(query, snapshot) { return .takesLong }
        if let former, former.holds(in: snapshot) { return .answer(former) }
        guard case .found(let settings) = query.selection(in: snapshot),
            query.refusedValue(snapshot.allowedValues) == nil
        else { return .none }
        if isOnEventLoop, Self.areLong(settings, query.content) { return .takesLong }
        let answer = CachedResponse(to: query, settings, in: snapshot, caching: caching, from: former)
        answers.offer(answer, for: key)
        return .answer(answer)
    }

    /// Makes a response that takes long, once for all requests that wait for it.
    ///
    /// - Parameter complete: called once, on any thread.
    func longResponse(
        to target: String, _ body: String? = nil, for token: AccessToken? = nil,
        in snapshot: Snapshot<QueryableSetting>, complete: @escaping LongResponses.Complete
    ) {
        let key = body.map { Self.key(target, $0, link(target, token)) } ?? target
        longResponses.answer(to: key, in: snapshot.id) {
            answer(to: target, body, for: token, in: snapshot, isOnEventLoop: false)
        } complete: {
            complete($0)
        }
    }

    private func query(_ target: String, _ body: String?, _ link: EventStreamLink?) -> Query? {
        guard let target = RequestTarget(target), (body != nil) == (target.operation.method == .post) else {
            return nil
        }
        // The same names often return with other filters and contexts.
        if let naming = target.naming, let settings = settings(naming),
            // The other parameters may name settings again, percent-encoded.
            let query = read(target, target.rest, nil, nil), query.settings == nil
        {
            return Query(query.content, about: settings)
        }
        return read(target, target.query, body, link)
    }

    private func read(
        _ target: RequestTarget, _ query: String?, _ body: String?, _ link: EventStreamLink?
    ) -> Query? {
        var request = APIRequest(method: target.operation.method, path: target.path, query: query)
        if let body {
            request.headerFields[.contentType] = "application/json"
            request.body = Array(body.utf8)
        }
        guard
            case .query(let query) = target.operation.read(
                request, target.pathValues, contexts, link ?? EventStreamLink(for: nil, below: rootPath))
        else { return nil }
        return query
    }

    /// A target, split byte by byte, because it is long.
    private struct RequestTarget {
        let operation: QueryOperation
        let path: String
        let pathValues: [String]
        /// `nil` if there is no query.
        private(set) var query: String?
        /// The parameter that names settings, if there is exactly one.
        private(set) var naming: String?
        /// The other parameters, if there are any.
        private(set) var rest = ""

        /// - Returns: `nil` if the target belongs to another operation.
        init?(_ target: String) {
            var target = target
            let parts: (path: String, query: String?) = target.withUTF8 { bytes in
                let path = bytes.prefix { $0 != UInt8(ascii: "?") }
                let query =
                    bytes.count > path.count ? String(decoding: bytes.dropFirst(path.count + 1), as: UTF8.self) : nil
                return (String(decoding: path, as: UTF8.self), query)
            }
            guard let (operation, pathValues) = QueryOperation.of(path: parts.path[...]) else { return nil }
            (self.operation, path, self.pathValues, query) = (operation, parts.path, pathValues, parts.query)
            guard operation.method == .get, var whole = parts.query else { return }
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

    /// Whether finding the settings of a query may take long.
    private static func mayBeLong(_ query: Query, _ snapshot: Snapshot<QueryableSetting>) -> Bool {
        (query.settings?.names.count ?? snapshot.names.count) > fewSettings
    }

    /// Whether making a response from settings may take long.
    private static func areLong(_ settings: [QueryableSetting], _ content: Query.Content) -> Bool {
        switch content {
        case .rules(let filters, _):
            var limit = shortResponse.whole
            if case .features = filters { limit = shortResponse.filtered }
            return settings.reduce(0) { $0 + $1.maximumSize } > limit
        case .values, .flag, .flags:
            return settings.reduce(0) { $0 + $1.evaluationSteps + 20 } > fewSteps
                || settings.reduce(0) { $0 + $1.maximumValueSize } > shortResponse.filtered
        }
    }
}
