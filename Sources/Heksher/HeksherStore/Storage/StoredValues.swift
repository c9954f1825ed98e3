import ContractJSON
import HeksherDomain
import LibPQ

// The representation of the domain's values in columns. Unreadable values are reported with their row.

/// A name to search for, or `nil` for a name that contains a NUL. No setting can have such a name, and PostgreSQL would refuse to search
/// for it.
func lookup(_ name: String) -> String? {
    name.utf8.contains(0) ? nil : name
}

extension Rows.Row {
    /// - Parameters:
    ///   - column: contains a text.
    ///   - subject: the beginning of a sentence about the text.
    func text(_ column: Int, _ subject: @autoclosure () -> String) throws(UnreadableValue) -> String {
        do {
            return try string(column)
        } catch {
            throw unreadable(column, subject(), "is not UTF-8")
        }
    }

    /// - Parameters:
    ///   - column: contains a JSON text.
    ///   - subject: see ``text(_:_:)``.
    func json(_ column: Int, _ subject: @autoclosure () -> String) throws(UnreadableValue) -> JSONValue {
        let bytes: [UInt8]
        do {
            bytes = try self.bytes(column)
        } catch {
            throw unreadable(column, subject(), "")
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes, maximumDepth: 10_000)
        } catch {
            throw unreadable(column, subject(), "is not JSON: \(error)")
        }
        guard value.hasOnlyDoubles else {
            throw unreadable(column, subject(), "has a number beyond the range of a double")
        }
        return value
    }

    /// The strings of an array.
    func strings(_ column: Int, _ subject: @autoclosure () -> String) throws(UnreadableValue) -> [String] {
        guard case .array(let elements) = try json(column, subject()).content else { return [] }
        return elements.compactMap { if case .string(let text) = $0.content { text } else { nil } }
    }

    /// Omits an alias that is not UTF-8, because no request can name it.
    private func aliases(_ column: Int) -> [String] {
        guard let bytes = try? bytes(column),
            let array = try? JSONValue(parsing: Array(String(decoding: bytes, as: UTF8.self).utf8)),
            case .array(let elements) = array.content
        else { return [] }
        return elements.compactMap { element in
            guard case .string(let alias) = element.content, !alias.unicodeScalars.contains("\u{FFFD}") else {
                return nil
            }
            return alias
        }
    }

    func metadata(_ column: Int, _ subject: @autoclosure () -> String) throws(UnreadableValue) -> Metadata {
        guard case .object(let members) = try json(column, subject()).content else { return [:] }
        return Metadata(members)
    }

    /// Pairs of a feature and a value, such as `[["tenant","acme"]]`.
    func conditions(_ column: Int) throws(UnreadableValue) -> [Condition] { try conditions(column, ofRule: 0) }

    private func conditions(_ column: Int, ofRule id: Int) throws(UnreadableValue) -> [Condition] {
        if isNull(column) { throw UnreadableValue(reason: "rule \(id) has a condition on an unknown context feature") }
        guard case .array(let pairs) = try json(column, "a condition of rule \(id)").content else { return [] }
        var conditions: [Condition] = []
        for pair in pairs {
            guard case .array(let parts) = pair.content, parts.count == 2, case .string(let feature) = parts[0].content,
                case .string(let value) = parts[1].content
            else { throw UnreadableValue(reason: "a condition of rule \(id) \(StoredSize.reason)") }
            conditions.append(Condition(feature: feature, value: value))
        }
        return conditions
    }

    func type(_ column: Int) throws(UnreadableValue) -> SettingType {
        let text = try text(column, "its type")
        do {
            return try SettingType(parsing: text)
        } catch {
            throw unreadable(column, "its type", "cannot be parsed: \(error)")
        }
    }

    func version(_ column: Int) throws(UnreadableValue) -> Version {
        guard let version = Version(try text(column, "its version")) else {
            throw unreadable(column, "its version", "is not MAJOR.MINOR")
        }
        return version
    }

    /// A setting from the columns of `SettingStatements`.
    ///
    /// - Throws: `PostgresError` if even the setting's name is unreadable.
    func setting() throws(PostgresError) -> StoredSetting {
        StoredSetting(
            name: try string(0), type: Result { () throws(UnreadableValue) in try type(1) },
            defaultValue: Result { () throws(UnreadableValue) in try json(2, "its default value") },
            version: Result { () throws(UnreadableValue) in try version(3) },
            configurableFeatures: Result { () throws(UnreadableValue) in try strings(4, "a configurable feature") },
            metadata: Result { () throws(UnreadableValue) in try metadata(5, "its metadata") },
            aliases: aliases(6))
    }

    /// A rule from the columns of `RuleStatements`.
    ///
    /// - Throws: ``UnreadableSetting``; `PostgresError` if even the setting's name is unreadable.
    func rule() throws -> Rule {
        let (id, setting) = (try int(0), try string(1))
        do throws(UnreadableValue) {
            return Rule(
                id: id, setting: setting, value: try json(2, "the value of rule \(id)"),
                conditions: try conditions(3, ofRule: id), metadata: try metadata(4, "the metadata of rule \(id)"),
                expiry: isNull(5) ? nil : try text(5, "the expiry of rule \(id)"))
        } catch {
            throw UnreadableSetting(name: setting, error)
        }
    }

    private func unreadable(_ column: Int, _ subject: String, _ reason: String) -> UnreadableValue {
        guard !isNull(column), let bytes = try? bytes(column) else {
            return UnreadableValue(reason: "\(subject) \(StoredSize.reason)")
        }
        return UnreadableValue(reason: "\(subject) \(reason)", fingerprint: bytes.hashValue)
    }
}
