public import ContractJSON
public import HeksherDomain
import LibPQ

/// Data that PostgreSQL cannot store.
public struct Unstorable: Error, Hashable, CustomStringConvertible {
    /// A part of a setting or a rule.
    public enum Part: Hashable, Sendable {
        /// The new name of a setting or of a context feature is too long for an index.
        case name
        /// A metadata key is too long for an index.
        case metadataKey(String)
        /// jsonb cannot represent the value of this metadata key, such as a string with a NUL (PostgreSQL's manual, §8.14), or the value is
        /// too large.
        case metadataValue(key: String)
        /// All metadata together are too large.
        case metadata
        /// A setting's type is too large.
        case type
        /// A setting's default value is too large.
        case defaultValue
        /// The new version of a setting has too many digits.
        case version
        /// A rule's value is too large.
        case value
        /// The list of a context feature's values is too large.
        case featureValues
    }

    /// At least one.
    public var parts: [Part]
    /// A sentence without any value.
    public var description: String

    /// Runs statements that store a name, metadata, or both.
    static func noticing<Value>(
        name: String? = nil, metadata: Metadata = [:], _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch PostgresError.server(let message) where refusesJSON(message.state) && !metadata.isEmpty {
            let wrong = metadata.pairs.filter { !$0.value.isStorable }
            let keys = (wrong.isEmpty ? metadata.pairs : wrong).map(\.key)
            throw Unstorable(
                parts: keys.map { .metadataValue(key: $0) },
                description: "the metadata cannot be stored: \(message.message)")
        } catch let error as PostgresError where error.state == .programLimitExceeded {
            let candidates =
                (name.map { [(Part.name, $0.utf8.count)] } ?? [])
                + metadata.keys.map { (.metadataKey($0), $0.utf8.count) }
            guard let longest = candidates.map(\.1).max() else { throw error }
            // An index accepts a third of a page, and more of a text that can be compressed.
            let parts = candidates.filter { $0.1 == longest || $0.1 > 2700 }.map(\.0)
            throw Unstorable(parts: parts, description: "it is too long to be stored")
        }
    }

    /// Untranslatable character, numeric value out of range, invalid text representation.
    private static func refusesJSON(_ state: SQLState) -> Bool {
        ["22P05", "22003", "22P02"].contains(state.code)
    }
}

extension JSONValue {
    /// Whether jsonb can represent the value: no string contains a NUL, and no number has more digits after its point than `numeric`
    /// supports (PostgreSQL's manual, §8.1.2).
    fileprivate var isStorable: Bool {
        var json = JSONReader(self)
        return (try? Self.isStorable(next: &json)) ?? false
    }

    /// Reads the next value, or only as much of it as is necessary to find that it is not storable.
    private static func isStorable(next json: inout JSONReader) throws(JSONError) -> Bool {
        switch try json.peek() {
        case .null, .bool: try json.skip()
        case .string: return try !json.readString().utf8.contains(0)
        case .number: return try json.readNumber().isStorable
        case .array:
            try json.beginArray()
            while try json.nextElement() {
                guard try isStorable(next: &json) else { return false }
            }
        case .object:
            try json.beginObject()
            while let key = try json.nextKey() {
                guard !key.string.utf8.contains(0), try isStorable(next: &json) else { return false }
            }
        }
        return true
    }
}

extension Store {
    /// The reason why a setting without its rules cannot be stored; `nil` if it can.
    public func storageProblem(of setting: Setting) -> Unstorable? {
        do {
            try meter.limits.check(setting)
            for alias in setting.aliases { try meter.limits.check(name: alias) }
            return setting.metadata.storageProblem
        } catch {
            return error
        }
    }

    /// The reason why a rule cannot be stored; `nil` if it can.
    public func storageProblem(ofRule value: JSONValue, _ metadata: Metadata) -> Unstorable? {
        do {
            try meter.limits.check(value)
            try meter.limits.check(metadata)
            return metadata.storageProblem
        } catch {
            return error
        }
    }
}

extension Metadata {
    /// The reason why jsonb cannot represent a value; `nil` if it can represent all.
    fileprivate var storageProblem: Unstorable? {
        guard let wrong = pairs.first(where: { !$0.value.isStorable }) else { return nil }
        return Unstorable(
            parts: [.metadataValue(key: wrong.key)],
            description: "the metadata \(wrong.key.shortened()) cannot be stored: jsonb has no NUL and no such number")
    }
}
