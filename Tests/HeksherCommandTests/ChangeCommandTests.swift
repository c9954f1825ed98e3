import Foundation
import Testing

/// Commands that change one thing and keep the rest.
@Suite(.timeLimit(.minutes(20))) struct ChangeCommandTests {
    @Test("'set' changes the default, keeps the rest, raises the version and prints the previous state")
    func set() async throws {
        try await CommandLineClient.withSamples { client in
            #expect(
                try await client("set", "checkout.retries", "4") == """
                    checkout.retries is changed:
                      default value  3 → 4
                      version        1.0 → 1.1

                    """)
            #expect(
                try await client("set", "checkout.retries", "5", "--major") == """
                    checkout.retries is changed:
                      default value  4 → 5
                      version        1.1 → 2.0

                    """)
            #expect(
                try await client("set", "checkout.retries", "5")
                    == "checkout.retries has the default value 5 already, at version 2.0.\n")
            let kept = try await client("get", "checkout.retries")
            #expect(kept.contains(#"owner="core""#) && kept.contains("environment\n") && kept.contains("VERSION   2.0"))
            try await client("set", "ui.theme", "dark")
            #expect(try await client("get", "ui.theme", "--json").contains(#""default_value":"dark""#))
            try await client.refused(["set", "checkout.retries", "many"], 1, "many does not fit the type int")
            try await client.refused(["set", "none", "1"], 3, "the setting none does not exist")
            #expect(try await client("set", "checkout.retries", "6", "--json").hasPrefix(#"{"outcome":"upgraded","#))
        }
    }

    @Test("'rename' keeps the former name as an alias")
    func rename() async throws {
        try await CommandLineClient.withSamples { client in
            #expect(
                try await client("rename", "checkout.retries", "checkout.attempts") == """
                    checkout.retries is changed:
                      name     checkout.retries → checkout.attempts
                      version  1.0 → 1.1
                    checkout.retries is an alias now.

                    """)
            let stored = try await client("get", "checkout.retries")
            #expect(stored.hasPrefix("NAME      checkout.attempts\n") && stored.contains(#"owner="core""#))
            #expect(
                try await client("rename", "checkout.retries", "checkout.attempts")
                    == "checkout.attempts has this name already, at version 1.1.\n")
            try await client.refused(
                ["rename", "ui.theme", "checkout.retries"], 4, "the name checkout.retries belongs to another setting")
            try await client.refused(
                ["rename", "ui.theme", "a/b"], 1,
                #""a/b" has a "/"; the name of a setting has only letters, digits, "_", "." and "-""#)
        }
    }

    @Test("'metadata set' and 'metadata rm' keep the other keys")
    func metadata() async throws {
        try await CommandLineClient.withSamples { client in
            #expect(
                try await client("metadata", "set", "checkout.retries", "owner=shop", "team=[1]") == """
                    checkout.retries is changed:
                      owner    "core" → "shop"
                      team     - → [1]
                      version  1.0 → 1.1

                    """)
            #expect(try await client("get", "checkout.retries").contains(#"limits={"most":9}"#))
            #expect(
                try await client("metadata", "rm", "checkout.retries", "owner", "limits", "--major") == """
                    checkout.retries is changed:
                      owner    "shop" → -
                      limits   {"most":9} → -
                      version  1.1 → 2.0

                    """)
            #expect(try await client("get", "checkout.retries").hasSuffix("METADATA  team=[1]\n"))
            try await client.refused(
                ["metadata", "rm", "checkout.retries", "owner"], 3,
                "the metadata of checkout.retries have no key owner; there are team")
            try await client.refused(
                ["metadata", "set", "checkout.retries", "a b=1"], 1,
                #""a b" has a space; a metadata key has only letters, digits, "_" and "-""#)
        }
    }

    @Test("'rule set' prints the previous value, and values can be bare words")
    func rules() async throws {
        try await CommandLineClient.withSamples { client in
            try await client("declare", "greeting", "str", "hello there", "--by", "tenant")
            #expect(try await client("rule", "add", "greeting", "5", "--when", "tenant=acme") == "Rule 3 is added.\n")
            #expect(
                try await client("rule", "set", "3", "good day")
                    == "Rule 3 of greeting is changed:\n  value  \"5\" → \"good day\"\n")
            #expect(try await client("rule", "get", "3", "--json").contains(#""value":"good day""#))
            try await client.refused(
                ["rule", "add", "checkout.retries", "[", "--when", "tenant=x"], 1,
                "[ does not fit the type int, and is not JSON: expecting a value")
        }
    }

    @Test("A file of declarations is declared completely or not at all, and the refused ones are named")
    func declarations() async throws {
        try await CommandLineClient.withSamples { client in
            func declare(_ text: String) async throws -> HeksherCommand.Ended {
                try await client.run("declare", "--file", "-", input: text)
            }
            func declaration(_ name: String, _ rest: String) -> String {
                #"{"name":"\#(name)","configurable_features":["tenant"],\#(rest)}"#
            }
            let new = declaration("a", #""type":"int","default_value":1"#)
            let refused = try await declare(
                "[\(new),\(declaration("ui.theme", #""type":"int","default_value":1,"version":"1.1""#)),"
                    + "\(declaration("b", #""type":"int","default_value":true"#)),"
                    + "\(declaration("checkout.retries", #""type":"bool","default_value":true,"version":"2.0""#))]")
            #expect(refused.status == 4 && refused.output.isEmpty, "\(refused)")
            #expect(
                refused.error == """
                    heksher: nothing is declared, because the service would refuse 3 of 4 declarations:
                      declaration 2, ui.theme: ui.theme cannot be upgraded from version 1.0 to 1.1; major differences take a higher major number:
                        minor: default value (stored: "light")
                        major: type (stored: "Enum[\\"dark\\",\\"light\\"]")
                      declaration 3, b: the default value does not fit the type int
                      declaration 4, checkout.retries: checkout.retries cannot be upgraded from version 1.0 to 2.0:
                        minor: default value (stored: 3)
                        minor: metadata (stored: {"owner":"core","limits":{"most":9}})
                        mismatch: configurable feature environment is still in use by rule 2
                        mismatch: setting type incompatible with values for rules 1 and 2

                    """)
            #expect(try await client.run("get", "a").status == 3)
            // Each declaration is checked as if those before it had been made.
            let later = declaration("c", #""type":"int","default_value":2,"version":"1.1","alias":"a""#)
            let made = try await declare("\(new)\n\(later)")
            #expect(
                made.output == """
                    a is created at version 1.0.
                    c is upgraded from version 1.0 to 1.1:
                      minor: name (before: "a")
                      minor: default value (before: 1)

                    """, "\(made)")
            #expect(try await client("get", "a").hasPrefix("NAME      c\n"))
        }
    }
}
