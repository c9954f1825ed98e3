import Foundation
import HeksherServer
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherStore

/// Sessions that began before the `search_path` of their role was changed, so that their names mean other tables.
@Suite struct OutdatedSessionTests {
    private static func state(_ pool: PostgresPool) async throws -> Definitions.State {
        try Definitions.state(try await pool.run(Definitions.statement()))
    }

    @Test(
        "A session that is older than the search_path of its role or its database is recognized, a new one is not",
        arguments: ["ROLE <role> SET", "DATABASE <database> SET", "ROLE <role> IN DATABASE <database> SET"])
    func olderSession(subject: String) async throws {
        try await TestDatabase.with { database in
            try await database.withRole { role in
                let alteration =
                    "ALTER "
                    + subject.replacing("<role>", with: role.name)
                    .replacing("<database>", with: database.name)
                try await database.sql("GRANT CREATE ON DATABASE \(database.name) TO \(role.name)")
                for schema in ["one", "two"] {
                    try await database.sql("CREATE SCHEMA \(schema) AUTHORIZATION \(role.name)")
                }
                var sessions: [PostgresPool] = []
                defer { for session in sessions { session.close() } }
                for path in ["one", "two", "\"$user\", two, public"] {
                    try await database.sql("\(alteration) search_path = \(path)")
                    for session in sessions {
                        #expect(try await Self.isOutdated(session))
                    }
                    let session = PostgresPool(configuration: role.configuration, size: 1)
                    sessions.append(session)
                    try await Store.migrations.apply(session)
                    #expect(try await !Self.isOutdated(session))
                }
                try await database.sql(alteration.replacing(" SET", with: " RESET") + " search_path")
                for session in sessions { #expect(try await Self.isOutdated(session)) }
            }
        }
    }

    private static func isOutdated(_ pool: PostgresPool) async throws -> Bool {
        try await state(pool) == .outdatedSession
    }

    @Test("A path in the connection string takes precedence over the role's, so the session is not outdated")
    func pathOfClient() async throws {
        try await TestDatabase.with { database in
            try await database.withRole { role in
                try await database.sql(
                    """
                    ALTER ROLE \(role.name) SET search_path = nowhere; GRANT CREATE ON SCHEMA public TO \(role.name);
                    GRANT CREATE ON DATABASE \(database.name) TO \(role.name)
                    """)
                let configuration = try PostgresConfiguration(
                    connectionString: role.connectionString + "&options=-c%20search_path%3Dpublic",
                    applicationName: "tests")
                let pool = PostgresPool(configuration: configuration, size: 1)
                defer { pool.close() }
                try await Store.migrations.apply(pool)
                #expect(try await !Self.isOutdated(pool))
            }
        }
    }

    @Test("A role can have any name")
    func unusualRole() async throws {
        try await TestDatabase.with { database in
            let name = "Role-\(UUID().uuidString) ü"
            try await database.sql("CREATE ROLE \"\(name)\" LOGIN")
            try await database.sql(
                "GRANT CREATE ON DATABASE \(database.name) TO \"\(name)\"; GRANT CREATE ON SCHEMA public TO \"\(name)\""
            )
            let server = try await TestServer.shared()
            let configuration = try PostgresConfiguration(
                connectionString: server.connectionString(
                    database: database.name, user: name.replacing(" ", with: "%20").replacing("ü", with: "%C3%BC")),
                applicationName: "tests")
            let result: Result<Void, any Error>
            do {
                let pool = PostgresPool(configuration: configuration, size: 1)
                defer { pool.close() }
                try await Store.migrations.apply(pool)
                guard case .whole = try await Self.state(pool) else {
                    throw PostgresError.unexpectedResult("the service cannot answer from memory")
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            try await database.sql("DROP OWNED BY \"\(name)\" CASCADE; DROP ROLE \"\(name)\"")
            try result.get()
        }
    }
}
