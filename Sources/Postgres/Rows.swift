import CLibPQ

/// The rows that a statement gave.
public struct Rows: Sendable, RandomAccessCollection {
    /// Owns libpq's result.
    ///
    /// `@unchecked Sendable` holds because a finished `PGresult` is read only and knows nothing of its connection: libpq
    /// allows any thread to read it, and it is freed when nobody has it any more.
    private final class Storage: @unchecked Sendable {
        let result: OpaquePointer

        init(_ result: OpaquePointer) { self.result = result }

        deinit { PQclear(result) }
    }

    private let storage: Storage
    public let count: Int
    /// How many rows the statement inserted, changed or deleted.
    public let affectedCount: Int

    init(owning result: OpaquePointer) {
        storage = Storage(result)
        count = Int(PQntuples(result))
        affectedCount = Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

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

    public struct Row: Sendable {
        fileprivate let rows: Rows
        fileprivate let index: Int32

        public func isNull(_ column: Int) -> Bool { rows.value(index, column) == nil }

        /// - Throws: ``PostgresError/unexpectedResult(_:)`` for NULL.
        public func string(_ column: Int) throws(PostgresError) -> String {
            guard let bytes = rows.value(index, column) else { throw .unexpectedResult("column \(column) is NULL") }
            let text = String(decoding: bytes, as: UTF8.self)
            withExtendedLifetime(rows.storage) {}
            return text
        }

        /// The text in UTF-8.
        public func bytes(_ column: Int) throws(PostgresError) -> [UInt8] {
            guard let bytes = rows.value(index, column) else { throw .unexpectedResult("column \(column) is NULL") }
            let copy = Array(bytes)
            withExtendedLifetime(rows.storage) {}
            return copy
        }

        public func int(_ column: Int) throws(PostgresError) -> Int {
            let text = try string(column)
            guard let int = Int(text) else { throw .unexpectedResult("column \(column) is no integer") }
            return int
        }

        public func bool(_ column: Int) throws(PostgresError) -> Bool { try string(column) == "t" }
    }
}
