/// An SQL statement with parameters `$1`, `$2`, …. It is prepared once on each connection that uses it.
public struct Statement: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The text of the statement.
    public let sql: String
    /// Equal for equal texts, so that each connection knows which statements it has prepared.
    let name: String

    /// Creates a statement from its text, which must not contain input.
    public init(_ sql: String) {
        self.sql = sql
        // FNV-1a, 64 bits. Two statements of a program with the same hash and length are extremely unlikely.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        name = "\(String(hash, radix: 36))_\(sql.utf8.count)"
    }

    /// Creates a statement from a literal, which cannot contain input.
    public init(stringLiteral sql: String) { self.init(sql) }

    /// The statement with values for its parameters.
    public func callAsFunction(_ parameters: (any PostgresValue)?...) -> Query { self(parameters: parameters) }

    /// The statement with values for its parameters.
    public func callAsFunction(parameters: [(any PostgresValue)?]) -> Query {
        Query(statement: self, parameters: parameters.map { $0?.postgresText })
    }
}

/// A statement with its parameters.
public struct Query: Sendable, Hashable {
    /// The statement that the parameters belong to.
    public var statement: Statement
    /// In PostgreSQL's text format; `nil` is NULL.
    public var parameters: [String?]
}

/// A type whose values can be parameters of a statement.
public protocol PostgresValue {
    /// The value in PostgreSQL's text format.
    var postgresText: String { get }
}

extension String: PostgresValue {
    /// The string itself. A string with a NUL cannot be sent, see ``PostgresError/unstorableText``.
    public var postgresText: String { self }
}

extension Int: PostgresValue {
    /// Decimal digits, with a minus if negative.
    public var postgresText: String { String(self) }
}

extension Bool: PostgresValue {
    /// `t` or `f`.
    public var postgresText: String { self ? "t" : "f" }
}

/// An array. The cast in the statement gives the element type (`$1::text[]`).
extension Array: PostgresValue where Element: PostgresValue {
    /// The elements in double quotes and in braces, with backslashes before quotes and backslashes (PostgreSQL's
    /// manual, "Array Input and Output Syntax").
    public var postgresText: String {
        let elements = map { element in
            let text = element.postgresText
            guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") }) else {
                return "\"\(text)\""
            }
            // Byte by byte: as a character, a quotation mark before a combining accent would not be found.
            var escaped: [UInt8] = []
            for byte in text.utf8 {
                if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") { escaped.append(UInt8(ascii: "\\")) }
                escaped.append(byte)
            }
            return "\"\(String(decoding: escaped, as: UTF8.self))\""
        }
        return "{" + elements.joined(separator: ",") + "}"
    }
}
