import HeksherDomain
import HeksherStore
import JSON

/// A setting with its rules, ready to be written as a part of answers: the texts of all rules beside each other, and their
/// conditions in a form that is quickly compared.
///
/// What it writes is what ``QueryHandler`` does, byte by byte.
final class QueryableSetting: Sendable {
    /// Where the parts of a rule end, each in its array.
    private struct RuleEnds {
        var text: UInt32
        var metadata: UInt32
        var conditions: UInt32
    }

    let name: String
    /// `"name":{"default_value":…,"rules":[`
    private let prefix: [UInt8]
    /// The rules without their metadata, with commas between them.
    private let texts: [UInt8]
    /// The metadata of the rules, with commas between them.
    private let metadata: [UInt8]
    private let conditions: [IndexedCondition]
    private let ends: [RuleEnds]

    /// - Returns: `nil` if there is more than this form has room for.
    init?(_ setting: QueriedSetting, _ features: ContextFeatureOrder) {
        name = setting.name
        let rules = setting.rules
        var texts = JSONWriter(reservingCapacity: rules.count * 96)
        var metadata = JSONWriter()
        var conditions: [IndexedCondition] = []
        var ends: [RuleEnds] = []
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
            guard let end = UInt32(exactly: texts.bytes.count) else { return nil }
            ends.append(
                RuleEnds(
                    text: end, metadata: UInt32(metadata.bytes.count), conditions: UInt32(conditions.count)))
        }
        var prefix = JSONWriter()
        prefix.write(setting.name)
        self.prefix =
            prefix.finish() + Array(#":{"default_value":"#.utf8) + setting.defaultValue.bytes
            + Array(#","rules":["#.utf8)
        // Copies have no room that they do not need.
        self.texts = Array(texts.bytes[...])
        self.metadata = Array(metadata.bytes[...])
        self.conditions = Array(conditions[...])
        self.ends = ends
    }

    /// About how many bytes ``write(to:_:withMetadata:)`` may add.
    var maximumSize: Int { prefix.count + texts.count + metadata.count + ends.count * 12 + 2 }

    /// Adds the setting as a member of an object, with those of its rules that are admitted.
    func write(to body: inout [UInt8], _ contexts: AdmittedContexts, withMetadata: Bool) {
        body += prefix
        if contexts.areAll, !withMetadata {
            body += texts
        } else {
            texts.withUnsafeBufferPointer { texts in
                contexts.withFilter { filter in writeAdmitted(to: &body, texts, filter, withMetadata) }
            }
        }
        body += "]}".utf8
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
