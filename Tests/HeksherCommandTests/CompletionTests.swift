import Foundation
import Testing

/// The completion scripts, and the manual.
@Suite(.timeLimit(.minutes(20))) struct CompletionTests {
    @Test("bash completes commands, options, and the names of the service's settings and features")
    func bash() async throws {
        try await CommandLineClient.withSamples { client in
            let script = ServiceAtHand.temporaryPath("completion")
            defer { try? FileManager.default.removeItem(atPath: script) }
            try Data(try await HeksherCommand.run("completion", "bash").output.utf8).write(to: URL(filePath: script))
            /// The words that bash offers at the end of a line.
            func offered(_ line: String, _ variables: [String: String]) throws -> [String] {
                let words = line.split(separator: " ", omittingEmptySubsequences: false).map { "'\($0)'" }
                let program = """
                    PATH=\(HeksherCommand.program.deletingLastPathComponent().path()):$PATH; source \(script)
                    COMP_WORDS=(\(words.joined(separator: " "))) COMP_CWORD=\(words.count - 1) COMP_LINE='\(line)' COMP_POINT=\(line.count)
                    _heksher heksher \(words[words.count - 1]) \(words[words.count - 2]); printf '%s\\n' "${COMPREPLY[@]}"
                    """
                let bash = Process()
                bash.executableURL = URL(filePath: "/bin/bash")
                bash.arguments = ["-c", program]
                bash.environment = ["PATH": "/usr/bin:/bin", "XDG_CONFIG_HOME": "/nonexistent"].merging(variables) {
                    $1
                }
                let pipe = Pipe()
                bash.standardOutput = pipe
                try bash.run()
                let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                bash.waitUntilExit()
                return output.split(separator: "\n").map(String.init).sorted()
            }
            #expect(try offered("heksher ru", client.variables) == ["rule", "rules"])
            #expect(try offered("heksher get --col", client.variables) == ["--columns"])
            #expect(try offered("heksher get ", client.variables).contains("ui.theme"))
            #expect(try offered("heksher get che", client.variables) == ["checkout.retries"])
            #expect(try offered("heksher declare x int 1 --by t", client.variables) == ["tenant"])
            #expect(try offered("heksher rule add ui.theme dark --when te", client.variables) == ["tenant="])
            #expect(try offered("heksher declare x in", client.variables) == ["int"])
            #expect(try offered("heksher get --output y", client.variables) == ["yaml"])
            let address = try #require(client.variables["HEKSHER_URL"])
            #expect(try offered("heksher get --url \(address) ui", [:]) == ["ui.theme"])
            #expect(try offered("heksher get u", ["HEKSHER_URL": "http://127.0.0.1:1"]).isEmpty)
        }
    }

    @Test("There are scripts for three shells")
    func scripts() async throws {
        for (shell, part) in [
            ("bash", "complete -o filenames"), ("zsh", "#compdef heksher"), ("fish", "complete -c 'heksher'"),
        ] {
            let ended = try await HeksherCommand.run("completion", shell)
            #expect(ended.status == 0 && ended.output.contains(part), "\(ended.error)\(ended.output.prefix(200))")
        }
        #expect(try await HeksherCommand.run("completion", "csh").status == 64)
    }

    @Test("The manual has a page for each command, which 'man' can show")
    func manual() async throws {
        let folder = ServiceAtHand.temporaryPath("manual")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ended = try await HeksherCommand.run("manual", "\(folder)/man1")
        #expect(ended.status == 0 && ended.output.contains("heksher.1 is the first of "), "\(ended)")
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/man1")
        for name in ["heksher", "heksher-get", "heksher-rule", "heksher-rule-add", "heksher-features-list"] {
            #expect(files.contains("\(name).1"), "\(files)")
        }
        let page = try String(contentsOfFile: "\(folder)/man1/heksher-rule-add.1", encoding: .utf8)
        #expect(
            page.hasPrefix(
                ".TH \"HEKSHER\\-RULE\\-ADD\" \"1\" \"\" \"heksher 0.1.0\" \"Heksher\"\n.SH \"NAME\"\nheksher\\-rule\\-add \\- Give"
            ))
        #expect(page.contains(".SH \"EXAMPLES\"\n.nf\n  heksher rule add checkout.retries 5 \\-\\-when tenant=acme\n"))
        #expect(
            page.contains(".TP\n.B \\-\\-when <feature=value>\nA condition of the rule, or several joined by commas."))
        let known: Set<Substring> = [".TH", ".SH", ".PP", ".TP", ".B", ".nf", ".fi"]
        for file in files {
            let text = try String(contentsOfFile: "\(folder)/man1/\(file)", encoding: .utf8)
            for line in text.split(separator: "\n") where line.hasPrefix(".") {
                #expect(known.contains(line.prefix { $0 != " " }), "\(file): \(line)")
            }
        }
    }
}
