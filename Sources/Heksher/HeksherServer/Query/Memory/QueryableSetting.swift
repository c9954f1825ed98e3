import ContractJSON
import HeksherCatalog
import HeksherDomain
import HeksherStore
import Synchronization

/// A setting with its rules, ready to be written as a part of responses.
///
/// It writes the same bytes as ``QueryHandler``, ``EvaluationHandler`` and ``OpenFeatureHandler``.
final class QueryableSetting: CatalogEntry {
    private static let lastVersion = Atomic(0)

    /// Identifies one state of one setting. Numbers are never reused.
    let version = lastVersion.add(1, ordering: .relaxed).newValue
    let name: String
    /// `"name":{"default_value":…,"rules":[`
    private let prefix: [UInt8]
    /// The positions of the default value in ``prefix``.
    private let defaultRange: Range<Int>
    let rules: QueryableRules
    /// The type and the version.
    private let facts: Result<SettingFacts, UnreadableSetting>
    /// The attributes that OpenFeature needs.
    let flagFacts: Result<FlagFacts, UnreadableSetting>
    /// Created for the first evaluation.
    private let resolver = AtomicLazyReference<SharedResolver>()

    convenience init?(_ setting: QueriedSetting, _ features: ContextFeatureOrder) {
        guard let rules = QueryableRules(setting.rules, features) else { return nil }
        var name = JSONWriter()
        name.write(setting.name)
        let start = name.finish() + Array(Self.defaultKey.utf8)
        let prefix = start + setting.defaultValue.bytes + Array(#","rules":["#.utf8)
        self.init(
            name: setting.name, prefix, start.count..<start.count + setting.defaultValue.bytes.count, rules,
            setting.facts, setting.facts.flatMap { facts in setting.scalarMetadata.map { FlagFacts(facts, $0) } })
    }

    private static let defaultKey = #":{"default_value":"#

    private init(
        name: String, _ prefix: [UInt8], _ defaultRange: Range<Int>, _ rules: QueryableRules,
        _ facts: Result<SettingFacts, UnreadableSetting>, _ flagFacts: Result<FlagFacts, UnreadableSetting>
    ) {
        self.name = name
        self.prefix = prefix
        self.defaultRange = defaultRange
        self.rules = rules
        self.facts = facts
        self.flagFacts = flagFacts
    }

    func with(_ changes: [RuleChange], _ features: ContextFeatureOrder) -> QueryableSetting? {
        QueryableRules(changes.compactMap(\.rule), features).flatMap { rules.with($0, changes) }
            .map { QueryableSetting(name: name, prefix, defaultRange, $0, facts, flagFacts) }
    }

    /// The maximum bytes that ``write(to:_:withMetadata:)`` adds, approximately.
    var maximumSize: Int { prefix.count + rules.maximumSize + 2 }

    /// Adds the setting as a member of an object, with its admitted rules.
    func write(to body: inout [UInt8], _ contexts: AdmittedContexts, withMetadata: Bool) {
        body += prefix
        rules.write(to: &body, contexts, withMetadata: withMetadata)
        body += "]}".utf8
    }

    // MARK: Evaluation

    /// The resolver of the rules, with a reference count.
    private final class SharedResolver: Sendable {
        let resolver: Resolver

        init(_ resolver: Resolver) {
            self.resolver = resolver
        }
    }

    /// The name in JSON.
    var nameText: ArraySlice<UInt8> { prefix[..<(defaultRange.lowerBound - Self.defaultKey.utf8.count)] }
    /// The default value in JSON.
    var defaultText: ArraySlice<UInt8> { prefix[defaultRange] }

    /// The approximate number of steps that finding the winner takes at most, in tens of nanoseconds.
    var evaluationSteps: Int { resolver.load()?.resolver.maximumSteps ?? rules.count * 30 }

    /// The maximum bytes of a value.
    var maximumValueSize: Int { max(defaultRange.count, rules.maximumValueSize) }

    /// The index of the rule that wins in a context; `nil` if the default applies.
    ///
    /// - Parameter features: as of the entry's snapshot.
    func winner(in context: Context, _ features: ContextFeatureOrder) -> Int? {
        if rules.isEmpty { return nil }
        let resolver =
            resolver.load()
            ?? resolver.storeIfNil(SharedResolver(Resolver(rules.conditionLists(features), features)))
        return resolver.resolver.winner(in: context)
    }
}

extension QueryableSetting {
    /// The setting with its rules as the domain has them, without its metadata.
    ///
    /// - Returns: `nil` if only the tables have the whole setting.
    func queried(_ features: ContextFeatureOrder) -> QueriedSetting? {
        guard let defaultValue = try? JSONValue(parsing: Array(defaultText), maximumDepth: 10_000),
            let rules = rules.rules(of: name, features)
        else { return nil }
        return QueriedSetting(
            name: name, defaultValue: defaultValue, rules: rules, facts: facts, scalarMetadata: .success([:]))
    }
}
