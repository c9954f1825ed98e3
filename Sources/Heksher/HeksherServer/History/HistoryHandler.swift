import ContractJSON
import ContractRuntime
import HTTPRepresentation
import HeksherAPI
import HeksherDomain
import HeksherStore

/// The operations of the tag "History".
struct HistoryHandler: HistoryAPI {
    let store: Store

    func listChanges(_ input: ListChanges.Input) async throws -> ListChanges.Output {
        let filter = ChangeFilter(input.query)
        var last: Int?
        if let text = input.query.cursor {
            guard let cursor = ChangeCursor(text), cursor.filter == ChangeCursor.digest(of: filter) else {
                throw InvalidRequest(query: "cursor", "the cursor belongs to a request with other filters")
            }
            last = cursor.change
        }
        let count = input.query.limit
        let (changes, next) = try await store.changes(
            before: last, matching: filter, count: count, prefixes: AccessControl.principal?.prefixes)
        return .ok(
            .json(
                Schemas.ChangeList(
                    changes: changes.map { Schemas.Change($0) },
                    cursor: next.map { ChangeCursor(change: $0, filter: ChangeCursor.digest(of: filter)).text })))
    }

    func getChange(_ input: GetChange.Input) async throws -> GetChange.Output {
        guard let change = try await store.change(input.path.changeId) else {
            return .notFound(.plainText(Self.unknown(input.path.changeId)))
        }
        return .ok(.json(Schemas.Change(change)))
    }

    /// The sentence for an ID that no change has.
    static func unknown(_ id: Int) -> String { "the history has no change \(id)" }
}

/// A place in a list of changes, and the filters of the list.
private struct ChangeCursor {
    var change: Int
    var filter: String

    init(change: Int, filter: String) {
        self.change = change
        self.filter = filter
    }

    init?(_ text: String) {
        let parts = text.split(separator: "-")
        guard parts.count == 2, let change = Int(parts[0]) else { return nil }
        self.init(change: change, filter: String(parts[1]))
    }

    var text: String { "\(change)-\(filter)" }

    static func digest(of filter: ChangeFilter) -> String {
        let parts: [String?] = [
            filter.setting, filter.rule.map(String.init), filter.author, filter.kind?.rawValue,
            filter.since.map(String.init), filter.until.map(String.init),
        ]
        let text = parts.map { $0.map { "\($0.utf8.count):\($0)" } ?? "-" }.joined(separator: " ")
        return SHA256Digest(of: Array(text.utf8)).hexadecimal(prefix: 4)
    }
}

extension ChangeFilter {
    fileprivate init(_ query: ListChanges.Input.Query) {
        self.init()
        setting = query.setting
        rule = query.ruleId
        author = query.by
        kind = query.kind.flatMap { ChangeFilter.Kind(rawValue: $0.rawValue) }
        since = query.since.flatMap { DateTime($0)?.microseconds }
        until = query.until.flatMap { DateTime($0)?.microseconds }
    }
}

extension Schemas.Change {
    init(_ change: HistoryChange) {
        let origin: Schemas.ChangeAuthorVia =
            switch change.origin {
            case .api: .api
            case .schedule: .schedule
            case .sql: .sql
            }
        self.init(
            id: "\(change.id)", at: change.time,
            by: Schemas.ChangeAuthor(name: change.author, via: origin, address: change.address), reason: change.reason,
            items: change.items.map { Schemas.ChangeItem($0) }, more: change.furtherItemCount)
    }
}

extension Schemas.ChangeItem {
    init(_ item: HistoryChange.Item) {
        switch item {
        case .setting(let name, let before, let after):
            self.init(
                kind: .setting, setting: name, ruleId: nil, before: before.json { Schemas.Setting($0).jsonBytes() },
                after: after.json { Schemas.Setting($0).jsonBytes() })
        case .rule(let id, let setting, let before, let after):
            self.init(
                kind: .rule, setting: setting, ruleId: id, before: before.json { Schemas.Rule($0).jsonBytes() },
                after: after.json { Schemas.Rule($0).jsonBytes() })
        case .contextFeatures(let before, let after):
            self.init(
                kind: .contextFeatures, setting: nil, ruleId: nil, before: Self.json(before), after: Self.json(after))
        }
    }

    private static func json(_ features: [HistoryChange.Feature]) -> JSONValue {
        let values = features.compactMap { feature in
            feature.values.map { (key: feature.name, value: JSONValue(array: $0.map { JSONValue($0) })) }
        }
        return JSONValue(object: [
            (key: "context_features", value: JSONValue(array: features.map { JSONValue($0.name) })),
            (key: "values", value: JSONValue(object: values)),
        ])
    }
}

extension HistoryChange.State {
    /// The JSON of the state: `null` if it is absent, and an empty object if it cannot be read.
    fileprivate func json(_ bytes: (Value) -> [UInt8]) -> JSONValue {
        switch self {
        case .absent: JSONValue { $0.writeNull() }
        case .present(let value): (try? JSONValue(parsing: bytes(value), maximumDepth: 10_000)) ?? JSONValue(object: [])
        case .unreadable: JSONValue(object: [])
        }
    }
}
