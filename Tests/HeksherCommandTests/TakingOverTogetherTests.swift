import Foundation
import PostgresTesting
import Testing

@Suite(.timeLimit(.minutes(20))) struct TakingOverTogetherTests {
    @Test("Several processes at once migrate a database of the original exactly once")
    func takingOverTogether() async throws {
        try await TestDatabase.withOriginal { database in
            let server = try await TestServer.shared()
            let variables = ["HEKSHER_DB_CONNECTION_STRING": server.connectionString(database: database.name)]
            let outputs = try await withThrowingTaskGroup(of: HeksherCommand.Ended.self) { group in
                for _ in 0..<4 { group.addTask { try await HeksherCommand.run("migrate", variables: variables) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outputs.allSatisfy { $0.status == 0 }, "\(outputs.map(\.error))")
            #expect(outputs.filter { $0.output.contains("applied  0001_") }.count == 1)
            #expect(outputs.filter { $0.output == "The schema is up to date.\n" }.count == 3)
            let service = try HeksherCommand(["serve", "--port", "0"], variables)
            _ = try await service.address()
            service.signal(SIGTERM)
            #expect(try await service.ended().status == 0)
        }
    }
}
