import ContractJSON
import ContractRuntime
import HTTPRepresentation
import HeksherAPI
import HeksherDomain
import HeksherStore

/// The operations of the tag "OpenFeature".
struct OpenFeatureHandler: OpenFeatureAPI {
    let store: Store
    let contexts: FlagContext
    let streams: EventStreams

    func evaluateFlag(_ input: EvaluateFlag.Input) async throws -> EvaluateFlag.Output {
        try await FlagTables(store: store, contexts: contexts).evaluateFlag(input)
    }

    func evaluateFlags(_ input: EvaluateFlags.Input) async throws -> EvaluateFlags.Output {
        try await FlagTables(store: store, contexts: contexts).evaluateFlags(input)
    }

    func watchFlags(_ input: WatchFlags.Input) async throws -> WatchFlags.Output {
        switch try await streams.open(nil, after: input.headers.lastEventID, .flags) {
        case .opened(let stream):
            return .ok(.events(EventStream(stream.map { $0.flagsEvent })), headers: .init(xAccelBuffering: "no"))
        case .unavailable(let sentence):
            return .serviceUnavailable(.plainText(sentence), headers: .init(retryAfter: 1))
        // The request names no settings.
        case .unknownSettings: return .serviceUnavailable(.plainText("try again"), headers: .init(retryAfter: 1))
        }
    }

    func getManifest(_ input: GetManifest.Input) async throws -> GetManifest.Output {
        let settings = try await store.settings().filter { SettingAccess.admits($0.name) }
        return .ok(.json(Schemas.Manifest(flags: settings.map { Schemas.ManifestFlag($0) })))
    }
}

/// Evaluates flags from the tables. ``QueryResponder`` evaluates them from memory, with the same responses.
struct FlagTables: Sendable {
    let store: Store
    var contexts = FlagContext()

    func evaluateFlag(_ input: EvaluateFlag.Input) async throws -> EvaluateFlag.Output {
        let key = input.path.key
        // PostgreSQL cannot search for a text with a NUL, and no setting has such a name.
        guard !key.utf8.contains(0) else { return .unknown(key) }
        switch try await store.visibleSettings([key]) {
        case .unknownSettings: return .unknown(key)
        case .unreadableSetting(let setting): throw setting
        case .found(let settings, let features, let allowed):
            guard let setting = settings.first else { return .unknown(key) }
            let context = contexts.context(input.body.context)
            if let refused = allowed.refused(in: context).first { return .refused(refused, key: key) }
            let (facts, metadata) = (try setting.facts.get(), try setting.scalarMetadata.get())
            return .ok(
                .json(Schemas.Flag(key, setting, facts, metadata, context, features)))
        }
    }

    func evaluateFlags(_ input: EvaluateFlags.Input) async throws -> EvaluateFlags.Output {
        let context = contexts.context(input.body.context)
        var result = Schemas.FlagList(flags: [], eventStreams: EventStreamLink.current.streams)
        if case .found(let settings, let features, let allowed) = try await store.visibleSettings(nil) {
            if let refused = allowed.refused(in: context).first { return .refused(refused) }
            for setting in settings {
                guard case .success(let facts) = setting.facts, case .success(let metadata) = setting.scalarMetadata
                else {
                    continue
                }
                result.flags.append(Schemas.Flag(setting.name, setting, facts, metadata, context, features))
            }
        }
        let tag = EntityTag(ofBody: result.jsonBytes())
        if let condition = input.headers.ifNoneMatch, tag.matches(ifNoneMatch: condition) {
            return .notModified(headers: .init(eTag: tag.text))
        }
        return .ok(.json(result), headers: .init(eTag: tag.text))
    }
}

extension EvaluateFlag.Output {
    static func unknown(_ key: String) -> Self {
        .notFound(
            .json(Schemas.FlagNotFound(key: key.shortened(), errorDetails: Responses.UnknownSetting.sentence(key))))
    }
}

extension EvaluateFlag.Output {
    /// The refusal of a context with a value that its feature may not have.
    static func refused(_ value: RefusedFeatureValue, key: String) -> Self {
        .badRequest(
            .json(
                Schemas.FlagFailure(
                    key: key.shortened(), errorCode: .invalidContext,
                    errorDetails: value.description.shortened(to: 1024))))
    }
}

extension EvaluateFlags.Output {
    /// The refusal of a context with a value that its feature may not have.
    static func refused(_ value: RefusedFeatureValue) -> Self {
        .badRequest(
            .json(
                Schemas.FlagListFailure(
                    errorCode: .invalidContext, errorDetails: value.description.shortened(to: 1024))))
    }
}

extension Schemas.Flag {
    fileprivate init(
        _ key: String, _ setting: QueriedSetting, _ facts: SettingFacts, _ settingMetadata: Metadata,
        _ context: Context, _ features: ContextFeatureOrder
    ) {
        let winner = setting.winner(in: context, features)
        var metadata = Schemas.FlagMetadata(
            ruleId: winner?.id, type: facts.type.description, version: facts.version.description)
        for (key, value) in FlagFacts.metadata(facts, settingMetadata).dropFirst(2) {
            metadata.additionalProperties[key] = value
        }
        self.init(
            key: key, value: facts.type.typedValue(winner?.value ?? setting.defaultValue),
            reason: winner != nil ? .targetingMatch : setting.rules.isEmpty ? .static : .default,
            variant: winner.map { "rule-\($0.id)" } ?? "default", metadata: metadata)
    }
}

extension Schemas.ManifestFlag {
    fileprivate init(_ setting: Setting) {
        var description: String?
        if case .string(let text)? = setting.metadata["description"]?.content { description = text }
        let type = setting.type.manifestType
        let numbers: SettingType? = type == .integer ? .int : type == .float ? .float : nil
        self.init(
            key: setting.name, type: type, description: description,
            defaultValue: numbers?.typedValue(setting.defaultValue) ?? setting.defaultValue)
    }
}

extension SettingType {
    /// The value with the text that ``typedText(_:)`` gives it.
    fileprivate func typedValue(_ value: JSONValue) -> JSONValue {
        let text = typedText(value.bytes)
        return text == value.bytes ? value : JSONValue { $0.writeRaw(text) }
    }

    /// The type that generated accessors have.
    fileprivate var manifestType: Schemas.ManifestType {
        switch self {
        case .int: return .integer
        case .float: return .float
        case .str: return .string
        case .bool: return .boolean
        case .flags, .sequence, .mapping: return .object
        case .enum(let options):
            let values = options.texts.compactMap { try? JSONValue(parsing: $0) }
            func areAll(_ type: SettingType) -> Bool { values.allSatisfy(type.admits) }
            return areAll(.str)
                ? .string : areAll(.bool) ? .boolean : areAll(.int) ? .integer : areAll(.float) ? .float : .object
        }
    }
}
