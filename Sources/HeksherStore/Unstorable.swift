import HeksherDomain
import JSON
import Postgres

/// What was to be stored and PostgreSQL has no place for.
public struct Unstorable: Error, Hashable, CustomStringConvertible {
    public enum Part: Hashable, Sendable {
        /// The new name of a setting or of a context feature is too long for an index.
        case name
        /// A metadata key is too long for an index.
        case metadataKey(String)
        /// jsonb cannot hold the value of this metadata key, such as a string with a NUL (PostgreSQL's manual, §8.14).
        case metadataValue(key: String)
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
            // An index takes a third of a page, and more of a text that can be compressed.
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
    /// Whether jsonb has a place for the value: no string has a NUL, and no number more digits than `numeric` has after its
    /// point (PostgreSQL's manual, §8.1.2).
    fileprivate var isStorable: Bool {
        switch content {
        case .null, .bool: true
        case .string(let text): !text.utf8.contains(0)
        case .number(let number): number.isStorable
        case .array(let elements): elements.allSatisfy(\.isStorable)
        case .object(let members): members.allSatisfy { !$0.key.utf8.contains(0) && $0.value.isStorable }
        }
    }
}

extension JSONNumber {
    fileprivate var isStorable: Bool {
        let parts = text.split { $0 == "e" || $0 == "E" }
        guard let exponent = parts.count > 1 ? Int(parts[1]) : 0 else { return false }
        let fraction = parts[0].split(separator: ".").dropFirst().first?.count ?? 0
        return abs(exponent) < Int(Int32.max / 2) && fraction - exponent <= 16383
    }
}
