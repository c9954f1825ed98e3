import ContractJSON
import Foundation
import Testing

/// The forms of the client commands' output, patterns of names, rules by their conditions, and repeated output.
@Suite(.timeLimit(.minutes(20))) struct OutputFormTests {
    @Test("Lists are printed as JSON, YAML and CSV, with chosen columns")
    func forms() async throws {
        try await CommandLineClient.withSamples { client in
            #expect(
                try await client("get", "--output", "csv") == """
                    name,type,default,version
                    checkout.retries,int,3,1.0
                    ui.theme,"Enum[""dark"",""light""]","\""light""\",1.0

                    """)
            #expect(
                try await client("get", "--columns", "NAME, features,aliases") == """
                    NAME              FEATURES            ALIASES
                    checkout.retries  environment,tenant  -
                    ui.theme          tenant              -

                    """)
            #expect(
                try await client("get", "ui.theme", "-o", "csv", "--columns", "version,name")
                    == "version,name\n1.0,ui.theme\n")
            #expect(
                try await client("get", "ui.theme", "checkout.retries", "--output", "yaml") == """
                    name: ui.theme
                    configurable_features:
                    - tenant
                    type: 'Enum["dark","light"]'
                    default_value: light
                    metadata: {}
                    aliases: []
                    version: "1.0"
                    ---
                    name: checkout.retries
                    configurable_features:
                    - environment
                    - tenant
                    type: int
                    default_value: 3
                    metadata:
                      owner: core
                      limits:
                        most: 9
                    aliases: []
                    version: "1.0"

                    """)
            #expect(
                try await client("query", "checkout.retries", "--columns", "value,metadata", "-o", "csv") == """
                    value,metadata
                    3,
                    5,
                    -1,"reason=""a long story""\"

                    """)
            #expect(try await client("features", "-o", "yaml").hasPrefix("context_features:\n- environment\n"))
            #expect(try await client("features", "--columns", "feature") == "FEATURE\nenvironment\ntenant\nuser\n")
            #expect(
                try await client("rule", "get", "1", "2", "-o", "csv", "--columns", "rule,value")
                    == "rule,value\n1,5\n2,-1\n")
            #expect(
                try await client("explain", "checkout.retries", "--columns", "rule,outcome", "-o", "csv")
                    == "rule,outcome\n1,does not match\n2,does not match\ndefault,applies\n")
            #expect(
                try await client("evaluate", "ui.theme", "-o", "yaml") == """
                    settings:
                      ui.theme:
                        value: light
                        rule_id: null

                    """)
            let unknown = try await client.run("get", "--columns", "nam")
            #expect(
                unknown.status == 64
                    && unknown.error.contains(
                        "--columns: there is no column 'nam'; there are name, type, default, version, features, aliases, metadata"
                    ),
                "\(unknown)")
            #expect(try await client.run("get", "--output", "xml").status == 64)
            #expect(try await client.run("get", "--json", "--output", "csv").error.contains("do not go together"))
        }
    }

    @Test("A pattern stands for all settings that match")
    func patterns() async throws {
        try await CommandLineClient.withSamples { client in
            try await client("declare", "checkout.limit", "int", "9", "--by", "tenant")
            #expect(
                try await client("get", "checkout.*", "--columns", "name,default")
                    == "NAME              DEFAULT\ncheckout.limit    9\ncheckout.retries  3\n")
            let lines = try await client("get", "checkout.l*", "--json")
            #expect(
                lines == #"{"name":"checkout.limit","type":"int","default_value":9,"version":"1.0","#
                    + #""configurable_features":["tenant"],"metadata":{},"aliases":[]}"# + "\n")
            let again = try await client.run("declare", "--file", "-", input: lines)
            #expect(again.output == "checkout.limit is up to date at version 1.0.\n", "\(again)")
            #expect(
                try await client("query", "*.l?mit", "-o", "csv")
                    == "setting,conditions,value,rule\ncheckout.limit,,9,default\n")
            #expect(try await client("evaluate", "ui.*", "checkout.limit").contains("ui.theme"))
            try await client.refused(["get", "shop.*"], 3, "no setting matches shop.*")
            try await client.refused(
                ["rm", "checkout.*"], 1,
                "a pattern may match more settings than you think: without a terminal, it needs --yes")
            #expect(
                try await client("rm", "checkout.*", "--yes") == """
                    checkout.limit is deleted, and its rules with it.
                    checkout.retries is deleted, and its rules with it.

                    """)
        }
    }

    @Test("'rules' lists the rules that have conditions, with further ones or without")
    func rules() async throws {
        try await CommandLineClient.withSamples { client in
            try await client("rule", "add", "checkout.retries", "7", "--when", "environment=staging")
            try await client("rule", "add", "ui.theme", "dark", "--when", "tenant=globex")
            #expect(
                try await client("rules", "--where", "tenant=acme") == """
                    RULE  SETTING           CONDITIONS                       VALUE
                    1     checkout.retries  tenant=acme                      5
                    2     checkout.retries  environment=staging,tenant=acme  -1

                    """)
            #expect(
                try await client(
                    "rules", "--where", "tenant=*", "--where", "environment=staging", "-o", "csv", "--columns", "rule")
                    == "rule\n2\n")
            #expect(try await client("rules", "-o", "csv", "--columns", "rule,metadata").hasSuffix("3,\n4,\n"))
            #expect(
                try await client("rules", "ui.*", "--json")
                    == #"{"rule_id":4,"setting":"ui.theme","value":"dark","feature_values":[["tenant","globex"]],"metadata":{}}"#
                    + "\n")
            let empty = try await client.run("rules", "--where", "tenant=none")
            #expect(empty.status == 0 && empty.error == "There are no such rules.\n", "\(empty)")
        }
    }

    @Test("With --watch, the output is repeated after each change")
    func watch() async throws {
        try await CommandLineClient.withSamples { client in
            let watching = try HeksherCommand(["evaluate", "ui.theme", "--json", "--watch"], client.variables)
            while watching.output.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            #expect(watching.output == #"{"settings":{"ui.theme":{"value":"light","rule_id":null}}}"# + "\n")
            try await client("set", "checkout.retries", "4")
            try await client("set", "ui.theme", "dark")
            while watching.output.split(separator: "\n").count < 2 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(watching.output.hasSuffix(#"{"settings":{"ui.theme":{"value":"dark","rule_id":null}}}"# + "\n"))
            let list = try HeksherCommand(["get", "--watch", "--columns", "name,default"], client.variables)
            while list.output.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            try await client("rm", "ui.theme", "--yes")
            while !list.output.contains("\nChanged at ") { try await Task.sleep(for: .milliseconds(10)) }
            while !list.output.hasSuffix("checkout.retries  4\n") { try await Task.sleep(for: .milliseconds(10)) }
            // The setting that the other command watches no longer exists.
            let ended = try await watching.ended()
            #expect(ended.status == 3 && ended.error.contains("the setting ui.theme does not exist"), "\(ended)")
        }
    }

    @Test("If the reader of the output has gone, the program ends silently")
    func reader() async throws {
        let (process, output, error) = (Process(), Pipe(), Pipe())
        process.executableURL = HeksherCommand.program
        process.arguments = ["completion", "bash"]
        (process.standardOutput, process.standardError) = (output, error)
        try output.fileHandleForReading.close()
        try process.run()
        while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGPIPE)
        #expect(try error.fileHandleForReading.read(upToCount: 1) == nil)
    }
}
