import HeksherDomain
import HeksherStore
import JSON
import Synchronization

/// A setting with its rules, ready to be written as a part of answers.
///
/// What it writes is what ``QueryHandler`` does, byte by byte.
final class QueryableSetting: CatalogEntry {
    private static let lastVersion = Atomic(0)

    /// Tells settings apart, and what one setting was from what it is; never the same again.
    let version = lastVersion.add(1, ordering: .relaxed).newValue
    let name: String
    /// `"name":{"default_value":…,"rules":[`
    private let prefix: [UInt8]
    private let rules: QueryableRules

    convenience init?(_ setting: QueriedSetting, _ features: ContextFeatureOrder) {
        guard let rules = QueryableRules(setting.rules, features) else { return nil }
        var name = JSONWriter()
        name.write(setting.name)
        let prefix =
            name.finish() + Array(#":{"default_value":"#.utf8) + setting.defaultValue.bytes
            + Array(#","rules":["#.utf8)
        self.init(name: setting.name, prefix, rules)
    }

    private init(name: String, _ prefix: [UInt8], _ rules: QueryableRules) {
        self.name = name
        self.prefix = prefix
        self.rules = rules
    }

    func with(_ rule: Rule?, asRule id: Int, _ features: ContextFeatureOrder) -> QueryableSetting? {
        QueryableRules(rule.map { [$0] } ?? [], features).flatMap { rules.with($0, asRule: id) }
            .map { QueryableSetting(name: name, prefix, $0) }
    }

    /// About how many bytes ``write(to:_:withMetadata:)`` may add.
    var maximumSize: Int { prefix.count + rules.maximumSize + 2 }

    /// Adds the setting as a member of an object, with those of its rules that are admitted.
    func write(to body: inout [UInt8], _ contexts: AdmittedContexts, withMetadata: Bool) {
        body += prefix
        rules.write(to: &body, contexts, withMetadata: withMetadata)
        body += "]}".utf8
    }
}

/// Rules in the order of their ids: their texts beside each other, and their conditions in a form that is quickly compared.
private struct QueryableRules: Sendable {
    /// Where the parts of a rule begin or end, each in its array.
    private struct Place {
        var text: UInt32
        var metadata: UInt32
        var conditions: UInt32

        /// - Returns: `nil` if there is no room for it.
        init?(_ text: Int, _ metadata: Int, _ conditions: Int) {
            guard let text = UInt32(exactly: text), let metadata = UInt32(exactly: metadata),
                let conditions = UInt32(exactly: conditions)
            else { return nil }
            self.init(text, metadata, conditions)
        }

        init(_ text: UInt32, _ metadata: UInt32, _ conditions: UInt32) {
            self.text = text
            self.metadata = metadata
            self.conditions = conditions
        }

        /// Where it is once everything has moved from one place to another.
        func moved(from start: Place, to target: Place) -> Place {
            Place(
                text - start.text + target.text, metadata - start.metadata + target.metadata,
                conditions - start.conditions + target.conditions)
        }
    }

    /// The rules without their metadata, with commas between them.
    private var texts: [UInt8] = []
    /// The metadata of the rules, with commas between them.
    private var metadata: [UInt8] = []
    private var conditions: [IndexedCondition] = []
    private var ends: [Place] = []

    /// - Returns: `nil` if there is more than this form has room for.
    init?(_ rules: [Rule], _ features: ContextFeatureOrder) {
        var texts = JSONWriter(reservingCapacity: rules.count * 96)
        var metadata = JSONWriter()
        ends.reserveCapacity(rules.count)
        for rule in rules {
            texts.beginObject()
            texts.key("value")
            texts.write(rule.value)
            texts.key("context_features")
            texts.beginArray()
            for condition in rule.conditions {
                texts.beginArray()
                texts.write(condition.feature)
                texts.write(condition.value)
                texts.endArray()
                // In front of the last quote and bracket.
                let start = texts.bytes.count - 2 - condition.value.utf8.count
                guard let key = IndexedCondition(condition, features, start) else { return nil }
                conditions.append(key)
            }
            texts.endArray()
            texts.key("rule_id")
            texts.write(rule.id)
            texts.endObject()
            metadata.write(rule.metadata.jsonValue)
            guard let end = Place(texts.bytes.count, metadata.bytes.count, conditions.count) else { return nil }
            ends.append(end)
        }
        // Copies have no room that they do not need.
        self.texts = Array(texts.bytes[...])
        self.metadata = Array(metadata.bytes[...])
        conditions = Array(conditions[...])
    }

    private init() {}

    /// The rules with one or none in the place of the one with an id, if there is one.
    ///
    /// - Returns: `nil` if there is more than this form has room for.
    func with(_ other: QueryableRules, asRule id: Int) -> QueryableRules? {
        let index = index(of: id)
        let next = index < ends.count && self.id(at: index) == id ? index + 1 : index
        var result = QueryableRules()
        result.texts.reserveCapacity(texts.count + other.texts.count + 1)
        result.metadata.reserveCapacity(metadata.count + other.metadata.count + 1)
        result.conditions.reserveCapacity(conditions.count + other.conditions.count)
        result.ends.reserveCapacity(ends.count + other.ends.count)
        for (rules, range) in [(self, 0..<index), (other, other.ends.indices), (self, next..<ends.count)] {
            guard result.append(rules, range) else { return nil }
        }
        return result
    }

    /// - Returns: whether there is room.
    private mutating func append(_ other: QueryableRules, _ range: Range<Int>) -> Bool {
        guard let first = range.first, let last = range.last else { return true }
        if !ends.isEmpty {
            texts.append(UInt8(ascii: ","))
            metadata.append(UInt8(ascii: ","))
        }
        let (start, end) = (other.start(of: first), other.ends[last])
        guard let target = Place(texts.count, metadata.count, conditions.count) else { return false }
        texts += other.texts[Int(start.text)..<Int(end.text)]
        metadata += other.metadata[Int(start.metadata)..<Int(end.metadata)]
        guard Place(texts.count, metadata.count, conditions.count) != nil else { return false }
        for var condition in other.conditions[Int(start.conditions)..<Int(end.conditions)] {
            condition.start = condition.start - start.text + target.text
            conditions.append(condition)
        }
        ends += other.ends[range].lazy.map { $0.moved(from: start, to: target) }
        return true
    }

    private func start(of index: Int) -> Place {
        guard index > 0 else { return Place(0, 0, 0) }
        let end = ends[index - 1]
        return Place(end.text + 1, end.metadata + 1, end.conditions)
    }

    /// Where the rule with an id is, or would be, by bisection.
    private func index(of id: Int) -> Int {
        var range = ends.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if self.id(at: middle) < id {
                range = middle + 1..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound
    }

    /// The id stands at the end of the text, in front of the brace.
    private func id(at index: Int) -> Int {
        let text = texts[..<Int(ends[index].text - 1)]
        let start = text.lastIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? text.startIndex
        return Int(String(decoding: text[start...], as: UTF8.self)) ?? .max
    }

    /// About how many bytes ``write(to:_:withMetadata:)`` may add.
    var maximumSize: Int { texts.count + metadata.count + ends.count * 12 }

    /// Adds those of the rules that are admitted, with commas between them.
    func write(to body: inout [UInt8], _ contexts: AdmittedContexts, withMetadata: Bool) {
        if contexts.areAll, !withMetadata {
            body += texts
        } else {
            texts.withUnsafeBufferPointer { texts in
                contexts.withFilter { filter in writeAdmitted(to: &body, texts, filter, withMetadata) }
            }
        }
    }

    private func writeAdmitted(
        to body: inout [UInt8], _ texts: UnsafeBufferPointer<UInt8>, _ filter: AdmittedContexts.Filter,
        _ withMetadata: Bool
    ) {
        conditions.withUnsafeBufferPointer { conditions in
            var isFirst = true
            var (textStart, metadataStart, conditionsStart) = (0, 0, 0)
            for end in ends {
                let (textEnd, metadataEnd, conditionsEnd) = (Int(end.text), Int(end.metadata), Int(end.conditions))
                if filter.admits(UnsafeBufferPointer(rebasing: conditions[conditionsStart..<conditionsEnd]), texts) {
                    if !isFirst { body.append(UInt8(ascii: ",")) }
                    isFirst = false
                    if withMetadata {
                        // Into the object, in front of its brace.
                        body.append(contentsOf: UnsafeBufferPointer(rebasing: texts[textStart..<textEnd - 1]))
                        body += #","metadata":"#.utf8
                        body += metadata[metadataStart..<metadataEnd]
                        body.append(UInt8(ascii: "}"))
                    } else {
                        body.append(contentsOf: UnsafeBufferPointer(rebasing: texts[textStart..<textEnd]))
                    }
                }
                (textStart, metadataStart, conditionsStart) = (textEnd + 1, metadataEnd + 1, conditionsEnd)
            }
        }
    }
}

/// A condition with its feature by place, and its value by hash and by where it stands.
struct IndexedCondition {
    var hash: UInt64
    var start: UInt32
    var length: UInt16
    var feature: UInt16

    init?(_ condition: Condition, _ features: ContextFeatureOrder, _ start: Int) {
        guard let feature = features.index(of: condition.feature).flatMap(UInt16.init(exactly:)),
            let length = UInt16(exactly: condition.value.utf8.count), let start = UInt32(exactly: start)
        else { return nil }
        self.hash = condition.value.utf8.fnv1a
        self.start = start
        self.length = length
        self.feature = feature
    }
}
