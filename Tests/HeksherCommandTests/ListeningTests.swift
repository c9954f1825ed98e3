import Foundation
import PostgresTesting
import Testing

/// The addresses on which the service listens, and how the health check finds them.
@Suite(.timeLimit(.minutes(20))) struct ListeningTests {
    private static func end(_ service: borrowing HeksherCommand) async throws {
        service.signal(SIGTERM)
        let ended = try await service.ended()
        #expect(ended.status == 0, "\(ended.error)")
    }

    private static func healthcheck(_ arguments: [String] = [], _ variables: [String: String]) async throws -> Int32 {
        try await HeksherCommand(["healthcheck", "--timeout", "60"] + arguments, variables).ended().status
    }

    @Test("'healthcheck' finds a service on ::1, with and without the option or variable")
    func ipv6() async throws {
        let service = try HeksherCommand(["serve", "--host", "::1", "--port", "0"], ["DOC_ONLY": "true"])
        let address = try await service.address()
        #expect(address.hasPrefix("http://[::1]:"))
        let port = try #require(address.split(separator: ":").last).description
        #expect(try await ServiceAtHand.status("\(address)/api/health") == 200)
        #expect(try await Self.healthcheck([], ["PORT": port]) == 0)
        #expect(try await Self.healthcheck(["--host", "::1", "--port", port], [:]) == 0)
        #expect(try await Self.healthcheck([], ["HEKSHER_HOST": "::1", "PORT": port]) == 0)
        #expect(try await Self.healthcheck(["--host", "127.0.0.1"], ["PORT": port]) == 1)
        try await Self.end(service)
    }

    @Test("'*' listens on all addresses, IPv4 and IPv6", arguments: [true, false])
    func all(isVariable: Bool) async throws {
        let service = try HeksherCommand(
            ["serve", "--port", "0"] + (isVariable ? [] : ["--host", "*"]),
            ["DOC_ONLY": "true"].merging(isVariable ? ["HEKSHER_HOST": "*"] : [:]) { $1 })
        let address = try await service.address()
        let port = try #require(address.split(separator: ":").last).description
        for host in ["127.0.0.1", "[::1]"] {
            #expect(try await ServiceAtHand.status("http://\(host):\(port)/api/health") == 200)
        }
        #expect(try await Self.healthcheck([], ["HEKSHER_HOST": "*", "PORT": port]) == 0)
        try await Self.end(service)
    }

    @Test("The service listens on a Unix socket, and 'healthcheck' uses the same variable or option")
    func unixSocket() async throws {
        let path = ServiceAtHand.temporaryPath("socket")
        let variables = ["HEKSHER_UNIX_SOCKET": path]
        let service = try HeksherCommand(["serve"], variables.merging(["DOC_ONLY": "true"]) { $1 })
        try await service.said("on the unix socket \(path)")
        #expect(try await Self.healthcheck([], variables) == 0)
        #expect(try await Self.healthcheck(["--unix-socket", path], [:]) == 0)
        let second = try await HeksherCommand(["serve", "--unix-socket", path], ["DOC_ONLY": "true"]).ended()
        #expect(second.status == 1 && second.error.contains("another process listens there"), "\(second.error)")
        #expect(try await Self.healthcheck([], variables) == 0)
        try await Self.end(service)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try await Self.healthcheck([], variables) == 1)
    }

    @Test("The service replaces a Unix socket that a killed process left, but not a regular file")
    func leftBehind() async throws {
        let path = ServiceAtHand.temporaryPath("socket")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try HeksherCommand(["serve", "--unix-socket", path], ["DOC_ONLY": "true"])
        try await first.said("on the unix socket")
        first.signal(SIGKILL)
        _ = try await first.ended()
        #expect(FileManager.default.fileExists(atPath: path))
        let second = try HeksherCommand(["serve", "--unix-socket", path], ["DOC_ONLY": "true"])
        try await second.said("on the unix socket")
        #expect(try await Self.healthcheck(["--unix-socket", path], [:]) == 0)
        try await Self.end(second)
        try "precious".write(toFile: path, atomically: true, encoding: .utf8)
        let third = try await HeksherCommand(["serve", "--unix-socket", path], ["DOC_ONLY": "true"]).ended()
        #expect(third.status == 1 && third.error.contains("there is a file of this name"), "\(third.error)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test(
        "An address on which the service cannot listen ends the start with one sentence",
        arguments: [
            (["--host", "203.0.113.1"], 1), (["--unix-socket", "/nowhere/at/all"], 1), (["--host", ""], 64),
            (["--unix-socket", String(repeating: "x", count: 200)], 78), (["--unix-socket", "/x", "--port", "1"], 64),
        ] as [([String], Int32)])
    func nowhere(arguments: [String], status: Int32) async throws {
        let ended = try await HeksherCommand(["serve"] + arguments, ["DOC_ONLY": "true"]).ended()
        #expect(ended.status == status, "\(ended)")
    }

    @Test("With DOC_ONLY and a certificate, the service uses HTTPS, also on a Unix socket")
    func documentationOverTLS() async throws {
        let folder = ServiceAtHand.temporaryPath("tls")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try TestCertificate.first.certificate.write(toFile: "\(folder)/c", atomically: true, encoding: .utf8)
        try TestCertificate.first.key.write(toFile: "\(folder)/k", atomically: true, encoding: .utf8)
        var variables = [
            "DOC_ONLY": "true", "HEKSHER_TLS_CERTIFICATE": "\(folder)/c", "HEKSHER_TLS_KEY": "\(folder)/k",
        ]
        let service = try HeksherCommand(["serve", "--port", "0"], variables)
        let address = try await service.address()
        #expect(address.hasPrefix("https://127.0.0.1:"))
        let port = try #require(address.split(separator: ":").last).description
        #expect(try await Self.healthcheck([], variables.merging(["PORT": port]) { $1 }) == 0)
        let plain = try? await ServiceAtHand.status("http://127.0.0.1:\(port)/api/health")
        #expect(plain == nil)
        service.signal(SIGHUP)
        try await service.said("the TLS certificate is read again")
        try await Self.end(service)
        // Also over a Unix socket.
        variables["HEKSHER_UNIX_SOCKET"] = "\(folder)/socket"
        let local = try HeksherCommand(["serve"], variables)
        try await local.said("serves https on the unix socket")
        #expect(try await Self.healthcheck([], variables) == 0)
        try await Self.end(local)
        variables["HEKSHER_TLS_CERTIFICATE"] = "\(folder)/none"
        let ended = try await HeksherCommand(["serve"], variables).ended()
        #expect(ended.status == 78 && ended.error.contains("HEKSHER_TLS_CERTIFICATE"), "\(ended)")
    }
}
