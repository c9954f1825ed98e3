import HeksherDomain
import JSON
import Postgres

// How the domain's values stand in columns.

/// A name to look for. One with a NUL is nobody's, and PostgreSQL would refuse to look for it.
func lookup(_ name: String) -> String? {
    name.utf8.contains(0) ? nil : name
}

extension Rows.Row {
    func json(_ column: Int) throws -> JSONValue {
        do {
            return try JSONValue(parsing: bytes(column), maximumDepth: 10_000)
        } catch let error as JSONError {
            throw PostgresError.unexpectedResult("column \(column) is no JSON: \(error)")
        }
    }

    func strings(_ column: Int) throws -> [String] {
        guard case .array(let elements) = try json(column).content else { return [] }
        return elements.compactMap { if case .string(let text) = $0.content { text } else { nil } }
    }

    func metadata(_ column: Int) throws -> Metadata {
        guard case .object(let members) = try json(column).content else { return [:] }
        return Metadata(members)
    }

    /// Pairs of a feature and a value, as `[["tenant","acme"]]`.
    func conditions(_ column: Int) throws -> [Condition] {
        guard case .array(let pairs) = try json(column).content else { return [] }
        return pairs.compactMap { pair in
            guard case .array(let parts) = pair.content, parts.count == 2, case .string(let feature) = parts[0].content,
                case .string(let value) = parts[1].content
            else { return nil }
            return Condition(feature: feature, value: value)
        }
    }

    func type(_ column: Int) throws -> SettingType {
        do {
            return try SettingType(parsing: string(column))
        } catch let error as SettingTypeError {
            throw PostgresError.unexpectedResult("column \(column) is no setting type: \(error)")
        }
    }

    /// A setting, from the columns of `SettingStatements`.
    func setting() throws -> Setting {
        Setting(
            name: try string(0), type: try type(1), defaultValue: try json(2), configurableFeatures: try strings(4),
            metadata: try metadata(5), aliases: try strings(6), version: Version(validated: try string(3)))
    }

    /// A rule, from the columns of `RuleStatements`.
    func rule() throws -> Rule {
        Rule(
            id: try int(0), setting: try string(1), value: try json(2), conditions: try conditions(3),
            metadata: try metadata(4))
    }
}
