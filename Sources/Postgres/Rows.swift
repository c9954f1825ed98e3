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
            guard let bytes = rows.value(index, column) else { throw .unexpectedResult("column \(column) is NULL") }
            let int = Int(decimal: bytes)
            withExtendedLifetime(rows.storage) {}
            guard let int else { throw .unexpectedResult("column \(column) is no integer") }
            return int
        }

        public func bool(_ column: Int) throws(PostgresError) -> Bool { try string(column) == "t" }
    }
}

extension Int {
    /// - Returns: `nil` unless the text is a number in decimal digits that there is room for, with a minus or without.
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
