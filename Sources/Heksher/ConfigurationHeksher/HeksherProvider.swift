public import Configuration
public import ContractRuntime
import HeksherAPI
import HeksherClient
public import HeksherSettings
public import Logging
public import ServiceLifecycle
import Synchronization

/// Gives the settings of a Heksher service to swift-configuration.
///
/// ```swift
/// let heksher = HeksherProvider(
///     AsyncHTTPClientTransport(baseURL: "http://heksher"), context: ["environment": "production"])
/// try await heksher.loadValues()
/// let config = ConfigReader(providers: [EnvironmentVariablesProvider(), heksher])
/// let level = config.string(forKey: ConfigKey("log.level", context: ["tenant": "acme"]), default: "info")
/// ```
///
/// The key, with its components joined by dots, is the name or an alias of a setting. The context of the key is the context of the
/// setting. It completes ``HeksherSettings/SettingContext/current``, which completes the context of the provider; of several values for one
/// feature, that of the key counts.
///
/// `value` answers from memory, and `fetchValue` asks the service. The provider is a `Service`, which keeps the memory up to date as a
/// `SettingsReader` does: if the service is unavailable, values stay as they are. Until the first values have arrived, there are none, so
/// that the defaults in code apply, or the next provider answers.
public final class HeksherProvider: ConfigProvider, Service {
    /// `HeksherProvider`.
    public let providerName = "HeksherProvider"

    private let client: Client
    private let reader: SettingsReader
    private let mirror = SettingsMirror()
    private let context: SettingContext
    private let secrets: SecretsSpecifier<String, Void>

    /// - Parameters:
    ///   - transport: the connection to the service, including the timeout.
    ///   - context: values for context features that apply to the whole program.
    ///   - contexts: the contexts that can occur in the program; by default all. In a context with another value, a rule does not apply.
    ///   - token: for a service that requires one; the role `read` is enough. If it has prefixes, the provider has only those settings.
    ///   - secrets: the names of settings whose values must not be logged.
    ///   - refreshInterval: the maximum age of values, plus or minus a tenth, while the service is available.
    ///   - logger: logs when the service becomes unavailable, and when it is available again.
    public init(
        _ transport: some ClientTransport, context: SettingContext = SettingContext(), contexts: TrackedContexts = .all,
        token: String? = nil, secrets: SecretsSpecifier<String, Void> = .none,
        refreshInterval: Duration = .seconds(30), logger: Logger = Logger(label: "heksher.configuration")
    ) {
        client = Client(transport, credentials: ClientCredentials(token.map { [.bearer(BearerToken($0))] } ?? []))
        reader = SettingsReader(
            transport, mirror: mirror, contexts: contexts, token: token, refreshInterval: refreshInterval,
            logger: logger)
        self.context = context
        self.secrets = secrets
    }

    /// Keeps the values up to date until the program shuts down.
    ///
    /// - Throws: `SettingContextError` if no rule can have a tracked name or value.
    public func run() async throws { try await reader.run() }

    /// Loads the values at the start of a program, before they are read for the first time. If the service does not respond in time, the
    /// provider logs that, and the program starts without its values.
    ///
    /// - Parameter limit: the time to wait for the service.
    /// - Throws: `SettingContextError` if no rule can have a tracked name or value, `CancellationError` if the task is cancelled.
    public func loadValues(within limit: Duration = .seconds(3)) async throws {
        try await reader.loadValues(within: limit)
    }

    /// Refreshes the values now. When it returns, `value` has every change that was made before the call.
    ///
    /// - Throws: `ClientError` if the service is unavailable or its response is invalid; `SettingContextError` if no rule can have a tracked
    ///   name or value.
    public func refresh() async throws { try await reader.refresh() }

    // MARK: ConfigProvider

    /// The value as the last refresh found it; `nil` if no setting has the name or alias.
    ///
    /// - Throws: ``UnfitSettingError`` if the value does not fit the type; `SettingContextError` if the context has a value that the service
    ///   refuses.
    public func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
        try snapshot(of: mirror.content).value(forKey: key, type: type)
    }

    /// The value that the setting has at the service now; `nil` if no setting has the name or alias.
    ///
    /// - Throws: as ``value(forKey:type:)``; `ClientError` if the service is unavailable or its response is invalid.
    public func fetchValue(forKey key: AbsoluteConfigKey, type: ConfigType) async throws -> LookupResult {
        let snapshot = snapshot(of: mirror.content)
        let name = key.settingName
        guard key.canNameSetting else { return LookupResult(encodedKey: name, value: nil) }
        let context = try snapshot.context(of: key)
        let output = try await client.evaluateSettings(.init(settings: [name], context: context.text))
        switch output {
        case .notFound: return LookupResult(encodedKey: name, value: nil)
        case .unprocessableContent(.json(let refusal)):
            throw RefusedContextError(description: refusal.detail.map(\.msg).joined(separator: "; "))
        default: return try snapshot.result(name, output.ok.body.settings.values.first?.value, type)
        }
    }

    /// Follows a value: the current one first, and then each change that a refresh brings. A slow reader misses values that have changed
    /// again meanwhile, but never the last one.
    public nonisolated(nonsending) func watchValue<Return: ~Copyable>(
        forKey key: AbsoluteConfigKey, type: ConfigType,
        updatesHandler:
            nonisolated(nonsending) (
                _ updates: ConfigUpdatesAsyncSequence<Result<LookupResult, any Error>, Never>
            ) async throws -> Return
    ) async throws -> Return {
        let (stream, continuation) = AsyncStream<Result<LookupResult, any Error>>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        let current = snapshot(of: mirror.content)
        let last = LastResult()
        let id = mirror.observe { settings in
            let result = Result { try current.replacing(settings).value(forKey: key, type: type) }
            if last.replace(result) { continuation.yield(result) }
        }
        defer { mirror.endObserving(id) }
        return try await updatesHandler(ConfigUpdatesAsyncSequence(stream))
    }

    /// All values as the last refresh found them.
    public func snapshot() -> any ConfigSnapshot { snapshot(of: mirror.content) }

    /// Follows all values: the current snapshot first, and then one after each change that a refresh brings.
    public nonisolated(nonsending) func watchSnapshot<Return: ~Copyable>(
        updatesHandler:
            nonisolated(nonsending) (
                _ updates: ConfigUpdatesAsyncSequence<any ConfigSnapshot, Never>
            ) async throws -> Return
    ) async throws -> Return {
        let (stream, continuation) = AsyncStream<any ConfigSnapshot>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let current = snapshot(of: mirror.content)
        let id = mirror.observe { continuation.yield(current.replacing($0)) }
        defer { mirror.endObserving(id) }
        return try await updatesHandler(ConfigUpdatesAsyncSequence(stream))
    }

    /// A snapshot for the calling task.
    private func snapshot(of settings: MirroredSettings) -> HeksherSnapshot {
        HeksherSnapshot(
            providerName: providerName, settings: settings, context: context.merging(.current), secrets: secrets)
    }
}

/// The last result that the watcher of a value was told.
private final class LastResult: Sendable {
    private enum Known: Equatable {
        case none
        case value(LookupResult)
        case failure(String)
    }

    private let known = Mutex(Known.none)

    /// - Returns: whether the new result differs from the previous one.
    func replace(_ result: Result<LookupResult, any Error>) -> Bool {
        let new: Known =
            switch result {
            case .success(let value): .value(value)
            case .failure(let error): .failure("\(error)")
            }
        return known.withLock { known in
            defer { known = new }
            return known != new
        }
    }
}
