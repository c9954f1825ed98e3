package import ContractJSON
package import ContractRuntime
import HeksherAPI
import HeksherDomain
import HeksherStore
import OrderedCollections

extension Schemas.Document {
    init(_ document: SettingsDocument) {
        self.init(
            contextFeatures: document.features?.map { feature in
                if let values = feature.values {
                    .featureWithValues(Schemas.DocumentFeatureWithValues(name: feature.name, values: values))
                } else {
                    .contextFeatureName(feature.name)
                }
            },
            settings: OrderedDictionary(
                uniqueKeysWithValues: document.entries.map { ($0.setting.name, Schemas.DocumentSetting($0)) }))
    }
}

extension Schemas.DocumentSetting {
    fileprivate init(_ entry: SettingsDocument.Entry) {
        let setting = entry.setting
        self.init(
            type: setting.type.description, defaultValue: setting.defaultValue,
            configurableFeatures: setting.configurableFeatures, version: setting.version.description,
            aliases: setting.aliases, metadata: setting.metadata.members,
            rules: entry.rules.map { rule in
                Schemas.DocumentRule(
                    when: OrderedDictionary(uniqueKeysWithValues: rule.conditions.map { ($0.feature, $0.value) }),
                    value: rule.value, metadata: rule.metadata.members, expiresAt: rule.expiry)
            })
    }
}

extension SettingsDocument {
    /// Reads a document that fits its schema.
    ///
    /// - Parameter prefix: the beginning that the names of all settings must have.
    /// - Throws: ``InvalidRequest`` with all problems that no schema expresses.
    init(_ document: Schemas.Document, prefix: String, _ store: Store) throws(InvalidRequest) {
        var reader = DocumentReader(prefix: prefix, store: store)
        let features = reader.features(document.contextFeatures)
        let entries = document.settings.compactMap { reader.entry($0.key, $0.value) }
        reader.checkNames(document)
        guard reader.problems.isEmpty else { throw InvalidRequest(problems: reader.problems) }
        self.init(features: features, entries: entries)
    }
}

extension ValidationProblems {
    /// All problems of a document: those that its schema expresses, and those of each setting that fits its schema.
    ///
    /// - Parameters:
    ///   - value: the document.
    ///   - prefix: the beginning that the names of all settings must have.
    package init(ofDocument value: JSONValue, prefix: String) {
        self.init()
        var json = JSONReader(value)
        var reader = DocumentReader(prefix: prefix, store: nil)
        if let document = try? Schemas.Document.decode(from: &json, problems: &self) {
            _ = reader.features(document.contextFeatures)
            for (name, setting) in document.settings { _ = reader.entry(name, setting) }
            reader.checkNames(document)
        } else {
            self.prefix("body", since: 0)
            reader.readSettings(of: value)
        }
        for problem in reader.problems.list { add(problem) }
    }

    /// Adds the problems of the settings of a document that violates its schema elsewhere.
    mutating func addProblems(ofDocumentIn request: APIRequest, prefix: String) {
        guard let text = try? request.jsonText, let value = try? JSONValue(parsing: text) else { return }
        var reader = DocumentReader(prefix: prefix, store: nil)
        reader.readSettings(of: value)
        for problem in reader.problems.list { add(problem) }
    }
}

/// Reads the parts of a document, and collects its problems.
private struct DocumentReader {
    var problems = ValidationProblems()
    let prefix: String
    /// `nil` if the limits on stored data do not matter.
    let store: Store?

    init(prefix: String, store: Store?) {
        self.prefix = prefix
        self.store = store
    }

    private mutating func add(_ message: String, _ place: [ValidationProblem.Step]) {
        problems.add(ValidationProblem(.other, message, at: [.name("body")] + place))
    }

    mutating func features(_ features: [Schemas.DocumentFeature]?) -> [SettingsDocument.Feature]? {
        guard let features else { return nil }
        var seen: Set<String> = []
        return features.enumerated().map { index, feature in
            let read =
                switch feature {
                case .contextFeatureName(let name): SettingsDocument.Feature(name: name)
                case .featureWithValues(let feature):
                    SettingsDocument.Feature(
                        name: feature.name, values: FeatureValueList(feature.values)?.values ?? feature.values)
                }
            if !seen.insert(read.name).inserted {
                add(
                    "the context feature \(read.name.shortened()) is repeated",
                    [.name("context_features"), .index(index)])
            }
            return read
        }
    }

    mutating func entry(_ name: String, _ given: Schemas.DocumentSetting) -> SettingsDocument.Entry? {
        let place: [ValidationProblem.Step] = [.name("settings"), .name(name)]
        if !name.utf8.starts(with: prefix.utf8) { add("the name does not begin with '\(prefix.shortened())'", place) }
        let type: SettingType
        do {
            type = try SettingType(parsing: given.type)
        } catch {
            add("\(error)", place + [.name("type")])
            return nil
        }
        if !type.admits(given.defaultValue) {
            add("the default value does not fit the type \(type.quotation)", place + [.name("default_value")])
        }
        if given.aliases.contains(name) { add("an alias is the name itself", place + [.name("aliases")]) }
        let setting = Setting(
            name: name, type: type, defaultValue: given.defaultValue, configurableFeatures: given.configurableFeatures,
            metadata: Metadata(given.metadata), aliases: given.aliases, version: Version(validated: given.version))
        if let problem = store?.storageProblem(of: setting) { add("\(problem)", place) }
        var conditions: [Set<Condition>: Int] = [:]
        var rules: [SettingsDocument.Rule] = []
        for (index, rule) in given.rules.enumerated() {
            let place = place + [.name("rules"), .index(index)]
            let read = self.rule(rule, type, Set(given.configurableFeatures), place)
            if let other = conditions.updateValue(index, forKey: Set(read.conditions)) {
                add("rule \(other) has the same conditions", place + [.name("when")])
            }
            // An expired rule would be deleted at once.
            if !Expiry.isPast(rule.expiresAt) { rules.append(read) }
        }
        return SettingsDocument.Entry(setting: setting, rules: rules)
    }

    private mutating func rule(
        _ rule: Schemas.DocumentRule, _ type: SettingType, _ configurable: Set<String>,
        _ place: [ValidationProblem.Step]
    ) -> SettingsDocument.Rule {
        if !type.admits(rule.value) {
            add("the value does not fit the type \(type.quotation)", place + [.name("value")])
        }
        if rule.when.isEmpty { add("a rule has at least one condition", place + [.name("when")]) }
        for feature in rule.when.keys where !configurable.contains(feature) {
            add(
                "the setting is not configurable by \(feature.shortened())", place + [.name("when"), .name(feature)])
        }
        let metadata = Metadata(rule.metadata)
        if let problem = store?.storageProblem(ofRule: rule.value, metadata) { add("\(problem)", place) }
        return SettingsDocument.Rule(
            conditions: rule.when.map { Condition(feature: $0.key, value: $0.value) }, value: rule.value,
            metadata: metadata, expiry: rule.expiresAt.flatMap { DateTime($0) }.map { Expiry.text($0.microseconds) })
    }

    /// Reads those settings of a malformed document that fit their schema.
    mutating func readSettings(of document: JSONValue) {
        guard case .object(let members) = document.content,
            case .object(let settings)? = members.first(where: { $0.key == "settings" })?.value.content
        else { return }
        for (name, value) in settings {
            var json = JSONReader(value)
            var problems = ValidationProblems()
            if let setting = try? Schemas.DocumentSetting.decode(from: &json, problems: &problems) {
                _ = entry(name, setting)
            }
        }
    }

    /// Checks that no name or alias belongs to two settings of the document.
    mutating func checkNames(_ document: Schemas.Document) {
        var owners: [String: String] = [:]
        for name in document.settings.keys { owners[name] = name }
        for (name, setting) in document.settings {
            for (index, alias) in setting.aliases.enumerated() {
                if let owner = owners[alias], owner != name {
                    add(
                        "the name \(alias.shortened()) belongs to the setting \(owner.shortened())",
                        [.name("settings"), .name(name), .name("aliases"), .index(index)])
                }
                owners[alias] = name
            }
        }
    }
}
