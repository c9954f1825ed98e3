import ContractJSON
import Foundation
import Testing

/// The client commands, run against a service.
@Suite(.timeLimit(.minutes(20))) struct ClientTests {
    @Test("Context features are added, listed, moved and deleted")
    func features() async throws {
        try await CommandLineClient.with { client in
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
            for (type, sentence) in [
                ("integer", "'integer' is not a type; use int"), ("Boolean", "'Boolean' is not a type; use bool"),
                (
                    "Enum[dark,light]",
                    #"strings in Enum[…] have quotation marks; write 'Enum["dark","light"]', in quotes for the shell"#
                ),
            ] {
                try await client.refused(["declare", "a", type, "1", "--by", "tenant"], 1, sentence)
            }
            try await client.refused(["features", "add", "user"], 4, "user is a context feature already")
            try await client.refused(
                ["features", "rm", "none"], 3,
                "the context feature none does not exist; there are tenant, environment and user")
            try await client.refused(
                ["features", "move", "user", "--after", "none"], 3, "user or none does not exist")
            try await client.refused(
                ["features", "add", "acme-corp"], 1,
                #""acme-corp" has a "-"; the name of a context feature has only letters, digits and "_""#)
            try await client("declare", "x", "int", "1", "--by", "tenant")
            try await client.refused(
                ["features", "rm", "tenant"], 4,
                "context feature can't be deleted, there is at least one setting configured by it")
        }
    }

    @Test("'declare' prints the outcome and the differences")
    func declaring() async throws {
        try await CommandLineClient.with { client in
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
                  major: configurable features (stored: tenant)
                """)
            #expect(
                try await client(
                    "declare", "retries", "int", "4", "--by", "tenant", "--by", "user", "--version", "2.0", "--alias",
                    "checkout.retries")
                        == """
                        retries is upgraded from version 1.0 to 2.0:
                          minor: name (before: "checkout.retries")
                          minor: default value (before: 3)
                          major: configurable features (before: tenant)

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
                  mismatch: configurable feature user is still in use by rule 1
                  mismatch: setting type incompatible with values for rule 1
                """)
            try await client.refused(
                ["declare", "a b", "int", "1", "--by", "x y", "--by", "user"], 1,
                """
                the request breaks the contract:
                  "a b" has a space; the name of a setting has only letters, digits, "_", "." and "-"
                  "x y" has a space; the name of a context feature has only letters, digits and "_"
                """)
            try await client.refused(
                ["declare", "x", "int", "1.5", "--by", "user"], 1,
                "1.5 does not fit the type int")
            try await client.refused(
                ["declare", "x", "int", "1", "--by", "none"], 3,
                "the context feature none does not exist; there are environment, tenant and user")
            let json = try await HeksherCommand(retries + ["4", "--by", "tenant", "--json"], client.variables).ended()
            #expect(json.status == 0 && json.output.hasPrefix(#"{"outcome":"outdated","latest_version":"2.0","#))
        }
    }

    @Test("With --json, a refusal is printed as JSON")
    func refusedJSON() async throws {
        try await CommandLineClient.withSamples { client in
            let ended = try await HeksherCommand.run(
                "declare", "ui.theme", "str", #""x""#, "--by", "tenant", "--json", variables: client.variables)
            #expect(ended.status == 4)
            #expect(ended.output.hasPrefix(#"{"outcome":"mismatch","differences":[{"level":"minor","#), "\(ended)")
            #expect(ended.error.hasPrefix("heksher: ui.theme differs"))
        }
    }

    @Test("Declarations are read from a file or standard input, one or several")
    func declarationFile() async throws {
        try await CommandLineClient.with { client in
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
            // If one declaration is refused, the others are not stored either.
            let mixed = try await run("[\(one.replacing("1", with: "2")),\(one.replacing(#""a""#, with: #""c""#))]")
            #expect(mixed.status == 4 && mixed.output.isEmpty, "\(mixed)")
            #expect(try await client.run("get", "c").status == 3)
            let missing = try await run(#"[\#(one),{"name":"d","type":1}]"#)
            #expect(missing.status == 1 && missing.output.isEmpty)
            #expect(
                missing.error.contains("declaration 2: ") && missing.error.contains("default_value: field required"))
            #expect(try await run("[").error.contains("at line 1 column 2"))
            let none = try await HeksherCommand.run("declare", "--file", "/none", variables: client.variables)
            #expect(none.status == 1 && none.error == "heksher: /none: No such file or directory\n")
            let stream = try await HeksherCommand.run("declare", "--file", "-", variables: client.variables)
            #expect(stream.status == 1 && stream.error.contains("the standard input stream: expecting a value"))
        }
    }

    @Test("get --json prints a setting on one line, and 'declare' accepts that line")
    func jsonLines() async throws {
        try await CommandLineClient.with { client in
            try await client("features", "add", "tenant")
            let file = FileManager.default.temporaryDirectory.appending(path: "declarations-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: file) }
            func declare(_ bytes: some Sequence<UInt8>) async throws -> HeksherCommand.Ended {
                try Data(bytes).write(to: file)
                return try await HeksherCommand.run("declare", "--file", file.path(), variables: client.variables)
            }
            let pretty = """
                {"name": "a", "type": "Sequence<int>", "default_value": [\r\n1,\n\t2.0\n], "configurable_features": ["tenant"],
                 "metadata": {"k": [1, 2]}}
                {"name": "b", "type": "str", "default_value": "x\\n y", "configurable_features": ["tenant"]}
                """
            // With the byte order mark of Windows PowerShell, and in UTF-16, which its `>` writes.
            #expect(try await declare([0xEF, 0xBB, 0xBF] + Array(pretty.utf8)).output.contains("b is created"))
            let utf16 = "\u{FEFF}\(pretty)".utf16.flatMap {
                [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
            }
            #expect(try await declare(utf16).output.contains("a is up to date"))
            let lines = try await client("get", "a", "b", "--json")
            #expect(
                lines == """
                    {"name":"a","configurable_features":["tenant"],"type":"Sequence<int>","default_value":[1,2.0],\
                    "metadata":{"k":[1,2]},"aliases":[],"version":"1.0"}
                    {"name":"b","configurable_features":["tenant"],"type":"str","default_value":"x\\n y",\
                    "metadata":{},"aliases":[],"version":"1.0"}

                    """)
            #expect(
                try await declare(Array(lines.utf8)).output == """
                    a is up to date at version 1.0.
                    b is up to date at version 1.0.

                    """)
            let marked = try await declare([0xEF, 0xBB, 0xBF] + Array("[]".utf8))
            #expect(marked.status == 0 && marked.output.isEmpty && marked.error.isEmpty)
            #expect(try await declare(Array("\(lines)]".utf8)).error.contains("expecting a value at line 3 column 1"))
        }
    }

    @Test("'get' lists all settings, or shows those with a given name or alias in full")
    func getting() async throws {
        try await CommandLineClient.withSamples { client in
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
            let members: [String]? = if case .object(let members) = list.content { members.map(\.key) } else { nil }
            #expect(members == ["settings"])
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

    @Test("'query' prints defaults first, then the rules that match --where")
    func query() async throws {
        try await CommandLineClient.withSamples { client in
            #expect(
                try await client("query") == """
                    SETTING           CONDITIONS                       VALUE    RULE
                    checkout.retries  -                                3        default
                    checkout.retries  tenant=acme                      5        1
                    checkout.retries  environment=staging,tenant=acme  -1       2
                    ui.theme          -                                "light"  default

                    """)
            #expect(
                try await client(
                    "query", "checkout.retries", "--metadata", "--where", "environment=*", "--where", "tenant=acme")
                        == """
                        SETTING           CONDITIONS                       VALUE  RULE     METADATA
                        checkout.retries  -                                3      default  -
                        checkout.retries  tenant=acme                      5      1        -
                        checkout.retries  environment=staging,tenant=acme  -1     2        reason="a long story"

                        """)
            let tenant = try await client("query", "checkout.retries", "--where", "tenant=acme")
            #expect(tenant == (try await client("query", "checkout.retries", "--where", "tenant:(acme)")))
            #expect(tenant.contains("  1\n") && !tenant.contains("staging"))
            #expect(
                try await client("query", "checkout.retries", "--where", "tenant=globex", "--json")
                    == #"{"settings":{"checkout.retries":{"default_value":3,"rules":[]}}}"# + "\n")
            try await client.refused(["query", "none"], 3, "the setting none does not exist")
            try await client.refused(
                ["query", "ok", "a b"], 1,
                #""a b" has a space; the name of a setting has only letters, digits, "_", "." and "-""#)
        }
    }

    @Test("Rules are added, found, shown, changed and deleted")
    func rules() async throws {
        try await CommandLineClient.withSamples { client in
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
            #expect(
                try await client("rule", "set", "1", "7")
                    == "Rule 1 of checkout.retries is changed:\n  value  5 → 7\n")
            #expect(
                try await client("rule", "get", "1", "--json").hasPrefix(#"{"setting":"checkout.retries","value":7,"#))
            try await client.refused(["rule", "set", "1", "true"], 1, "true does not fit the type int")
            try await client.refused(["rule", "set", "9", "1"], 3, "rule 9 does not exist")
            try await client.refused(["rule", "get", "9"], 3, "rule 9 does not exist")
            try await client.refused(
                ["rule", "find", "ui.theme", "--when", "tenant=none"], 3,
                "ui.theme has no rule with exactly these conditions")
            let add = ["rule", "add", "checkout.retries"]
            try await client.refused(
                add + ["1", "--when", "tenant=acme"], 4,
                "rule 1 has the same conditions; 'heksher rule set 1 1' changes its value")
            try await client.refused(
                add + ["1", "--when", "user=ann"], 1,
                "checkout.retries does not depend on user, only on environment and tenant")
            try await client.refused(
                ["rule", "add", "none", "1", "--when", "user=ann"], 3, "the setting none does not exist")
            try await client.refused(
                ["rule", "add", "checkout.retrys", "1", "--when", "tenant=acme"], 3,
                "the setting checkout.retrys does not exist; there is checkout.retries")
            // Misspelt names, in commands that ask in different ways.
            for command in ["get", "rules", "query", "evaluate"] {
                try await client.refused(
                    [command, "checkout.retrys"], 3,
                    "the setting checkout.retrys does not exist; there is checkout.retries")
            }
            try await client.refused(
                ["declare", "a.b", "int", "1", "--by", "tenant,tennant"], 3,
                "the context feature tennant does not exist; there are environment, tenant and user")
            let literal = try await HeksherCommand.run(
                "rule", "add", "checkout.retries", "1", "--when", "tenant=*", "--json", variables: client.variables)
            #expect(
                literal.status == 0 && literal.error.hasPrefix("heksher: warning: the rule applies only if tenant is"))
            let added = try #require(literal.output.firstMatch(of: /[0-9]+/)).output
            try await client("rule", "rm", String(added))
            let removed = try await HeksherCommand.run("rule", "rm", "1", "9", "2", variables: client.variables)
            #expect(removed.status == 3 && removed.error == "heksher: rule 9 does not exist\n")
            #expect(removed.output == "Rule 1 is deleted.\nRule 2 is deleted.\n")
            #expect(!(try await client("query").contains("acme")))
        }
    }
}
