public import ContractRuntime
import HeksherAPI
import HeksherClient
import HeksherDomain
public import Logging
public import ServiceLifecycle
import Synchronization

/// Declares settings to a Heksher service, and keeps their values up to date.
///
/// ```swift
/// let settings = SettingsReader(
///     AsyncHTTPClientTransport(baseURL: "http://heksher"), settings: [Limits.cacheSize, Look.theme],
///     contexts: ["environment": "production", "user": .any])
/// try await settings.loadValues()
/// try await ServiceGroup(services: [settings, server], logger: logger).run()
/// ```
///
/// While the service is unavailable, settings keep the last known values, at first the defaults in code. The reader logs once when an
/// outage begins, and once when it ends.
public actor SettingsReader: Service {
    private let client: Client
    let transport: any ClientTransport
    let credentials: ClientCredentials<Credentials>
    private let settings: [any SettingProtocol]
    /// Gets all settings of the service with each refresh; `nil` if the reader reads only its own.
    private let mirror: SettingsMirror?
    let refreshInterval: Duration
    private let followsChanges: Bool
    let times: FollowingTimes
    let logger: Logger
    private var contexts: TrackedContexts

    /// The names of settings whose declaration the service has accepted.
    private var declared: Set<String> = []
    /// Has an element once a setting is declared.
    private let firstDeclarations = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// The refusals that have been logged, so that each is logged once.
    private var refusals: [String: String] = [:]
    private var answer: QueryResponse?
    /// The values that context features may have, as the last refresh found them.
    private nonisolated let allowedValues = Mutex(AllowedValues())
    /// The tracked value that was logged last because its feature may not have it.
    private var loggedValue: RefusedFeatureValue?
    /// The content from which each setting was made, by its index.
    private var applied: [Int: (rules: Schemas.QueriedSetting, features: [String])] = [:]
    private var isServiceAway = false
    private var hasNotedUnusedFeatures = false
    /// Whether the service reports changes, so that the reader need not poll.
    var isFollowing = false
    /// The refresh that began last. A refresh begins when the previous one has ended.
    private var lastRefresh: Task<Void, any Error>?

    /// - Parameters:
    ///   - transport: the connection to the service, including the timeout.
    ///   - settings: the settings that the program reads. A setting belongs to one reader.
    ///   - contexts: the contexts that can occur in the program; by default all.
    ///   - token: for a service that requires one; its role must allow declaring settings.
    ///   - refreshInterval: the maximum age of values, plus or minus a tenth, while the service is available and does not report changes.
    ///   - followsChanges: whether a running reader follows the service's stream of changes, so that it has each new value at once. If there
    ///     is no stream, for example behind a proxy that collects responses, it refreshes at the interval.
    public init(
        _ transport: some ClientTransport, settings: [any SettingProtocol], contexts: TrackedContexts = .all,
        token: String? = nil, refreshInterval: Duration = .seconds(30), followsChanges: Bool = true,
        logger: Logger = Logger(label: "heksher.settings")
    ) {
        self.init(
            transport, settings: settings, contexts: contexts, token: token, refreshInterval: refreshInterval,
            followsChanges: followsChanges, times: FollowingTimes(), logger: logger)
    }

    init(
        _ transport: some ClientTransport, settings: [any SettingProtocol], contexts: TrackedContexts = .all,
        token: String? = nil, refreshInterval: Duration, followsChanges: Bool = true, times: FollowingTimes,
        logger: Logger
    ) {
        self.transport = transport
        credentials = ClientCredentials(token.map { [.bearer(BearerToken($0))] } ?? [])
        client = Client(transport, credentials: credentials)
        self.settings = settings
        mirror = nil
        self.contexts = contexts
        self.refreshInterval = refreshInterval
        self.followsChanges = followsChanges
        self.times = times
        self.logger = logger
    }

    /// Creates a reader that declares nothing, and reads all settings that its token may see.
    ///
    /// - Parameter mirror: gets the settings with each refresh. It belongs to one reader.
    package init(
        _ transport: some ClientTransport, mirror: SettingsMirror, contexts: TrackedContexts, token: String?,
        refreshInterval: Duration, logger: Logger
    ) {
        self.transport = transport
        credentials = ClientCredentials(token.map { [.bearer(BearerToken($0))] } ?? [])
        client = Client(transport, credentials: credentials)
        settings = []
        self.mirror = mirror
        self.contexts = contexts
        self.refreshInterval = refreshInterval
        followsChanges = true
        times = FollowingTimes()
        self.logger = logger
    }

    /// Declares the settings, and refreshes them until the program shuts down: after each change that the service reports, or at the interval
    /// while it reports none.
    ///
    /// If the service is unavailable, the reader tries again after a second, then after two, four and so on, up to the interval.
    ///
    /// - Throws: ``DeclarationError`` if the service refuses a setting at the first attempt. Later refusals are logged: the service was
    ///   unavailable at first, or the setting has been changed since. The setting then keeps its values. ``SettingContextError`` if no rule
    ///   can have a tracked name or value, at the first attempt, too.
    public func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.refreshUntilCancelled() }
                if self.followsChanges { group.addTask { await self.followOnceDeclared() } }
                // The first one ends because of an error, or because the task is cancelled.
                try await group.next()
                group.cancelAll()
            }
        }
    }

    /// Follows changes from the first refresh on that has declared settings.
    private func followOnceDeclared() async {
        for await _ in firstDeclarations.stream {
            await follow()
        }
    }

    private func refreshUntilCancelled() async throws {
        var failures = 0
        var isFirst = true
        while !Task.isCancelled {
            do {
                // A refresh that was due to a change and failed has ended the stream.
                if isFirst || !isFollowing { try await refresh() }
                failures = 0
            } catch let error as DeclarationError {
                if isFirst { throw error }
                failures = 0
            } catch let error as SettingContextError {
                if isFirst { throw error }
                failures = 0
            } catch {
                failures += 1
            }
            isFirst = false
            // Programs that start together should not continue to send their requests together.
            let wait = Self.wait(refreshInterval, afterFailures: failures) * Double.random(in: 0.9...1.1)
            do { try await Task.sleep(for: wait) } catch { break }
        }
    }

    /// The time to wait before the next attempt.
    static func wait(_ interval: Duration, afterFailures failures: Int) -> Duration {
        failures == 0 ? interval : min(interval, .seconds(1 << min(failures - 1, 20)))
    }

    /// Refreshes all settings now. When it returns, the reader has every change that was made before the call. It first declares settings
    /// that are not declared yet.
    ///
    /// - Throws: ``DeclarationError`` if the service refuses settings, after the others have been refreshed; ``SettingContextError`` if a
    ///   tracked value is not in the service's list of values of its feature, also after that. ``SettingContextError`` if no rule can ever
    ///   have a tracked name or value, and `ClientError` if the service is unavailable or its response is invalid; then nothing has changed.
    public func refresh() async throws {
        let previous = lastRefresh
        let refresh = Task {
            // Wait for it, even if it failed: refreshes run one after the other, so that no older response overwrites a newer one.
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

    /// Loads the values at the start of a program, before they are read for the first time.
    ///
    /// If the service cannot be reached or does not respond in time, the reader logs that, and the program starts with the defaults in code.
    /// ``run()`` tries again.
    ///
    /// - Parameter limit: the time to wait for the service.
    /// - Throws: ``DeclarationError`` if the service refuses settings, ``SettingContextError`` if no rule can have a tracked name or value,
    ///   `CancellationError` if the task is cancelled.
    public func loadValues(within limit: Duration = .seconds(3)) async throws {
        let refresh = Task { try await self.refresh() }
        let timer = Task {
            try await Task.sleep(for: limit)
            refresh.cancel()
        }
        defer { timer.cancel() }
        do {
            try await withTaskCancellationHandler {
                try await refresh.value
            } onCancel: {
                refresh.cancel()
            }
        } catch let error as DeclarationError {
            throw error
        } catch let error as SettingContextError {
            throw error
        } catch {
            try Task.checkCancellation()
            noteOutage("no response within \(limit)")
            logger.warning("the program starts with the default values in its code")
        }
    }

    /// Changes the contexts that can occur in the program, from the next refresh on.
    public func track(_ contexts: TrackedContexts) {
        self.contexts = contexts
        hasNotedUnusedFeatures = false
    }

    /// A context, if each value can be that of its context feature.
    ///
    /// ```swift
    /// let context = try settings.context(checking: ["environment": "production", "user": user])
    /// ```
    ///
    /// - Throws: ``SettingContextError`` for a value that the service refuses in rules and contexts: one that no feature can have, or one
    ///   that is not in the list of its feature's values, as the last refresh found it.
    public nonisolated func context(
        checking features: [String: String]
    ) throws(SettingContextError) -> SettingContext {
        let context = try SettingContext(checking: features)
        let refused = allowedValues.withLock { $0 }.refused(in: context.context)
        if let value = refused.first { throw SettingContextError(value) }
        return context
    }

    // MARK: One refresh

    private func refreshNow() async throws {
        // Disposes of objects that earlier refreshes have replaced, even if this one changes nothing.
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
            if !Task.isCancelled { noteOutage("\(error)") }
            throw error
        }
        if isServiceAway {
            isServiceAway = false
            logger.info("settings are refreshed again")
        }
        let refused = contexts.refused(by: allowedValues.withLock { $0 })
        if let refused, refused != loggedValue {
            logger.error("a tracked value is refused", metadata: ["reason": "\(SettingContextError(refused))"])
        }
        loggedValue = refused
        if !refusals.isEmpty { throw DeclarationError(refusals: refusals) }
        if let refused { throw SettingContextError(refused) }
    }

    /// Logs that the service is unavailable, once until it responds again.
    private func noteOutage(_ error: String) {
        guard !isServiceAway else { return }
        isServiceAway = true
        var metadata: Logger.Metadata = ["error": "\(error)"]
        if let address = transport.address { metadata["service"] = "\(address)" }
        logger.warning("settings cannot be refreshed, they keep their values", metadata: metadata)
    }

    /// Logs the tracked features on which no setting depends, because their names may be misspelt.
    private func noteUnusedFeatures() {
        guard mirror == nil, !hasNotedUnusedFeatures else { return }
        hasNotedUnusedFeatures = true
        let unused = contexts.names.subtracting(settings.flatMap(\.declaration.configurableFeatures)).sorted()
        guard !unused.isEmpty else { return }
        logger.notice(
            "none of the settings depends on these tracked context features",
            metadata: ["context_features": "\(unused.joined(separator: ", "))"])
    }

    /// Declares the settings that are not declared yet.
    private func declare() async throws {
        noteUnusedFeatures()
        for declaration in settings.map(\.declaration) where !declared.contains(declaration.name) {
            let name = declaration.name
            let answer = try await client.declareSetting(.init(body: declaration))
            if let refusal = declaration.refusal(answer) {
                if refusals.updateValue(refusal, forKey: name) != refusal {
                    logger.error("a setting is refused", metadata: ["setting": "\(name)", "reason": "\(refusal)"])
                }
                continue
            }
            var metadata: Logger.Metadata = ["setting": "\(name)", "version": "\(declaration.version)"]
            switch try answer.ok {
            case .created, .upToDate: logger.debug("a setting is declared", metadata: metadata)
            case .upgraded(let upgraded):
                metadata["previous_version"] = "\(upgraded.previousVersion)"
                metadata["differences"] = "\(upgraded.differences.sentence)"
                logger.info("a setting is upgraded", metadata: metadata)
            case .outdated(let outdated):
                metadata["latest_version"] = "\(outdated.latestVersion)"
                metadata["differences"] = "\(outdated.differences.sentence)"
                logger.notice("the service has a newer version of a setting", metadata: metadata)
            }
            declared.insert(name)
            refusals[name] = nil
        }
    }

    /// The names of the declared settings, in the order in which the reader has them.
    private var declaredNames: [String] {
        Array(OrderedSet(settings.map(\.declaration.name).filter(declared.contains)))
    }

    /// The settings to follow: the declared ones, or all (`nil`).
    var followedNames: [String]? { mirror == nil ? declaredNames : nil }

    /// Queries the rules, and applies them to the settings.
    private func query() async throws {
        let names = declaredNames
        guard mirror != nil || !names.isEmpty else { return }
        let output = try await client.queryRules(
            .init(
                settings: followedNames, contextFilters: try contexts.filters, includeMetadata: false,
                ifNoneMatch: answer?.entityTag))
        let answer: QueryResponse
        if case .notModified = output, let known = self.answer {
            answer = known
        } else {
            let (result, headers) = try output.ok
            answer = QueryResponse(names: names, settings: result.settings, entityTag: headers.eTag)
        }
        // No entity tag covers the order of the features, which decides between rules. Read after the query, so that all features of the
        // rules are there.
        let list = try await client.listContextFeatures(.init(includeValues: true)).ok
        let features = list.contextFeatures
        let allowed = AllowedValues(list.values ?? [:])
        allowedValues.withLock { $0 = allowed }
        if let mirror { try await update(mirror, answer, features, allowed) }
        self.answer = answer
        firstDeclarations.continuation.yield()
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

    /// Replaces the content of the mirror if something has changed.
    private func update(
        _ mirror: SettingsMirror, _ answer: QueryResponse, _ features: [String], _ allowed: AllowedValues
    ) async throws {
        let former = mirror.content
        let isKnown = answer.entityTag == self.answer?.entityTag
        guard !isKnown || former.features != features || former.allowedValues != allowed else { return }
        var aliases = former.aliases
        // A setting gets an alias when it is renamed.
        if !former.hasNames(answer.settings.keys) {
            let settings = try await client.listSettings(.init(includeAdditionalData: true)).ok.settings
            aliases = [:]
            for setting in settings { for alias in setting.aliases ?? [] { aliases[alias] = setting.name } }
        }
        mirror.replace(
            MirroredSettings(answer.settings, aliases: aliases, features: features, allowed, former: former))
    }
}
