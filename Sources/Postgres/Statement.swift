/// An SQL statement with parameters `$1`, `$2`, …: prepared once on each connection that it is used on.
public struct Statement: Sendable, Hashable, ExpressibleByStringLiteral {
    public let sql: String
    /// The same for the same text, so that it is known what a connection has prepared.
    let name: String

    public init(_ sql: String) {
        self.sql = sql
        // FNV-1a, 64 bits: two statements of a program that share a hash and a length are not to be expected.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        name = "\(String(hash, radix: 36))_\(sql.utf8.count)"
    }

    public init(stringLiteral sql: String) { self.init(sql) }

    /// The statement with values for its parameters.
    public func callAsFunction(_ parameters: (any PostgresValue)?...) -> Query {
        Query(statement: self, parameters: parameters.map { $0?.postgresText })
    }
}

/// A statement with its parameters.
public struct Query: Sendable, Hashable {
    public var statement: Statement
    /// In PostgreSQL's text format; `nil` is NULL.
    public var parameters: [String?]
}

/// What can be a parameter of a statement.
public protocol PostgresValue {
    /// The value in PostgreSQL's text format.
    var postgresText: String { get }
}

extension String: PostgresValue {
    public var postgresText: String { self }
}

extension Int: PostgresValue {
    public var postgresText: String { String(self) }
}

extension Bool: PostgresValue {
    public var postgresText: String { self ? "t" : "f" }
}

/// An array; the cast in the statement tells of what (`$1::text[]`).
extension Array: PostgresValue where Element: PostgresValue {
    public var postgresText: String {
        let elements = map { element in
            let text = element.postgresText
            guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") }) else {
                return "\"\(text)\""
            }
            return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        return "{" + elements.joined(separator: ",") + "}"
    }
}
