import HTTPTypes
import LibPQ
import PostgresTesting
import Testing

@Suite struct ShutdownTests {
    @Test("After its end, a service has no connection to the database")
    func connections() async throws {
        try await ServiceUnderTest.with { api in
            let open: Statement = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'heksher-ending'"
            let server = try await TestServer.shared()
            let configuration = try PostgresConfiguration(
                connectionString: server.connectionString(database: api.database.name),
                applicationName: "heksher-ending")
            try await ServiceUnderTest.running(on: api.database, configuration: configuration) { ending in
                try await withThrowingTaskGroup { group in
                    for _ in 0..<8 { group.addTask { try await ending.ask(.get, "/settings") } }
                    try await group.waitForAll()
                }
                // The connections for requests, and the health check's.
                #expect(try await api.database.pool.run(open()).first?.int(0) ?? 0 >= 2)
            }
            let stopwatch = PatientStopwatch()
            while try await api.database.pool.run(open()).first?.int(0) != 0, stopwatch.time < .seconds(5) {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(stopwatch.time < .seconds(5))
        }
    }
}
