import ContractJSON
import Foundation
import NIOCore
import NIOPosix
import PostgresTesting
import Testing

/// Errors of the client commands, caused by their arguments or by the service.
@Suite(.timeLimit(.minutes(20))) struct ClientRefusalTests {
    @Test("Control characters from the service or from arguments are printed escaped")
    func controlCharacters() async throws {
        try await CommandLineClient.withSamples { client in
            let value = "\"\u{9B}31m\u{202E}\u{7F}\""
            try await client("declare", "text", "str", value, "--by", "tenant", "--metadata", "note=\u{1B}[31m")
            try await client("rule", "add", "text", value, "--when", "tenant=acme", "--metadata", "note=\u{9B}2J")
            for arguments in [["get"], ["get", "text"], ["query", "--metadata"], ["rule", "get", "3"]] {
                let ended = try await HeksherCommand(arguments, client.variables).ended()
                #expect(ended.status == 0 && ended.output.contains(#"\u009b31m\u202e\u007f"#), "\(ended)")
                for scalar in ended.output.unicodeScalars where scalar != "\n" {
                    #expect(scalar.properties.generalCategory != .control && scalar != "\u{202E}")
                }
            }
            // Programs get the value unescaped.
            #expect(try await client("get", "text", "--json").contains(value))
            try await client.refused(["get", "a\u{1B}[31m\nb"], 3, #"the setting a\u001b[31m\u000ab does not exist"#)
        }
    }

    @Test(
        "Wrong arguments end with status 64 and a sentence about the mistake",
        arguments: [
            (["rule", "add", "x", "1"], "--when <feature=value>"),
            (["rule", "add", "x", "1", "--when", "a"], "as in tenant=acme or tenant=acme,user=ann, and not 'a'"),
            (["rule", "add", "x", "1", "--when", "=b"], "as in tenant=acme or tenant=acme,user=ann, and not '=b'"),
            (
                ["rule", "add", "x", "1", "--when", "a=b c=d"],
                "as in tenant=acme or tenant=acme,user=ann, and not 'a=b c=d'"
            ),
            (["rule", "add", "x", "1", "--when", "a==b"], "as in tenant=acme or tenant=acme,user=ann, and not 'a==b'"),
            (["rule", "add", "x", "1", "--when", "a=b", "c=d"], "joined by commas, as in tenant=acme,user=ann"),
            (["explain", "x", "--for", "a=b", "c=d"], "joined by commas, as in tenant=acme,user=ann"),
            (["explain", "x", "--for", "a=b && c=d"], "--for takes feature=value joined by commas"),
            (["declare", "x", "int", "1", "--by", "a", "b"], "joined by commas, as in --by environment,tenant"),
            (["settings"], "Did you mean 'get'?"),
            (["rule", "add", "x", "1", "--where", "a=b"], "Did you mean '--when'?"),
            (["explain", "x", "--when", "a=b"], "Did you mean '--for'?"),
            (["evaluate", "--for", "a=Smith, Jones & Co"], #"tenant=acme,user=ann or 'tenant="Smith, Jones & Co"'"#),
            (["rule", "set", "checkout.retries", "5"], "a rule is given by its number, which 'heksher rules' shows"),
            (["rule", "add", "x", "1", "--when", "a=b", "--when", "a=c"], "names a context feature twice"),
            (["rule", "add", "x", "1", "--when", "a=b", "--metadata", "k={"], "'--metadata <key=value>'"),
            (["rule", "add"], "Usage: heksher rule add <setting> <value> --when <feature=value> ... [options]\n"),
            (["rule", "rm"], "<id>"), (["rule", "get", "1.0"], "'1.0'"), (["rm"], "<name>"), (["get", ""], "<name>"),
            (["features", "move", "a"], "either --after or --before"),
            (["features", "move", "a", "--after", "b", "--before", "c"], "either --after or --before"),
            (["query", "--where", "nonsense"], "--where takes"),
            (["query", "--where", "a="], "--where: the value of a cannot be used: it is empty"),
            (["query", "--where", "a:*,a:*"], "names a more than once"),
            (["declare", "x", "--version", "1.1"], "a name, a type and a default value"),
            (["declare", "x", "int", "1", "--version", "1.1"], "--by feature"),
            (["declare", "--file", "x", "--by", "a"], "--file takes all"),
            (["get", "--timeout", "0"], "--timeout"), (["get", "--url", "heksher"], "not the address of a service"),
            (["get", "--url", "ftp://h"], "not the address"), (["get", "--url", "http://"], "not the address"),
            (["get", "--url", "http://h/?a=b"], "not the address"),
            (["get", "--url", "http://user:word@h"], "no user name"),
        ] as [([String], String)])
    func arguments(arguments: [String], sentence: String) async throws {
        let ended = try await HeksherCommand(arguments, ["HEKSHER_URL": "http://127.0.0.1:1"]).ended()
        #expect(ended.status == 64, "\(ended)")
        #expect(ended.error.contains(sentence) && ended.error.contains("Usage: heksher"), "\(ended)")
        #expect(ended.output.isEmpty)
    }

    private static let silence = "nothing listens there; is the service running, and the address right?"

    @Test("An unreachable or silent service ends a command with status 69 and one sentence")
    func away() async throws {
        for (url, said) in [
            ("http://127.0.0.1:1", "http://127.0.0.1:1 cannot be reached: \(Self.silence)"),
            ("http://localhost:1/", "http://localhost:1/ cannot be reached: \(Self.silence)"),
        ] {
            let stopwatch = PatientStopwatch()
            let ended = try await HeksherCommand.run("get", variables: ["HEKSHER_URL": url])
            #expect(ended.status == 69 && ended.error == "heksher: \(said)\n", "\(ended)")
            #expect(stopwatch.time < .seconds(5))
        }
        // Without an address, commands use PORT on this machine, and stop after the first rule that fails.
        let local = try await HeksherCommand.run("rule", "rm", "1", "2", variables: ["PORT": "1"])
        #expect(local.status == 69 && local.error.hasPrefix("heksher: http://127.0.0.1:1 cannot"), "\(local)")
        #expect(local.error.split(separator: "\n").count == 1)
        #expect(try await HeksherCommand.run("get", variables: ["PORT": "x"]).status == 78)
        let wrong = try await HeksherCommand.run("get", variables: ["HEKSHER_URL": "nonsense"])
        #expect(wrong.status == 78 && wrong.error.hasPrefix("heksher: HEKSHER_URL: 'nonsense' is not the address"))
        // The server reads nothing, but the kernel accepts the connection.
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false).bind(host: "127.0.0.1", port: 0).get()
        let address = "http://127.0.0.1:\(silent.localAddress?.port ?? 0)"
        let late = try await HeksherCommand.run("get", "--url", address, "--timeout", "1")
        #expect(late.status == 69 && late.error == "heksher: \(address) does not answer in 1 second\n", "\(late)")
        try await silent.close()
    }

    @Test("If the service has no database, a command ends with status 69 and the service's reason")
    func databaseAway() async throws {
        try await CommandLineClient.with { client in
            try await client.database.pool.withConnection {
                try await $0.run(script: "ALTER TABLE settings RENAME TO hidden")
            }
            let failed = try await HeksherCommand.run("get", variables: client.variables)
            #expect(failed.status == 69 && failed.error.contains("the database is unavailable: relation"), "\(failed)")
        }
        let service = try HeksherCommand(["serve", "--port", "0"], ["DOC_ONLY": "true"])
        let ended = try await HeksherCommand.run("get", "--url", try await service.address())
        #expect(ended.status == 69 && ended.error.contains("DOC_ONLY"), "\(ended)")
        let unavailable = try await Self.answering(
            "503 Service Unavailable", "text/plain", "the database is unavailable"
        ) {
            try await HeksherCommand.run("rule", "rm", "1", "2", "--url", $0)
        }
        #expect(
            unavailable.status == 69 && unavailable.error == "heksher: the database is unavailable\n", "\(unavailable)")
    }

    @Test("A response that the contract does not allow ends a command with status 76")
    func notHeksher() async throws {
        try await CommandLineClient.with { client in
            let address = try #require(client.variables["HEKSHER_URL"])
            let path = try await HeksherCommand.run("get", "--url", "\(address)/api")
            #expect(path.status == 76)
            #expect(
                path.error
                    == "heksher: \(address)/api answers as no Heksher service does, with status 404: is the address right?\n"
            )
        }
        for (status, type, body, said) in [
            (
                "200 OK", "text/html", "<p>\u{1B}[31m",
                "with status 200: is the address right?\n  header.Content-Type the media type text/html is not declared\n"
            ),
            ("200 OK", "application/json", #"{"settings":[{}]}"#, "body.settings.0.name field required\n"),
            (
                "301 Moved Permanently\r\nLocation: https://other.example", "text/plain", "",
                "redirects (to https://other.example)"
            ),
            ("401 Unauthorized", "text/plain", "no", "with status 401"),
        ] {
            let ended = try await Self.answering(status, type, body) {
                try await HeksherCommand.run("get", "--url", $0, "--json")
            }
            #expect(ended.status == 76 && ended.output.isEmpty, "\(ended)")
            #expect(ended.error.contains(said), "\(ended)")
        }
    }

    /// A server that gives this response to each request.
    private static func answering<Value>(
        _ status: String, _ type: String, _ body: String, _ test: (String) async throws -> Value
    ) async throws -> Value {
        let answer = "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FixedResponse(text: answer))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        let value = try await test("http://127.0.0.1:\(server.localAddress?.port ?? 0)")
        try await server.close()
        return value
    }

    private final class FixedResponse: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let text: String

        init(text: String) { self.text = text }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }
}
