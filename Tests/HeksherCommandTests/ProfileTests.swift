import Foundation
import Testing

/// `heksher login`, and the commands that use what it stores.
@Suite(.timeLimit(.minutes(20))) struct ProfileTests {
    /// A folder for the profiles of one test.
    private struct Home {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "heksher-home-\(UUID().uuidString.prefix(8))")

        var file: URL { folder.appending(path: "heksher/config") }
        var variables: [String: String] { ["XDG_CONFIG_HOME": folder.path()] }

        func remove() { try? FileManager.default.removeItem(at: folder) }
    }

    @Test("A profile is tried, stored for its owner only, chosen and deleted")
    func login() async throws {
        try await CommandLineClient.with { client in
            let home = Home()
            defer { home.remove() }
            let address = try #require(client.variables["HEKSHER_URL"])
            func run(_ arguments: String..., input: String? = nil) async throws -> HeksherCommand.Ended {
                try await HeksherCommand(arguments, home.variables, input: input).ended()
            }
            let place = String(address.dropFirst("http://".count))
            let stored = try await run("login", "--url", place, input: "secret\n")
            #expect(
                stored.output == "\(address) is the profile default, and the current one. It runs Heksher 0.1.0.\n",
                "\(stored)")
            let attributes = try FileManager.default.attributesOfItem(atPath: home.file.path())
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try String(contentsOf: home.file, encoding: .utf8).contains("token = secret\n"))
            #expect(try await run("features").error == "There are no context features.\n")
            // A service that does not answer is not stored.
            let away = try await run("login", "--url", "127.0.0.1:1", "--profile", "away", input: "")
            #expect(away.status == 69 && away.error.contains("cannot be reached"), "\(away)")
            #expect(try await run("login", "--url", place, "--profile", "other", input: "").status == 0)
            #expect(
                try await run("profiles").output.contains(
                    "default  \(address)  yes    -\nother    \(address)  no     yes\n"))
            #expect(try await run("profiles", "--use", "default").status == 0)
            let unknown = try await run("get", "--profile", "none")
            #expect(
                unknown.status == 78
                    && unknown.error.hasPrefix("heksher: there is no profile 'none'; there are default and other"))
            #expect(try await run("logout").output == "The profile default is deleted.\n")
            #expect(try await run("logout").error == "heksher: there is no current profile\n")
            #expect(try await run("features", "--profile", "other").status == 0)
            #expect(try await run("get", "--profile", "other", "--url", place).status == 64)
            #expect(try await run("login", input: "").status == 64)
        }
    }

    @Test("A token that the service does not know is not stored, and no token goes to another address")
    func tokens() async throws {
        try await ServiceAtHand.withDatabase { _, variables in
            let home = Home()
            defer { home.remove() }
            let made = try await HeksherCommand.run("token", "new", "me", "--role", "write")
            let token = try #require(made.error.split(separator: " ").last).trimmingCharacters(in: .newlines)
            let access = ServiceAtHand.temporaryPath("access")
            try Data(made.output.utf8).write(to: URL(filePath: access))
            defer { try? FileManager.default.removeItem(atPath: access) }
            let service = try HeksherCommand(
                ["serve", "--port", "0"], variables.merging(["HEKSHER_ACCESS_FILE": access]) { $1 })
            let address = try await service.address()
            func run(_ arguments: String..., variables: [String: String] = [:], input: String? = nil) async throws
                -> HeksherCommand.Ended
            {
                try await HeksherCommand(arguments, home.variables.merging(variables) { $1 }, input: input).ended()
            }
            let wrong = try await run("login", "--url", address, input: "wrong\n")
            #expect(wrong.status == 77 && wrong.error == "heksher: the token is unknown\n", "\(wrong)")
            #expect(!FileManager.default.fileExists(atPath: home.file.path()))
            #expect(try await run("login", "--url", address, input: token).status == 0)
            #expect(try await run("features").status == 0)
            // The profile's token belongs to the profile's address.
            #expect(try await run("features", "--url", address).status == 77)
            #expect(try await run("features", variables: ["HEKSHER_URL": address]).status == 77)
            #expect(
                try await run(
                    "features", variables: ["HEKSHER_URL": "http://127.0.0.1:1", "HEKSHER_PROFILE": "default"]
                ).status == 69)
            #expect(
                try await run("features", "--profile", "default", variables: ["HEKSHER_URL": "http://127.0.0.1:1"])
                    .status == 0)
            #expect(try await run("features", variables: ["HEKSHER_TOKEN": "other"]).status == 77)
        }
    }

    @Test("With --cacert, or with a profile that names the file, commands trust a private authority")
    func authorities() async throws {
        try await ServiceAtHand.withDatabase { _, variables in
            let home = Home()
            defer { home.remove() }
            let (certificate, key) = (ServiceAtHand.temporaryPath("crt"), ServiceAtHand.temporaryPath("key"))
            defer { for file in [certificate, key] { try? FileManager.default.removeItem(atPath: file) } }
            try Data(TestCertificate.first.certificate.utf8).write(to: URL(filePath: certificate))
            try Data(TestCertificate.first.key.utf8).write(to: URL(filePath: key))
            let service = try HeksherCommand(
                ["serve", "--port", "0"],
                variables.merging(["HEKSHER_TLS_CERTIFICATE": certificate, "HEKSHER_TLS_KEY": key]) { $1 })
            let address = try await service.address()
            func run(_ arguments: String..., variables: [String: String] = [:]) async throws -> HeksherCommand.Ended {
                try await HeksherCommand(arguments, home.variables.merging(variables) { $1 }).ended()
            }
            let stranger = try await run("features", "--url", address)
            #expect(
                stranger.status == 69
                    && stranger.error
                        == "heksher: \(address) cannot be reached: its certificate is not signed by an authority that this machine knows; --cacert names a file of further ones\n",
                "\(stranger)")
            #expect(try await run("features", "--url", address, "--cacert", certificate).status == 0)
            #expect(
                try await run("features", variables: ["HEKSHER_URL": address, "HEKSHER_CACERT": certificate]).status
                    == 0)
            #expect(try await run("login", "--url", address, "--cacert", certificate).status == 0)
            #expect(try await run("features").status == 0)
            let none = try await run("features", "--url", address, "--cacert", key)
            #expect(
                none.status == 78 && none.error == "heksher: \(key) cannot be read, or has no certificate in PEM\n",
                "\(none)")
            // TLS to a port without it, and the other way round.
            let plain = try HeksherCommand(["serve", "--port", "0"], variables)
            let port = try #require(try await plain.address().split(separator: ":").last)
            let spoken = try await run("features", "--url", "https://127.0.0.1:\(port)")
            #expect(
                spoken.status == 69 && !spoken.error.contains("OPENSSL") && !spoken.error.contains("errno"), "\(spoken)"
            )
            let check = try await run("healthcheck", "--url", "https://127.0.0.1:\(port)")
            #expect(check.status == 1 && !check.error.contains("OPENSSL") && !check.error.contains("errno"), "\(check)")
        }
    }
}
