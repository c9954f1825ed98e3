import Foundation
import PostgresTesting
import Testing

/// Access tokens as an operator uses them: created, stored, shown and revoked.
@Suite(.timeLimit(.minutes(20))) struct AccessCommandTests {
    private static func temporaryFile(_ text: String) throws -> URL {
        let file = FileManager.default.temporaryDirectory.appending(path: "access-\(UUID().uuidString.prefix(8))")
        try Data(text.utf8).write(to: file)
        return file
    }

    /// Creates a token with the command line, and returns it with its line for the file.
    private static func new(_ arguments: String...) async throws -> (token: String, line: String) {
        let ended = try await HeksherCommand(["token", "new"] + arguments).ended()
        #expect(ended.status == 0 && ended.output.split(separator: "\n").count == 1, "\(ended)")
        let token = try #require(ended.error.firstMatch(of: /: (heksher_[A-Za-z0-9_\-]{43})\n/)?.1)
        #expect(!ended.output.contains(token))
        return (String(token), ended.output)
    }

    @Test("A token made with 'token new' is accepted with its role until its line is removed")
    func tokens() async throws {
        try await CommandLineClient.with { open in
            let server = try await TestServer.shared()
            let writer = try await Self.new("deployment", "--role", "write")
            let reader = try await Self.new("dashboard", "--role", "read", "--prefix", "shop.", "--prefix", "ui.")
            #expect(reader.line.hasPrefix("dashboard read sha256:") && reader.line.hasSuffix(" shop.,ui.\n"))
            let file = try Self.temporaryFile(writer.line + reader.line)
            defer { try? FileManager.default.removeItem(at: file) }
            let service = try HeksherCommand(
                ["serve", "--port", "0"],
                [
                    "HEKSHER_DB_CONNECTION_STRING": server.connectionString(database: open.database.name),
                    "HEKSHER_ACCESS_FILE": file.path(),
                ])
            let address = try await service.address()
            func client(_ token: String?) -> CommandLineClient {
                var variables = ["HEKSHER_URL": address]
                variables["HEKSHER_TOKEN"] = token
                return CommandLineClient(database: open.database, variables: variables)
            }
            try await client(nil).refused(["get"], 77, "credentials are required")
            try await client("wrong").refused(["get"], 77, "the token is unknown")
            try await client(writer.token)("features", "add", "tenant")
            try await client(writer.token)("declare", "shop.size", "int", "3", "--by", "tenant")
            #expect(try await client(reader.token)("get").contains("shop.size"))
            #expect(try await client(nil)("get", "--token", reader.token).contains("shop.size"))
            try await client(reader.token).refused(
                ["rule", "add", "shop.size", "4", "--when", "tenant=acme"], 77,
                "the token dashboard has the role read, and this takes write")
            try await client(reader.token).refused(["get", "other"], 3, "the setting other does not exist")
            let check = try await HeksherCommand.run("healthcheck", "--timeout", "60", "--url", address)
            #expect(check.status == 0, "\(check.error)")

            // An invalid file changes nothing. A valid one without the reader's line revokes its token.
            try Data((writer.line + "nonsense\n").utf8).write(to: file)
            service.signal(SIGHUP)
            while !service.said.contains("\(file.path()):2: ") { try await Task.sleep(for: .milliseconds(10)) }
            try await client(reader.token)("get")
            try Data(writer.line.utf8).write(to: file)
            service.signal(SIGHUP)
            while !service.said.contains("read again") { try await Task.sleep(for: .milliseconds(10)) }
            try await client(reader.token).refused(["get"], 77, "the token is unknown")
            try await client(writer.token)("get")
            #expect(!service.said.contains(writer.token) && !service.said.contains(reader.token))
        }
    }

    @Test("An invalid access file or TLS file ends the start with one sentence")
    func mistakes() async throws {
        let variables = ["HEKSHER_DB_CONNECTION_STRING": "postgresql://nowhere.invalid/x"]
        let file = try Self.temporaryFile("a read\n")
        let pem = try Self.temporaryFile(TestCertificate.first.certificate)
        let key = try Self.temporaryFile(TestCertificate.first.key)
        let otherKey = try Self.temporaryFile(TestCertificate.second.key)
        defer { for file in [file, pem, key, otherKey] { try? FileManager.default.removeItem(at: file) } }
        let (certificateName, keyName) = ("HEKSHER_TLS_CERTIFICATE", "HEKSHER_TLS_KEY")
        for (more, sentence) in [
            (["HEKSHER_ACCESS_FILE": "/nowhere/access"], "HEKSHER_ACCESS_FILE: /nowhere/access cannot be read"),
            (
                ["HEKSHER_ACCESS_FILE": file.path()],
                "HEKSHER_ACCESS_FILE: \(file.path()):1: a line has a name, a role, sha256:… and limits; this one has 2 words"
            ),
            ([certificateName: pem.path()], "HEKSHER_TLS_CERTIFICATE is set, and HEKSHER_TLS_KEY is not"),
            ([keyName: key.path()], "HEKSHER_TLS_KEY is set, and HEKSHER_TLS_CERTIFICATE is not"),
            (
                [certificateName: "/nowhere", keyName: key.path()],
                "HEKSHER_TLS_CERTIFICATE: /nowhere cannot be read"
            ),
            ([certificateName: pem.path(), keyName: "/nowhere"], "HEKSHER_TLS_KEY: /nowhere cannot be read"),
            (
                [certificateName: file.path(), keyName: key.path()],
                "HEKSHER_TLS_CERTIFICATE: \(file.path()) is no certificate in PEM"
            ),
            (
                [certificateName: pem.path(), keyName: pem.path()],
                "HEKSHER_TLS_KEY: \(pem.path()) is no private key in PEM without a passphrase"
            ),
            (
                [certificateName: pem.path(), keyName: otherKey.path()],
                "HEKSHER_TLS_KEY: \(otherKey.path()) is not the key of the certificate in \(pem.path())"
            ),
            (
                ["HEKSHER_CORS_ORIGINS": "example.com"],
                "HEKSHER_CORS_ORIGINS has 'example.com': an origin is a scheme and a host, as in https://admin.example.com"
            ),
            (
                ["HEKSHER_MAX_BODY_BYTES": "12"],
                "HEKSHER_MAX_BODY_BYTES is '12': it takes a whole number from 1024 to 1073741824"
            ),
            (
                ["HEKSHER_IDLE_SECONDS": "0"], "HEKSHER_IDLE_SECONDS is '0': it takes a whole number from 1 to 86400"
            ),
        ] {
            let ended = try await HeksherCommand.run("serve", variables: variables.merging(more) { $1 })
            #expect(ended.status == 78 && ended.error == "heksher: \(sentence)\n", "\(ended)")
        }
        let ended = try await HeksherCommand.run("token", "new", "a b", "--role", "read")
        #expect(ended.status == 78 && ended.output.isEmpty)
        #expect(try await HeksherCommand.run("token", "new", "a", "--role", "admin").status == 64)
    }
}
