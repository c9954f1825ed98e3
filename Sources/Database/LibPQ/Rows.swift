import CLibPQ

/// The rows that a statement returned.
public struct Rows: Sendable, RandomAccessCollection {
    /// Owns libpq's result.
    ///
    /// `@unchecked Sendable` is safe: a finished `PGresult` is read-only and does not refer to its connection. libpq allows any thread to
    /// read it, and it is freed after the last reference to it is gone.
    private final class Storage: @unchecked Sendable {
        let result: OpaquePointer

        init(_ result: OpaquePointer) { self.result = result }

        deinit { PQclear(result) }
    }

    private let storage: Storage
    /// The number of rows that the statement returned.
    public let count: Int
    /// The number of rows that the statement inserted, changed or deleted.
    public let affectedCount: Int

    init(owning result: OpaquePointer) {
        storage = Storage(result)
        count = Int(PQntuples(result))
        affectedCount = Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    /// The bytes of memory that the rows take.
    public var memorySize: Int { Int(PQresultMemorySize(storage.result)) }

    /// Whether a row has more than a number of bytes.
    func hasRow(ofMoreThan size: Int) -> Bool {
        guard memorySize > size else { return false }
        let columns = 0..<PQnfields(storage.result)
        return (0..<Int32(count)).contains { row in
            columns.reduce(0) { $0 + Int(PQgetlength(storage.result, row, $1)) } > size
        }
    }

    /// 0: rows are numbered from 0.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { count }

    /// The row at an index. It shares the memory of all rows and keeps it alive.
    public subscript(index: Int) -> Row { Row(rows: self, index: Int32(index)) }

    fileprivate func value(_ row: Int32, _ column: Int) -> UnsafeBufferPointer<UInt8>? {
        guard column < PQnfields(storage.result), PQgetisnull(storage.result, row, Int32(column)) == 0,
            let text = PQgetvalue(storage.result, row, Int32(column))
        else { return nil }
        let length = Int(PQgetlength(storage.result, row, Int32(column)))
        return text.withMemoryRebound(to: UInt8.self, capacity: length) {
            UnsafeBufferPointer(start: $0, count: length)
        }
    }

    /// One row. Its columns are numbered from 0, in the order of the statement.
    public struct Row: Sendable {
        fileprivate let rows: Rows
        fileprivate let index: Int32

        /// Whether a column is NULL. A column that does not exist counts as NULL.
        public func isNull(_ column: Int) -> Bool { rows.value(index, column) == nil }

        /// A column as text.
        ///
        /// - Throws: ``PostgresError/unexpectedResult(_:)`` for NULL, and for bytes that are not UTF-8. PostgreSQL
        ///   sends a text as it is stored, and a damaged or badly upgraded database can contain any bytes.
        public func string(_ column: Int) throws(PostgresError) -> String {
            guard let bytes = rows.value(index, column) else { throw .unexpectedResult("column \(column) is NULL") }
            let text = String(validating: bytes, as: UTF8.self)
            withExtendedLifetime(rows.storage) {}
            guard let text else { throw .unexpectedResult("column \(column) is not UTF-8") }
            return text
        }

        /// A column as the bytes that PostgreSQL sends, which may not be UTF-8.
        ///
        /// - Throws: ``PostgresError/unexpectedResult(_:)`` for NULL.
        public func bytes(_ column: Int) throws(PostgresError) -> [UInt8] {
            guard let bytes = rows.value(index, column) else { throw .unexpectedResult("column \(column) is NULL") }
            let copy = Array(bytes)
            withExtendedLifetime(rows.storage) {}
            return copy
        }

        /// A column of an integer type.
        ///
        /// - Throws: ``PostgresError/unexpectedResult(_:)`` for NULL, and for a text that is not a decimal integer in
        ///   the range of `Int`.
        public func int(_ column: Int) throws(PostgresError) -> Int {
            guard let bytes = rows.value(index, column) else { throw .unexpectedResult("column \(column) is NULL") }
            let int = Int(decimal: bytes)
            withExtendedLifetime(rows.storage) {}
            guard let int else { throw .unexpectedResult("column \(column) is no integer") }
            return int
        }

        /// A column of type `boolean`, which PostgreSQL sends as `t` or `f`.
        ///
        /// - Throws: ``PostgresError/unexpectedResult(_:)`` for NULL.
        public func bool(_ column: Int) throws(PostgresError) -> Bool { try string(column) == "t" }
    }
}

extension Int {
    /// - Returns: `nil` unless the text is a decimal number in the range of the type, with or without a minus.
    fileprivate init?(decimal text: UnsafeBufferPointer<UInt8>) {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = text.dropFirst(isNegative ? 1 : 0)
        guard !digits.isEmpty else { return nil }
        var value = 0
        for byte in digits {
            let digit = Int(byte) - Int(UInt8(ascii: "0"))
            guard 0...9 ~= digit else { return nil }
            let (tenfold, isTooMuch) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOver) =
                isNegative ? tenfold.subtractingReportingOverflow(digit) : tenfold.addingReportingOverflow(digit)
            guard !isTooMuch, !isOver else { return nil }
            value = sum
        }
        self = value
    }
}
