import ContractJSON
import HeksherAPI

// Changes in words.

extension Schemas.Change {
    /// The time without fractions of a second.
    var shortTime: String { at.firstIndex(of: ".").map { "\(at[..<$0])Z" } ?? at }

    /// The first thing that was changed, and the number of the others.
    var what: String {
        guard let first = items.first else { return "-" }
        // A server can send any number.
        let others = items.count - 1 + min(max(more, 0), 1 << 40)
        let differences = first.differences
        let sentence = differences.count == 1 ? "\(first.sentence): \(differences[0])" : first.sentence
        return sentence + (others > 0 ? ", and \(others.counted("other"))" : "")
    }
}

extension Schemas.ChangeItem {
    /// The thing, and whether it was added, deleted or changed.
    var sentence: String {
        let thing =
            switch kind {
            case .setting: "setting \(setting ?? "")"
            case .rule: "rule \(ruleId.map { "\($0)" } ?? "") of \(setting ?? "")"
            case .contextFeatures: "context features"
            }
        if kind == .contextFeatures { return thing }
        if before.isNull { return "\(thing) added" + (kind == .rule ? " (\(Self.rule(after)))" : "") }
        if after.isNull { return "\(thing) deleted" + (kind == .rule ? " (\(Self.rule(before)))" : "") }
        return "\(thing) changed"
    }

    /// The attributes that differ: `value: 20 → 30`. None if the thing was added or deleted.
    var differences: [String] {
        guard case .object(let old) = before.content, case .object(let new) = after.content else { return [] }
        return new.compactMap { member in
            let former = old.first { $0.key == member.key }?.value
            guard former != member.value else { return nil }
            return "\(member.key): \(former?.compacted().text ?? "-") → \(member.value.compacted().text)"
        }
    }

    /// A rule's value and conditions.
    private static func rule(_ state: JSONValue) -> String {
        guard case .object(let members) = state.content else { return "-" }
        let value = members.first { $0.key == "value" }?.value.compacted().text ?? "-"
        guard case .array(let pairs)? = members.first(where: { $0.key == "feature_values" })?.value.content else {
            return value
        }
        let conditions = pairs.map { pair -> [String] in
            guard case .array(let parts) = pair.content else { return [] }
            return parts.compactMap { if case .string(let text) = $0.content { text } else { nil } }
        }
        return "\(value) where \(conditionText(conditions))"
    }
}

extension JSONValue {
    fileprivate var isNull: Bool { if case .null = content { true } else { false } }
}
