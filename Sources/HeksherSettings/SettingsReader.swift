import HeksherAPI
import HeksherClient
public import Logging
public import OpenAPIRuntime
public import ServiceLifecycle

/// Declares settings to a Heksher service, and keeps their values up to date.
///
/// ```swift
/// let settings = SettingsReader(
///     AsyncHTTPClientTransport(baseURL: "http://heksher"), settings: [Limits.cacheSize, Look.theme],
///     contexts: ["environment": "production", "user": .any])
/// try? await settings.refresh()
/// try await ServiceGroup(services: [settings, server], logger: logger).run()
/// ```
///
/// While the service cannot be reached, settings keep the values last known, at first the defaults in code. That is logged
/// once when it begins and once when it ends.
public actor SettingsReader: Service {
    private let client: Client
    private let settings: [any SettingProtocol]
    private let refreshInterval: Duration
    private let logger: Logger
    private var contexts: TrackedContexts

    /// The names of settings whose declaration has been answered by yes.
    private var declared: Set<String> = []
    /// What was said of settings that were refused, so that it is said once.
    private var refusals: [String: String] = [:]
    private var answer: Answer?
    /// What each setting was made of, by its place.
    private var applied: [Int: (rules: Schemas.QueriedSetting, features: [String])] = [:]
    private var isServiceAway = false
    /// The refresh that began last: one begins when the one before has ended.
    private var lastRefresh: Task<Void, any Error>?

    /// An answer to a query, with its entity tag.
    private struct Answer {
        var names: [String]
        var settings: OrderedDictionary<String, Schemas.QueriedSetting>
        var entityTag: String

        /// What was answered for a setting. One that has been renamed is found by its place: answers come in the order
        /// asked, by the present names.
        func rules(of name: String) -> Schemas.QueriedSetting? {
            if let found = settings[name] { return found }
            guard settings.count == names.count, let place = names.firstIndex(of: name) else { return nil }
            return settings.values[place]
        }
    }

    /// - Parameters:
    ///   - transport: the way to the service. It knows how long to wait for an answer.
    ///   - settings: those that the program reads. A setting belongs to one reader.
    ///   - contexts: the contexts that the program can meet; by default any.
    ///   - token: for a service that asks for one; it has to be one that may declare settings.
    ///   - refreshInterval: how old values may become, give or take a tenth, while the service can be reached.
    public init(
        _ transport: some ClientTransport, settings: [any SettingProtocol], contexts: TrackedContexts = .all,
        token: String? = nil, refreshInterval: Duration = .seconds(30),
        logger: Logger = Logger(label: "heksher.settings")
    ) {
        client = Client(transport, credentials: ClientCredentials(token.map { [.bearer(BearerToken($0))] } ?? []))
        self.settings = settings
        self.contexts = contexts
        self.refreshInterval = refreshInterval
        self.logger = logger
    }

    /// Declares the settings, and refreshes them until the program is asked to shut down.
    ///
    /// When the service cannot be reached, it is asked again after a second, then after two, four and so on, up to the
    /// interval.
    ///
    /// - Throws: ``DeclarationError`` if the service refuses a setting at the first attempt. What it refuses later, because it
    ///   could not be reached at first or because somebody has changed the setting, is logged; the setting keeps its values.
    public func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.refreshUntilCancelled() }
    }

    private func refreshUntilCancelled() async throws {
        var failures = 0
        var isFirst = true
        while !Task.isCancelled {
            do {
                try await refresh()
                failures = 0
            } catch let error as DeclarationError {
                if isFirst { throw error }
                failures = 0
            } catch {
                failures += 1
            }
            isFirst = false
            // Programs that start together do not go on asking together.
            let wait = Self.wait(refreshInterval, afterFailures: failures) * Double.random(in: 0.9...1.1)
            do { try await Task.sleep(for: wait) } catch { break }
        }
    }

    /// How long to wait before asking again.
    static func wait(_ interval: Duration, afterFailures failures: Int) -> Duration {
        failures == 0 ? interval : min(interval, .seconds(1 << min(failures - 1, 20)))
    }

    /// Refreshes all settings now: what anybody has changed before this was called is known when it returns. Settings that
    /// are not declared yet are declared first.
    ///
    /// - Throws: ``DeclarationError`` if the service refuses settings, when the others have been refreshed; `ClientError` if the
    ///   service cannot be reached or does not answer as it should. Nothing has changed then.
    public func refresh() async throws {
        let previous = lastRefresh
        let refresh = Task {
            // Whatever became of it: one at a time, so that no answer is overwritten by an older one.
            _ = await previous?.result
            try Task.checkCancellation()
            try await refreshNow()
        }
        lastRefresh = refresh
        try await withTaskCancellationHandler {
            try await refresh.value
        } onCancel: {
            refresh.cancel()
        }
    }

    /// Changes which contexts the program can meet, from the next refresh on.
    public func track(_ contexts: TrackedContexts) {
        self.contexts = contexts
    }

    // MARK: One refresh

    private func refreshNow() async throws {
        // What is left over from refreshes before goes even if this one changes nothing.
        defer { ReaderCensus.shared.reclaim() }
        do {
            try await declare()
            do {
                try await query()
            } catch let error as ClientError where error.status == .notFound {
                // A setting has been deleted, or the database is another one.
                declared = []
                try await declare()
                try await query()
            }
        } catch {
            if !isServiceAway, !Task.isCancelled {
                isServiceAway = true
                logger.warning("settings cannot be refreshed, they keep their values", metadata: ["error": "\(error)"])
            }
            throw error
        }
        if isServiceAway {
            isServiceAway = false
            logger.info("settings are refreshed again")
        }
        if !refusals.isEmpty { throw DeclarationError(refusals: refusals) }
    }

    /// Declares the settings that are not declared yet.
    private func declare() async throws {
        for declaration in settings.map(\.declaration) where !declared.contains(declaration.name) {
            let name = declaration.name
            let answer = try await client.declareSetting(.init(body: declaration))
            if let refusal = declaration.refusal(answer) {
                if refusals.updateValue(refusal, forKey: name) != refusal {
                    logger.error("a setting is refused", metadata: ["setting": "\(name)", "reason": "\(refusal)"])
                }
                continue
            }
            switch try answer.ok {
            case .created, .upToDate: logger.debug("a setting is declared", metadata: ["setting": "\(name)"])
            case .upgraded(let upgraded):
                logger.info(
                    "a setting is upgraded",
                    metadata: [
                        "setting": "\(name)", "version": "\(declaration.version)",
                        "previous_version": "\(upgraded.previousVersion)",
                        "differences": "\(upgraded.differences.sentence)",
                    ])
            case .outdated(let outdated):
                logger.notice(
                    "the service has a newer version of a setting",
                    metadata: [
                        "setting": "\(name)", "version": "\(declaration.version)",
                        "latest_version": "\(outdated.latestVersion)",
                        "differences": "\(outdated.differences.sentence)",
                    ])
            }
            declared.insert(name)
            refusals[name] = nil
        }
    }

    /// Asks for the rules, and makes them those of the settings.
    private func query() async throws {
        let names = Array(OrderedSet(settings.map(\.declaration.name).filter(declared.contains)))
        guard !names.isEmpty else { return }
        let output = try await client.queryRules(
            .init(
                settings: names, contextFilters: contexts.filters, includeMetadata: false,
                ifNoneMatch: answer?.entityTag))
        let answer: Answer
        if case .notModified = output, let known = self.answer {
            answer = known
        } else {
            let (result, headers) = try output.ok
            answer = Answer(names: names, settings: result.settings, entityTag: headers.eTag)
        }
        // No entity tag covers their order, which decides among rules. After the query, so that they are all there.
        let features = try await client.listContextFeatures().ok.contextFeatures
        self.answer = answer
        for (index, setting) in settings.enumerated() {
            guard let rules = answer.rules(of: setting.declaration.name) else { continue }
            if let known = applied[index], known.rules == rules, known.features == features { continue }
            applied[index] = (rules, features)
            do {
                try setting.update(rules, features: features)
            } catch {
                logger.error(
                    "a setting keeps its values, since one from the service cannot be read",
                    metadata: ["setting": "\(setting.declaration.name)", "reason": "\(error)"])
            }
        }
    }
}
