package import HeksherDomain
package import LibPQ

/// The rows of ``RevisionStatements/changedRules``.
package struct ChangedRules {
    /// A rule that a transaction has changed, and the setting that it then belonged to.
    package struct Changed: Hashable {
        package var setting: String
        package var rule: Int
    }

    /// The place of a transaction's note that a rule has changed.
    private struct Note: Equatable {
        var slot: Int
        var number: Int
        var setting: String
    }

    package private(set) var reader = QueriedSettingsReader()
    package private(set) var changed: Set<Changed> = []
    /// If several notes name a rule, the rule's parts are read after one of them only.
    private var notes: [Int: Note] = [:]
    private var slots: [Int: Revision.Slot] = [:]
    private var sum = ""

    /// - Returns: `nil` if the rows do not contain all changes.
    package init?(_ rows: Rows) throws {
        guard rows.count <= RevisionStatements.maximumRuleRows else { return nil }
        var knownSlots: Set<Int> = []
        for row in rows {
            let slot = try row.int(4)
            if slots[slot] == nil { slots[slot] = try Revision.Slot(row, from: 4) }
            if sum.isEmpty { sum = try row.string(11) }
            guard !row.isNull(7) else { return nil }
            if try row.bool(8) {
                knownSlots.insert(slot)
                continue
            }
            // The note is for a whole setting. Or a transaction with the known number has another token, so the slot has another history.
            guard !row.isNull(10) else { return nil }
            let rule = try row.int(10)
            let note = Note(slot: slot, number: try row.int(7), setting: try row.string(9))
            changed.insert(Changed(setting: note.setting, rule: rule))
            guard !row.isNull(0), notes[rule, default: note] == note else { continue }
            notes[rule] = note
            _ = try reader.take(row)
        }
        guard knownSlots.count == slots.count else { return nil }
    }

    /// The revision after these changes; `nil` if SQL has added or removed slots.
    package func revision(since former: Revision) -> Revision? { former.moved(slots.values, sum: sum) }
}

/// The rows of ``RevisionStatements/changedSettings``.
package struct ChangedSettings {
    package private(set) var reader = QueriedSettingsReader()
    /// The names of the changed settings.
    package private(set) var changed: [String] = []
    package private(set) var features: [(name: String, place: Int)] = []
    /// `nil` if the list of context features has not changed.
    package private(set) var allowedValues: AllowedValues?
    /// Whether there are more changes than reported.
    package private(set) var areUnknown = false
    private var slots: [Revision.Slot] = []
    private var sum: String?

    package init(_ rows: Rows) throws {
        var lists: [String: FeatureValueList] = [:]
        for row in rows where try !reader.take(row) {
            switch try row.string(0) {
            // A name that is not UTF-8 is reported with its setting's row.
            case "changed": if let name = try? row.string(1) { changed.append(name) }
            case "slot": slots.append(try Revision.Slot(row, from: 1))
            case "feature":
                guard let name = try? row.string(1) else { continue }
                features.append((name, try row.int(2)))
                lists[name] = row.featureValues(3)
            case "sum" where !row.isNull(1): sum = try row.string(1)
            case "gap": areUnknown = true
            default: break
            }
        }
        // The empty name stands for everything.
        if changed.contains(where: \.isEmpty) { areUnknown = true }
        if changed.contains(RevisionStatements.featuresName) { allowedValues = AllowedValues(lists) }
    }

    /// The revision after these changes; `nil` if SQL has added or removed slots.
    package func revision(since former: Revision) -> Revision? { sum.flatMap { former.moved(slots, sum: $0) } }
}
