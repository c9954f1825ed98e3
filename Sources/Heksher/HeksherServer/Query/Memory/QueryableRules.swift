import ContractJSON
import HeksherCatalog
import HeksherDomain
import HeksherStore

/// Rules in the order of their IDs: their texts in one buffer, and their conditions in a form that is quickly compared.
struct QueryableRules: Sendable {
    /// The positions at which the parts of a rule begin or end, each in its array.
    private struct Place {
        var text: UInt32
        /// The end of the rule's value in the text.
        var value: UInt32
        var metadata: UInt32
        var conditions: UInt32

        /// - Returns: `nil` if a position is too large.
        init?(_ text: Int, value: Int = 0, _ metadata: Int, _ conditions: Int) {
            guard let text = UInt32(exactly: text), let value = UInt32(exactly: value),
                let metadata = UInt32(exactly: metadata), let conditions = UInt32(exactly: conditions)
            else { return nil }
            self.init(text, value: value, metadata, conditions)
        }

        init(_ text: UInt32, value: UInt32 = 0, _ metadata: UInt32, _ conditions: UInt32) {
            self.text = text
            self.value = value
            self.metadata = metadata
            self.conditions = conditions
        }

        /// The position after everything has moved from one place to another.
        func moved(from start: Place, to target: Place) -> Place {
            Place(
                text - start.text + target.text, value: value - start.text + target.text,
                metadata - start.metadata + target.metadata, conditions - start.conditions + target.conditions)
        }
    }

    private static let valueKey = #"{"value":"#

    /// The rules without their metadata, separated by commas.
    private var texts: [UInt8] = []
    /// The metadata of the rules, separated by commas.
    private var metadata: [UInt8] = []
    private var conditions: [IndexedCondition] = []
    private var ends: [Place] = []
    /// The maximum bytes of a rule's value; possibly that of a former rule.
    private(set) var maximumValueSize = 0

    /// - Returns: `nil` if the rules are too large for this form.
    init?(_ rules: [Rule], _ features: ContextFeatureOrder) {
        var texts = JSONWriter(reservingCapacity: rules.count * 96)
        var metadata = JSONWriter()
        ends.reserveCapacity(rules.count)
        for rule in rules {
            texts.beginObject()
            texts.key("value")
            texts.write(rule.value)
            let valueEnd = texts.bytes.count
            maximumValueSize = max(maximumValueSize, rule.value.bytes.count)
            texts.key("context_features")
            texts.beginArray()
            for condition in rule.conditions {
                texts.beginArray()
                texts.write(condition.feature)
                // After the comma and the quotation mark.
                let start = texts.bytes.count + 2
                texts.write(condition.value)
                // The slice must not outlive the call, because the next write would copy all bytes.
                guard
                    let key = IndexedCondition(
                        condition.feature, texts.bytes[start..<texts.bytes.count - 1], features)
                else { return nil }
                conditions.append(key)
                texts.endArray()
            }
            texts.endArray()
            texts.key("rule_id")
            texts.write(rule.id)
            texts.endObject()
            metadata.write(rule.metadata.jsonValue)
            guard let end = Place(texts.bytes.count, value: valueEnd, metadata.bytes.count, conditions.count)
            else { return nil }
            ends.append(end)
        }
        // A copy has no unused capacity.
        self.texts = Array(texts.bytes[...])
        self.metadata = Array(metadata.bytes[...])
        conditions = Array(conditions[...])
    }

    private init() {}

    /// The rules after some have changed.
    ///
    /// - Parameters:
    ///   - changed: the changed rules that still exist.
    ///   - changes: all changed rules, in the order of their IDs.
    /// - Returns: `nil` if the rules are too large for this form.
    func with(_ changed: QueryableRules, _ changes: [RuleChange]) -> QueryableRules? {
        var result = QueryableRules()
        result.maximumValueSize = max(maximumValueSize, changed.maximumValueSize)
        result.texts.reserveCapacity(texts.count + changed.texts.count + changed.ends.count)
        result.metadata.reserveCapacity(metadata.count + changed.metadata.count + changed.ends.count)
        result.conditions.reserveCapacity(conditions.count + changed.conditions.count)
        result.ends.reserveCapacity(ends.count + changed.ends.count)
        var (place, changedPlace) = (0, 0)
        for change in changes {
            let index = index(of: change.id)
            guard result.append(self, place..<index) else { return nil }
            place = index < ends.count && id(at: index) == change.id ? index + 1 : index
            guard change.rule != nil else { continue }
            guard result.append(changed, changedPlace..<changedPlace + 1) else { return nil }
            changedPlace += 1
        }
        return result.append(self, place..<ends.count) ? result : nil
    }

    /// - Returns: whether the rules fit.
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

    /// The index of the rule with an ID, or the index at which to insert it, by binary search.
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

    private func id(at index: Int) -> Int { Int(String(decoding: idText(at: index), as: UTF8.self)) ?? .max }

    // MARK: Single rules

    /// The number of rules.
    var count: Int { ends.count }
    /// Whether there are no rules.
    var isEmpty: Bool { ends.isEmpty }

    /// The ID in JSON. It is at the end of the rule's text, before the brace.
    func idText(at index: Int) -> ArraySlice<UInt8> {
        let text = texts[..<Int(ends[index].text - 1)]
        return text[(text.lastIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? text.startIndex)...]
    }

    /// The value in JSON.
    func valueText(at index: Int) -> ArraySlice<UInt8> {
        texts[Int(start(of: index).text) + Self.valueKey.utf8.count..<Int(ends[index].value)]
    }

    /// The conditions of each rule.
    func conditionLists(_ features: ContextFeatureOrder) -> [[Condition]] {
        ends.indices.map { index in
            conditions[Int(start(of: index).conditions)..<Int(ends[index].conditions)].map { condition in
                let index = Int(condition.feature)
                let feature = features.names.indices.contains(index) ? features.names[index] : ""
                return Condition(feature: feature, value: value(of: condition))
            }
        }
    }

    private func value(of condition: IndexedCondition) -> String {
        let text = texts[Int(condition.start)..<Int(condition.start) + Int(condition.length)]
        guard text.contains(UInt8(ascii: "\\")) else { return String(decoding: text, as: UTF8.self) }
        var json = JSONReader(Array("\"".utf8) + text + Array("\"".utf8))
        return (try? json.readString()) ?? String(decoding: text, as: UTF8.self)
    }

    /// The rules as the domain has them.
    ///
    /// - Returns: `nil` if a part is not JSON, which never happens.
    func rules(of setting: String, _ features: ContextFeatureOrder) -> [Rule]? {
        var rules: [Rule] = []
        for (index, conditions) in conditionLists(features).enumerated() {
            let metadata = self.metadata[Int(start(of: index).metadata)..<Int(ends[index].metadata)]
            guard let value = try? JSONValue(parsing: Array(valueText(at: index)), maximumDepth: 10_000),
                case .object(let members)? = (try? JSONValue(parsing: Array(metadata), maximumDepth: 10_000))?.content
            else { return nil }
            rules.append(
                Rule(
                    id: id(at: index), setting: setting, value: value, conditions: conditions,
                    metadata: Metadata(members)))
        }
        return rules
    }

    /// The maximum bytes that ``write(to:_:withMetadata:)`` adds, approximately.
    var maximumSize: Int { texts.count + metadata.count + ends.count * 12 }

    /// Adds the admitted rules, separated by commas.
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
                        // Inside the object, before its brace.
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

/// A condition: the feature's position, and the value's hash and position in the text.
struct IndexedCondition {
    var hash: UInt32
    var start: UInt32
    var length: UInt32
    var feature: UInt32

    /// - Parameter text: the value as JSON writes it, in the text.
    /// - Returns: `nil` if the feature is unknown, or a position is too large.
    init?(_ feature: String, _ text: ArraySlice<UInt8>, _ features: ContextFeatureOrder) {
        guard let feature = features.index(of: feature).flatMap(UInt32.init(exactly:)),
            let length = UInt32(exactly: text.count), let start = UInt32(exactly: text.startIndex)
        else { return nil }
        self.hash = text.hash32
        self.start = start
        self.length = length
        self.feature = feature
    }
}
