import Testing

/// Invalid ports, in every argument and variable that contains a port.
@Suite(.timeLimit(.minutes(20))) struct PortTests {
    private static let ports = ["80800", "65536", "0", "-1", "99999999999999999999"]
    private static let hosts = ["127.0.0.1", "[::1]", "localhost"]

    @Test(
        "An argument with an invalid port ends the command with one sentence and status 64",
        arguments: [
            ["features"], ["get"], ["query"], ["rm", "a"], ["rule", "get", "1"], ["healthcheck"],
            ["features", "add", "a"],
        ])
    func argument(command: [String]) async throws {
        for url in ["http://127.0.0.1:80800", "https://[::1]:65536/heksher", "http://localhost:99999999999999999999"] {
            let ended = try await HeksherCommand(command + ["--url", url]).ended()
            #expect(ended.status == 64, "\(url): \(ended)")
            #expect(ended.error.contains("is not a number from 1 to 65535"), "\(ended.error)")
        }
    }

    @Test(
        "A variable with an invalid port ends the command with one sentence and status 78",
        arguments: [
            (["serve"], "SENTRY_DSN", "http://key@HOST:PORT/1"), (["dev"], "SENTRY_DSN", "https://key@HOST:PORT/1"),
            (["features"], "HEKSHER_URL", "http://HOST:PORT"), (["serve"], "HEKSHER_CORS_ORIGINS", "http://HOST:PORT"),
            (["serve"], "HEKSHER_DB_CONNECTION_STRING", "postgresql://user:hidden@HOST:PORT/x"),
            (["migrate"], "HEKSHER_DB_CONNECTION_STRING", "postgres://HOST:PORT/x"),
            (["serve"], "HEKSHER_LOGSTASH_PORT", "PORT"), (["healthcheck"], "PORT", "PORT"),
            (["features"], "PORT", "PORT"),
        ])
    func variable(command: [String], name: String, pattern: String) async throws {
        for port in Self.ports where !(name == "PORT" && port == "0") {
            for host in pattern.contains("HOST") ? Self.hosts : [""] {
                var variables = ["HEKSHER_DB_CONNECTION_STRING": "postgresql://127.0.0.1:1/x"]
                if name == "HEKSHER_LOGSTASH_PORT" { variables["HEKSHER_LOGSTASH_HOST"] = "127.0.0.1" }
                variables[name] = pattern.replacing("HOST", with: host).replacing("PORT", with: port)
                let ended = try await HeksherCommand(command, variables).ended()
                #expect(ended.status == 78, "\(name) \(host) \(port): \(ended)")
                #expect(ended.error.contains(name) && !ended.error.contains("hidden"), "\(ended.error)")
                #expect(ended.error.split(separator: "\n").count == 1, "\(ended.error)")
            }
        }
    }

    @Test("Client commands do not follow redirects")
    func redirect() async throws {
        try await RedirectingServer.running(to: "http://127.0.0.1:99999/api/health") { port in
            let ended = try await HeksherCommand.run(
                "healthcheck", "--url", "http://127.0.0.1:\(port)", "--timeout", "60")
            #expect(ended.status == 1 && ended.error.contains("status 307"), "\(ended)")
            let features = try await HeksherCommand.run("features", "--url", "http://127.0.0.1:\(port)")
            #expect(features.status == 76, "\(features)")
        }
    }
}
