import LibPQ
import PostgresTesting
import Testing

@Suite struct RowsTests {
    @Test("Integers are read up to their limits, and other texts are refused")
    func integers() async throws {
        try await TestDatabase.with { database in
            func int(_ text: String) async throws -> Int? {
                let statement: Statement = "SELECT $1::text"
                let row = try #require(try await database.pool.run(statement(text)).first)
                return try? row.int(0)
            }
            for number in [0, 7, -7, 1234, Int.max, Int.min, Int.max - 1, Int.min + 1] {
                #expect(try await int("\(number)") == number)
            }
            for text in [
                "", "-", "+1", "1x", "x", " 1", "1 ", "1.0", "--1", "9223372036854775808", "-9223372036854775809",
                "99999999999999999999", "١",
            ] {
                #expect(try await int(text) == nil, "\(text)")
            }
            let nothing: Statement = "SELECT NULL::int"
            let row = try #require(try await database.pool.run(nothing()).first)
            #expect(throws: PostgresError.self) { try row.int(0) }
        }
    }
}
