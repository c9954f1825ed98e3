import ContractJSON
import ContractYAML
import Foundation
import Testing

@testable import heksher

/// The commands that work with documents, and those that undo and schedule changes.
@Suite struct DocumentCommandTests {
    /// Runs a test with an empty directory.
    private static func withDirectory(_ test: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "documents-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await test(directory)
    }

    @Test("A document is exported, compared, changed by hand, applied as it was reviewed, and undone")
    func roundTrip() async throws {
        try await CommandLineClient.withSamples { client in
            try await Self.withDirectory { directory in
                let (file, plan) = (directory.appending(path: "s.yaml"), directory.appending(path: "plan.json"))
                let text = try await client("export")
                try text.write(to: file, atomically: true, encoding: .utf8)
                #expect(try await client("diff", file.path) == "Nothing would change.\n")
                let edited = text.replacing("value: 5", with: "value: 6  # six")
                try edited.write(to: file, atomically: true, encoding: .utf8)
                let diff = try await client.run("diff", file.path, "--save-plan", plan.path)
                #expect(diff.status == 2)
                #expect(
                    diff.output == """
                        1 thing would change:
                          rule 1 of checkout.retries changed
                            value: 5 → 6

                        Other values then:
                        SETTING           CONTEXT      BEFORE      AFTER
                        checkout.retries  tenant=acme  5 (rule 1)  6 (rule 1)

                        """)
                #expect(
                    try await client("apply", "--plan", plan.path, "--reason", "reviewed").hasPrefix(
                        "1 thing changed (change "))
                let again = try await client.run("apply", "--plan", plan.path)
                #expect(
                    again.status == 4 && again.error.contains("the same request would change nothing any more"),
                    "\(again)")
                let history = try await client("history", "--limit", "1", "--columns", "change,reason")
                let id = String(try #require(history.split(separator: "\n").last).prefix { $0.isNumber })
                #expect(history.contains("reviewed"))
                #expect(
                    try await client("undo", id, "--dry-run").contains(
                        "1 thing would change:\n  rule 1 of checkout.retries changed\n    value: 6 → 5"))
                #expect(try await client("undo", id).contains("1 thing changed"))
                #expect(try await client("export") == text)
                // The comment of the file stays.
                #expect(try await client.run("export", "--into", file.path).error == "\(file.path) is updated.\n")
                #expect(
                    try String(contentsOf: file, encoding: .utf8) == text.replacing("value: 5", with: "value: 5  # six")
                )
                try await client.refused(
                    ["undo", id], 4,
                    "change \(Int(id).map { $0 + 2 } ?? 0) has modified rule 1 of the setting checkout.retries")
            }
        }
    }

    @Test("The mistakes of a document are listed with their lines")
    func mistakes() async throws {
        try await CommandLineClient.withSamples { client in
            try await Self.withDirectory { directory in
                let file = directory.appending(path: "bad.yaml").path
                func refused(_ text: String, _ lines: [String], status: Int32 = 1) async throws {
                    try text.write(toFile: file, atomically: true, encoding: .utf8)
                    let ended = try await client.run("apply", file)
                    #expect(ended.status == status && ended.output.isEmpty)
                    let expected = lines.map { $0.replacing("FILE", with: file) }
                    #expect(ended.error.split(separator: "\n").map(String.init) == expected)
                }
                try await refused(
                    "settings: [", ["heksher: FILE:2:1: while parsing a flow node, did not find expected node content"])
                try await refused(
                    """
                    settings:
                      a:
                        type: int
                        default_value: x
                        configurable_features: [tenant]
                        rules:
                        - when: {tenant: acme}
                          value: 1
                        - when: {tenant: acme}
                          value: y
                        - when: {user: u}
                          value: 1
                      b:
                        type: int
                        rulez: []
                    """,
                    [
                        "heksher: FILE has 7 problems:", "  FILE:15:5: settings.b.rulez: extra fields not permitted",
                        "  FILE:13:3: settings.b.default_value: field required",
                        "  FILE:13:3: settings.b.configurable_features: field required",
                        "  FILE:4:5: settings.a.default_value: the default value does not fit the type int",
                        "  FILE:10:7: settings.a.rules[1].value: the value does not fit the type int",
                        "  FILE:9:7: settings.a.rules[1].when: rule 0 has the same conditions",
                        "  FILE:11:14: settings.a.rules[2].when.user: the setting is not configurable by user",
                    ])
                try await refused(
                    """
                    settings:
                      ui.theme: {type: str, default_value: x, configurable_features: [tenant], version: "1.1"}
                    """,
                    [
                        #"heksher: version 1.1 of the setting ui.theme does not allow the differences from version 1.0: default_value; type"#
                    ], status: 4)
            }
        }
    }

    @Test("Settings are copied from one service to another")
    func copying() async throws {
        try await CommandLineClient.withSamples { source in
            try await CommandLineClient.with { target in
                let addresses = [
                    "--from", source.variables["HEKSHER_URL"] ?? "", "--to", target.variables["HEKSHER_URL"] ?? "",
                ]
                let tried = try await HeksherCommand(
                    ["copy"] + addresses + ["--prefix", "checkout.", "--dry-run"], [:]
                ).ended()
                #expect(tried.status == 0 && tried.output.contains("setting checkout.retries added"), "\(tried)")
                #expect(try await target("get", "--output", "json") == #"{"settings":[]}"# + "\n")
                #expect(
                    try await HeksherCommand(["copy"] + addresses + ["--prefix", "checkout."], [:]).ended().status == 0)
                #expect(
                    try await target("export", "--prefix", "checkout.") == source("export", "--prefix", "checkout."))
                let again = try await HeksherCommand(["copy"] + addresses + ["--prefix", "checkout."], [:]).ended()
                #expect(again.output == "Nothing changes: both services have the same.\n")
            }
        }
    }

    @Test("Operations of a file are tried, made and scheduled; a scheduled change is listed, shown and deleted")
    func scheduling() async throws {
        try await CommandLineClient.withSamples { client in
            try await Self.withDirectory { directory in
                let file = directory.appending(path: "ops.yaml").path
                try """
                - operation: setRule
                  setting: checkout.retries
                  feature_values: {tenant: acme}
                  value: 9
                """.write(toFile: file, atomically: true, encoding: .utf8)
                #expect(try await client("schedule", "add", file, "--now", "--dry-run").contains("value: 5 → 9"))
                #expect(
                    try await client("schedule", "add", file, "--at", "2999-01-01T00:00:00Z", "--reason", "sale")
                        == "Scheduled change 1 will be made at 2999-01-01T00:00:00.000000Z.\n")
                #expect(
                    try await client("schedule").contains(
                        "1   2999-01-01T00:00:00.000000Z  pending  -   setRule     sale"))
                #expect(try await client("schedule", "show", "1").contains(#""value":9"#))
                #expect(try await client("schedule", "rm", "1") == "Scheduled change 1 is deleted.\n")
                try await client.refused(["schedule", "show", "1"], 3, "there is no scheduled change 1")
                #expect(try await client("schedule", "add", file, "--now").contains("1 thing changed"))
                try "- operation: deleteRule\n  rule_id: 99\n".write(toFile: file, atomically: true, encoding: .utf8)
                try await client.refused(
                    ["schedule", "add", file, "--now"], 3,
                    "operation 1 is refused, and nothing is changed: it does not exist")
                try "- operation: nope\n".write(toFile: file, atomically: true, encoding: .utf8)
                let malformed = try await client.run("schedule", "add", file, "--now")
                #expect(
                    malformed.status == 1 && malformed.error.contains("\(file):1:3: operations[0].operation: "),
                    "\(malformed)")
            }
        }
    }

    @Test(
        "A file that is updated keeps its comments and its order",
        arguments: [
            // Changed scalars keep the comment behind them.
            ("a: 1 # one\n# two\nb: \"x # y\" # why\n", #"{"a":2,"b":"z"}"#, "a: 2 # one\n# two\nb: z # why\n"),
            // New keys come last, and removed ones go with their comments.
            ("# top\na: 1\n# about b\nb: 2\n\n# end\n", #"{"a":1,"c":[]}"#, "# top\na: 1\nc: []\n\n# end\n"),
            // The order of the file stays.
            (
                "b: 1\na:\n  d: 1\n  # inner\n  c: 2\n", #"{"a":{"c":3,"d":1},"b":1}"#,
                "b: 1\na:\n  d: 1\n  # inner\n  c: 3\n"
            ),
            // Flow style stays where nothing changes, and is written again where something does.
            (
                "a: {b: 1, c: [1, 2]} # flow\nd: [1]\n", #"{"a":{"b":1,"c":[1,2]},"d":[2]}"#,
                "a: {b: 1, c: [1, 2]} # flow\nd:\n- 2\n"
            ),
            // Rules are found by their conditions, in any order.
            (
                "s:\n  rules:\n  # first\n  - when: {t: a}\n    value: 1 # v\n  # second\n  - when: {t: b}\n    value: 2\n# end\n",
                #"{"s":{"rules":[{"when":{"t":"b"},"value":3},{"when":{"t":"c"},"value":4},{"when":{"t":"a"},"value":1}]}}"#,
                "s:\n  rules:\n  # first\n  - when: {t: a}\n    value: 1 # v\n  # second\n  - when: {t: b}\n    value: 3\n  - when:\n      t: c\n    value: 4\n# end\n"
            ),
            (
                "s:\n  rules:\n  - when: {t: a}\n    value: 1\n  - when: {t: b}\n    value: 2\n",
                #"{"s":{"rules":[{"when":{"t":"b"},"value":2}]}}"#, "s:\n  rules:\n  - when: {t: b}\n    value: 2\n"
            ),
        ])
    func updating(text: String, value: String, expected: String) throws {
        let updated = YAMLUpdate.text(text, try YAMLNode(parsing: Array(text.utf8)), to: try JSONValue(parsing: value))
        #expect(updated == expected)
        #expect(try YAMLNode(parsing: Array(updated.utf8)).jsonValue.describesSame(as: try JSONValue(parsing: value)))
    }
}
