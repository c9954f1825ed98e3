import Foundation
import JSON
import NIOCore
import NIOPosix
import PostgresTesting
import Testing

/// The commands that ask a service, run against one.
@Suite(.timeLimit(.minutes(2))) struct ClientTests {
    /// A service on a database of its own, and the program that asks it.
    private struct Client {
        let database: TestDatabase
        let variables: [String: String]

        static func with(_ test: (Client) async throws -> Void) async throws {
            try await TestDatabase.with { database in
                let server = try await TestServer.shared()
                let connection = ["HEKSHER_DB_CONNECTION_STRING": server.connectionString(database: database.name)]
                #expect(try await HeksherCommand.run("migrate", variables: connection).status == 0)
                let service = try HeksherCommand(["serve", "--port", "0"], connection)
                let address = try await service.address()
                try await test(Client(database: database, variables: ["HEKSHER_URL": address]))
            }
        }

        /// A web shop's features, settings and rules.
        static func withSamples(_ test: (Client) async throws -> Void) async throws {
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

        /// Runs it, and expects it to end well and in silence.
        @discardableResult
        func callAsFunction(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws
            -> String
        {
            let ended = try await HeksherCommand(arguments, variables).ended()
            #expect(ended.status == 0 && ended.error.isEmpty, "\(ended)", sourceLocation: sourceLocation)
            return ended.output
        }

        /// Runs it, and expects it to end with this status, to print nothing, and to say this.
        func refused(
            _ arguments: [String], _ status: Int32, _ said: String, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let ended = try await HeksherCommand(arguments, variables).ended()
            #expect(ended.status == status, "\(ended)", sourceLocation: sourceLocation)
            #expect(ended.error == "heksher: \(said)\n", sourceLocation: sourceLocation)
            #expect(ended.output.isEmpty, sourceLocation: sourceLocation)
        }
    }

    @Test("Context features are added, listed, moved and deleted")
    func features() async throws {
        try await Client.with { client in
            let empty = try await HeksherCommand.run("features", variables: client.variables)
            #expect(empty.status == 0 && empty.output.isEmpty && empty.error == "There are no context features.\n")
            #expect(
                try await client("features", "add", "environment", "tenant", "user") == """
                    environment is added.
                    tenant is added.
                    user is added.

                    """)
            #expect(
                try await client("features", "move", "user", "--before", "tenant")
                    == "user is directly before tenant.\n")
            #expect(
                try await client("features") == """
                    INDEX  FEATURE
                    0      environment
                    1      user
                    2      tenant

                    """)
            #expect(
                try await client("features", "move", "environment", "--after", "tenant")
                    == "environment is directly after tenant.\n")
            #expect(try await client("features", "rm", "user") == "user is deleted.\n")
            #expect(
                try await client("features", "list", "--json") == #"{"context_features":["tenant","environment"]}"#
                    + "\n")
            #expect(try await client("features", "--json").hasPrefix("{"))
            #expect(try await client("features", "add", "user", "--json") == "")
            try await client.refused(["features", "add", "user"], 4, "the context feature user already exists")
            try await client.refused(["features", "rm", "none"], 3, "the context feature none does not exist")
            try await client.refused(
                ["features", "move", "user", "--after", "none"], 3, "user or none does not exist")
            try await client.refused(
                ["features", "add", "a b"], 1,
                #"body.context_feature: string does not match regex "^[a-zA-Z_0-9]+$""#)
            try await client("declare", "x", "int", "1", "--by", "tenant")
            try await client.refused(
                ["features", "rm", "tenant"], 4,
                "the context feature tenant cannot be deleted, at least one setting is configurable by it")
        }
    }

    @Test("A declaration tells what it did, and what differs")
    func declaring() async throws {
        try await Client.with { client in
            try await client("features", "add", "environment", "tenant", "user")
            let retries = ["declare", "checkout.retries", "int"]
            #expect(
                try await client("declare", "checkout.retries", "int", "3", "--by", "tenant")
                    == "checkout.retries is created at version 1.0.\n")
            #expect(
                try await client("declare", "checkout.retries", "int", "3", "--by", "tenant")
                    == "checkout.retries is up to date at version 1.0.\n")
            try await client.refused(
                retries + ["4", "--by", "tenant"], 4,
                """
                checkout.retries differs from what is stored at version 1.0; a change takes a higher version:
                  minor: default value (stored: 3)
                """)
            try await client.refused(
                retries + ["4", "--by", "tenant", "--by", "user", "--version", "1.1"], 4,
                """
                checkout.retries cannot be upgraded from version 1.0 to 1.1; major differences take a higher major number:
                  minor: default value (stored: 3)
                  major: configurable features (stored: ["tenant"])
                """)
            #expect(
                try await client(
                    "declare", "retries", "int", "4", "--by", "tenant", "--by", "user", "--version", "2.0", "--alias",
                    "checkout.retries")
                        == """
                        retries is upgraded from version 1.0 to 2.0:
                          minor: name (before: "checkout.retries")
                          minor: default value (before: 3)
                          major: configurable features (before: ["tenant"])

                        """)
            #expect(
                try await client("declare", "retries", "int", "5", "--by", "tenant", "--by", "user", "--version", "1.9")
                    == """
                    retries has the newer version 2.0, and is left as it is:
                      minor: default value (stored: 4)

                    """)
            try await client("rule", "add", "retries", "7", "--when", "user=ann")
            try await client.refused(
                ["declare", "retries", "bool", "true", "--by", "tenant", "--version", "3.0"], 4,
                """
                retries cannot be upgraded from version 2.0 to 3.0:
                  minor: default value (stored: 4)
                  mismatch: configurable features ['user'] are still in use by rules [1]
                  mismatch: setting type incompatible with values for rules: [1]
                """)
            try await client.refused(
                ["declare", "a b", "int", "1", "--by", "x y", "--by", "user"], 1,
                """
                the request breaks the contract:
                  body.name: string does not match regex "^[a-zA-Z_0-9.]+$"
                  body.configurable_features.0: string does not match regex "^[a-zA-Z_0-9]+$"
                """)
            try await client.refused(
                ["declare", "x", "int", "1.5", "--by", "user"], 1,
                "body.default_value: the default value does not fit the type int")
            try await client.refused(
                ["declare", "x", "int", "1", "--by", "nobody"], 3, "the context features ['nobody'] do not exist")
            let json = try await HeksherCommand(retries + ["4", "--by", "tenant", "--json"], client.variables).ended()
            #expect(json.status == 0 && json.output.hasPrefix(#"{"outcome":"outdated","latest_version":"2.0","#))
        }
    }

    @Test("A refusal that is JSON is there for programs too")
    func refusedJSON() async throws {
        try await Client.withSamples { client in
            let ended = try await HeksherCommand.run(
                "declare", "ui.theme", "str", #""x""#, "--by", "tenant", "--json", variables: client.variables)
            #expect(ended.status == 4)
            #expect(ended.output.hasPrefix(#"{"outcome":"mismatch","differences":[{"level":"minor","#), "\(ended)")
            #expect(ended.error.hasPrefix("heksher: ui.theme differs"))
        }
    }

    @Test("Declarations come from a file or the standard input stream, one or many")
    func declarationFile() async throws {
        try await Client.with { client in
            try await client("features", "add", "tenant")
            let file = FileManager.default.temporaryDirectory.appending(path: "declarations-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: file) }
            func run(_ text: String) async throws -> HeksherCommand.Ended {
                try Data(text.utf8).write(to: file)
                return try await HeksherCommand.run("declare", "--file", file.path(), variables: client.variables)
            }
            let one = #"{"name":"a","type":"int","default_value":1,"configurable_features":["tenant"]}"#
            let two = one.replacing(#""a""#, with: #""b""#).replacing("1", with: "1.0")
            #expect(try await run(one).output == "a is created at version 1.0.\n")
            #expect(
                try await run("[\(one),\n\(two)]").output == """
                    a is up to date at version 1.0.
                    b is created at version 1.0.

                    """)
            #expect(try await client("get", "b").contains("DEFAULT   1.0\n"))
            // What is refused of one does not keep the others from being declared.
            let mixed = try await run("[\(one.replacing("1", with: "2")),\(one.replacing(#""a""#, with: #""c""#))]")
            #expect(mixed.status == 4 && mixed.output == "c is created at version 1.0.\n", "\(mixed)")
            let missing = try await run(#"[\#(one),{"name":"d","type":1}]"#)
            #expect(missing.status == 1 && missing.output.isEmpty)
            #expect(missing.error.contains("declaration 2: ") && missing.error.contains("default_value field required"))
            #expect(try await run("[").error.contains("at line 1 column 2"))
            let none = try await HeksherCommand.run("declare", "--file", "/none", variables: client.variables)
            #expect(none.status == 1 && none.error == "heksher: /none: No such file or directory\n")
            let stream = try await HeksherCommand.run("declare", "--file", "-", variables: client.variables)
            #expect(stream.status == 1 && stream.error.contains("the standard input stream: expecting a value"))
        }
    }

    @Test("Settings are listed, or shown in full by name or alias")
    func getting() async throws {
        try await Client.withSamples { client in
            #expect(
                try await client("get") == """
                    NAME              TYPE                  DEFAULT  VERSION
                    checkout.retries  int                   3        1.0
                    ui.theme          Enum["dark","light"]  "light"  1.0

                    """)
            try await client(
                "declare", "theme", #"Enum["light","dark"]"#, #""dark""#, "--by", "tenant", "--alias", "ui.theme",
                "--version", "1.1")
            #expect(
                try await client("get", "checkout.retries", "ui.theme") == """
                    NAME      checkout.retries
                    TYPE      int
                    DEFAULT   3
                    VERSION   1.0
                    FEATURES  environment
                              tenant
                    ALIASES   -
                    METADATA  owner="core"
                              limits={"most":9}

                    NAME      theme
                    TYPE      Enum["dark","light"]
                    DEFAULT   "dark"
                    VERSION   1.1
                    FEATURES  tenant
                    ALIASES   ui.theme
                    METADATA  -

                    """)
            let list = try JSONValue(parsing: try await client("get", "--json"))
            guard case .object(let members) = list.content else { throw Unexpected() }
            #expect(members.map(\.key) == ["settings"])
            let lines = try await client("get", "theme", "checkout.retries", "--json").split(separator: "\n")
            #expect(lines.count == 2 && lines[0].contains(#""aliases":["ui.theme"]"#))
            let partly = try await HeksherCommand.run("get", "none", "theme", variables: client.variables)
            #expect(partly.status == 3 && partly.error == "heksher: the setting none does not exist\n")
            #expect(partly.output.hasPrefix("NAME      theme\n"))
            #expect(try await client("rm", "ui.theme") == "ui.theme is deleted, and its rules with it.\n")
            try await client.refused(["rm", "theme"], 3, "the setting theme does not exist")
            #expect(try await client("rm", "checkout.retries", "--json") == "")
            let empty = try await HeksherCommand.run("get", variables: client.variables)
            #expect(empty.status == 0 && empty.output.isEmpty && empty.error == "There are no settings.\n")
        }
    }

    @Test("A query shows defaults first, then the rules that --where leaves")
    func query() async throws {
        try await Client.withSamples { client in
            #expect(
                try await client("query") == """
                    SETTING           CONDITIONS                       VALUE    RULE
                    checkout.retries  default                          3        -
                    checkout.retries  tenant=acme                      5        1
                    checkout.retries  environment=staging,tenant=acme  -1       2
                    ui.theme          default                          "light"  -

                    """)
            #expect(
                try await client(
                    "query", "checkout.retries", "--metadata", "--where", "environment=*", "--where", "tenant=acme")
                        == """
                        SETTING           CONDITIONS                       VALUE  RULE  METADATA
                        checkout.retries  default                          3      -     -
                        checkout.retries  tenant=acme                      5      1     -
                        checkout.retries  environment=staging,tenant=acme  -1     2     reason="a long story"

                        """)
            let tenant = try await client("query", "checkout.retries", "--where", "tenant=acme")
            #expect(tenant == (try await client("query", "checkout.retries", "--where", "tenant:(acme)")))
            #expect(tenant.contains("  1\n") && !tenant.contains("staging"))
            #expect(
                try await client("query", "checkout.retries", "--where", "tenant=globex", "--json")
                    == #"{"settings":{"checkout.retries":{"default_value":3,"rules":[]}}}"# + "\n")
            try await client.refused(["query", "none"], 3, "the settings ['none'] do not exist")
            try await client.refused(
                ["query", "a b"], 1, #"query.settings.0: string does not match regex "^[a-zA-Z_0-9.]+$""#)
        }
    }

    @Test("Rules are added, found, shown, changed and deleted")
    func rules() async throws {
        try await Client.withSamples { client in
            #expect(
                try await client("rule", "add", "ui.theme", #" "dark""#, "--when", "tenant=globex")
                    == "Rule 3 is added.\n")
            #expect(
                try await client("rule", "add", "ui.theme", #""dark""#, "--when", "tenant=a", "--json")
                    == #"{"rule_id":4}"# + "\n")
            #expect(
                try await client(
                    "rule", "find", "checkout.retries", "--when", "tenant=acme", "--when", "environment=staging")
                    == "2\n")
            #expect(
                try await client("rule", "find", "checkout.retries", "--when", "tenant=acme", "--json")
                    == #"{"rule_id":1}"# + "\n")
            #expect(
                try await client("rule", "get", "2", "3") == """
                    RULE        2
                    SETTING     checkout.retries
                    CONDITIONS  environment=staging,tenant=acme
                    VALUE       -1
                    METADATA    reason="a long story"

                    RULE        3
                    SETTING     ui.theme
                    CONDITIONS  tenant=globex
                    VALUE       "dark"
                    METADATA    -

                    """)
            #expect(try await client("rule", "set", "1", "7") == "Rule 1 is changed.\n")
            #expect(
                try await client("rule", "get", "1", "--json").hasPrefix(#"{"setting":"checkout.retries","value":7,"#))
            try await client.refused(["rule", "set", "1", "true"], 1, "the value does not fit the type int")
            try await client.refused(["rule", "set", "9", "1"], 3, "rule 9 does not exist")
            try await client.refused(["rule", "get", "9"], 3, "rule 9 does not exist")
            try await client.refused(
                ["rule", "find", "ui.theme", "--when", "tenant=none"], 3,
                "ui.theme has no rule with exactly these conditions")
            let add = ["rule", "add", "checkout.retries"]
            try await client.refused(add + ["1", "--when", "tenant=acme"], 4, "rule 1 has the same conditions")
            try await client.refused(
                add + ["1", "--when", "user=ann"], 1, "the setting checkout.retries is not configurable by ['user']")
            try await client.refused(
                ["rule", "add", "none", "1", "--when", "user=ann"], 3, "the setting none does not exist")
            let removed = try await HeksherCommand.run("rule", "rm", "1", "9", "2", variables: client.variables)
            #expect(removed.status == 3 && removed.error == "heksher: rule 9 does not exist\n")
            #expect(removed.output == "Rule 1 is deleted.\nRule 2 is deleted.\n")
            #expect(!(try await client("query").contains("acme")))
        }
    }

    @Test("Nothing from the service or the command line commands a terminal")
    func controlCharacters() async throws {
        try await Client.withSamples { client in
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
            // Programs get it as it is.
            #expect(try await client("get", "text", "--json").contains(value))
            try await client.refused(["get", "a\u{1B}[31m\nb"], 3, #"the setting a\u001b[31m\u000ab does not exist"#)
        }
    }

    @Test(
        "Wrong arguments end with status 64 and tell what is wrong",
        arguments: [
            (["rule", "add", "x", "dark", "--when", "a=b"], #"'"dark"'"#),
            (["rule", "add", "x", "{", "--when", "a=b"], "values are written in JSON"),
            (["rule", "add", "x", "1"], "--when <feature=value>"),
            (["rule", "add", "x", "1", "--when", "a"], "'--when <feature=value>'"),
            (["rule", "add", "x", "1", "--when", "=b"], "'--when <feature=value>'"),
            (["rule", "add", "x", "1", "--when", "a=b", "--when", "a=c"], "names a context feature twice"),
            (["rule", "add", "x", "1", "--when", "a=b", "--metadata", "k={"], "'--metadata <key=value>'"),
            (["rule", "rm"], "<id>"), (["rule", "get", "1.0"], "'1.0'"), (["rm"], "<name>"), (["get", ""], "<name>"),
            (["features", "move", "a"], "either --after or --before"),
            (["features", "move", "a", "--after", "b", "--before", "c"], "either --after or --before"),
            (["query", "--where", "nonsense"], "--where takes"), (["query", "--where", "a="], "--where takes"),
            (["query", "--where", "a:*,a:*"], "names a more than once"),
            (["declare", "x", "--version", "1.1"], "a name, a type and a default value"),
            (["declare", "x", "int", "1", "--version", "1.1"], "--by feature"),
            (["declare", "--file", "x", "--by", "a"], "--file takes all"),
            (["get", "--timeout", "0"], "--timeout"), (["get", "--url", "127.0.0.1:8080"], "no address of a service"),
            (["get", "--url", "ftp://h"], "no address"), (["get", "--url", "http://"], "no address"),
            (["get", "--url", "http://h/?a=b"], "no address"),
            (["get", "--url", "http://user:word@h"], "no user name"),
        ] as [([String], String)])
    func arguments(arguments: [String], sentence: String) async throws {
        let ended = try await HeksherCommand(arguments, ["HEKSHER_URL": "http://127.0.0.1:1"]).ended()
        #expect(ended.status == 64, "\(ended)")
        #expect(ended.error.contains(sentence) && ended.error.contains("Usage: heksher"), "\(ended)")
        #expect(ended.output.isEmpty)
    }

    @Test("A service that is not there, or says nothing, ends with status 69 and one sentence")
    func away() async throws {
        for (url, said) in [
            ("http://127.0.0.1:1", "http://127.0.0.1:1 cannot be asked: Connection refused"),
            ("http://localhost:1/", "http://localhost:1/ cannot be asked: Connection refused"),
        ] {
            let start = ContinuousClock.now
            let ended = try await HeksherCommand.run("get", variables: ["HEKSHER_URL": url])
            #expect(ended.status == 69 && ended.error == "heksher: \(said)\n", "\(ended)")
            #expect(.now - start < .seconds(5))
        }
        // Without an address, it is this machine's at PORT; and nothing is tried after the first rule.
        let local = try await HeksherCommand.run("rule", "rm", "1", "2", variables: ["PORT": "1"])
        #expect(local.status == 69 && local.error.hasPrefix("heksher: http://127.0.0.1:1 cannot"), "\(local)")
        #expect(local.error.split(separator: "\n").count == 1)
        #expect(try await HeksherCommand.run("get", variables: ["PORT": "x"]).status == 78)
        let wrong = try await HeksherCommand.run("get", variables: ["HEKSHER_URL": "nonsense"])
        #expect(wrong.status == 78 && wrong.error.hasPrefix("heksher: HEKSHER_URL: 'nonsense' is no address"))
        // Nobody reads what arrives here; the kernel accepts all the same.
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false).bind(host: "127.0.0.1", port: 0).get()
        let address = "http://127.0.0.1:\(silent.localAddress?.port ?? 0)"
        let late = try await HeksherCommand.run("get", "--url", address, "--timeout", "1")
        #expect(late.status == 69 && late.error == "heksher: \(address) does not answer in 1 seconds\n", "\(late)")
        try await silent.close()
    }

    @Test("A service without its database ends with status 69, and with what it says")
    func databaseAway() async throws {
        try await Client.with { client in
            try await client.database.pool.withConnection {
                try await $0.run(script: "ALTER TABLE settings RENAME TO hidden")
            }
            let failed = try await HeksherCommand.run("get", variables: client.variables)
            #expect(failed.status == 69 && failed.error.contains("status 500: Internal Server Error"), "\(failed)")
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

    @Test("What answers otherwise than the contract says is no Heksher service: status 76")
    func notHeksher() async throws {
        try await Client.with { client in
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

    /// A server that answers each request so.
    private static func answering<Value>(
        _ status: String, _ type: String, _ body: String, _ test: (String) async throws -> Value
    ) async throws -> Value {
        let answer = "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answer(text: answer))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        let value = try await test("http://127.0.0.1:\(server.localAddress?.port ?? 0)")
        try await server.close()
        return value
    }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let text: String

        init(text: String) { self.text = text }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }

    private struct Unexpected: Error {}
}
