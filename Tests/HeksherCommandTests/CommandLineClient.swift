import PostgresTesting
import Testing

/// A service with a database of its own, and the command line as its client.
struct CommandLineClient {
    let database: TestDatabase
    let variables: [String: String]

    static func with(_ test: (CommandLineClient) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let server = try await TestServer.shared()
            let connection = ["HEKSHER_DB_CONNECTION_STRING": server.connectionString(database: database.name)]
            #expect(try await HeksherCommand.run("migrate", variables: connection).status == 0)
            let service = try HeksherCommand(["serve", "--port", "0"], connection)
            let address = try await service.address()
            try await test(CommandLineClient(database: database, variables: ["HEKSHER_URL": address]))
        }
    }

    /// The context features, settings and rules of a web shop.
    static func withSamples(_ test: (CommandLineClient) async throws -> Void) async throws {
        try await with { client in
            try await client("features", "add", "environment", "tenant", "user")
            try await client(
                "declare", "checkout.retries", "int", "3", "--by", "tenant", "--by", "environment", "--metadata",
                "owner=core", "--metadata", #"limits={"most": 9}"#)
            try await client("declare", "ui.theme", #"Enum["light","dark"]"#, #""light""#, "--by", "tenant")
            try await client("rule", "add", "checkout.retries", "5", "--when", "tenant=acme")
            try await client(
                "rule", "add", "checkout.retries", "-1", "--when", "tenant=acme", "--when", "environment=staging",
                "--metadata", "reason=a long story")
            try await test(client)
        }
    }

    /// Runs the command, and expects status 0 and no errors.
    @discardableResult
    func callAsFunction(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws
        -> String
    {
        let ended = try await HeksherCommand(arguments, variables).ended()
        #expect(ended.status == 0 && ended.error.isEmpty, "\(ended)", sourceLocation: sourceLocation)
        return ended.output
    }

    /// Runs the command without any expectation.
    func run(_ arguments: String..., input: String? = nil) async throws -> HeksherCommand.Ended {
        try await HeksherCommand(arguments, variables, input: input).ended()
    }

    /// Runs the command, and expects this status, no output, and this message.
    func refused(
        _ arguments: [String], _ status: Int32, _ said: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let ended = try await HeksherCommand(arguments, variables).ended()
        #expect(ended.status == status, "\(ended)", sourceLocation: sourceLocation)
        #expect(ended.error == "heksher: \(said)\n", sourceLocation: sourceLocation)
        #expect(ended.output.isEmpty, sourceLocation: sourceLocation)
    }
}
