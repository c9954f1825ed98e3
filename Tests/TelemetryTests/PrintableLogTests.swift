import ContractJSON
import Logging
import Synchronization
import Testing

@testable import Telemetry

@Suite struct PrintableLogTests {
    /// C0, DEL, C1, line ends, and characters that change the direction of text.
    private static let commands =
        "\u{1B}[31m \u{7F} \u{9B}2J \u{85} \u{2028} \u{2029} \u{202E} \u{2066} \u{200F} \u{61C} \n"
    private static let escaped =
        #"\u001b[31m \u007f \u009b2J \u0085 \u2028 \u2029 \u202e \u2066 \u200f \u061c \u000a"#

    private final class Stream: TextOutputStream, Sendable {
        private let texts = Mutex("")

        var text: String { texts.withLock { $0 } }

        func write(_ string: String) { texts.withLock { $0 += string } }
    }

    private struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    @Test("The text log escapes control characters in messages, metadata and errors")
    func text() {
        let stream = Stream()
        var logger = Logger(label: "test") { _ in
            TextLogHandler(label: "test", level: .trace) { stream.write(String(decoding: $0, as: UTF8.self)) }
        }
        let bad = Self.commands
        logger[metadataKey: "own"] = "\(bad)"
        logger.notice(
            "\(bad)", error: Failure(description: bad),
            metadata: [
                "a": "\(bad)", "b": .stringConvertible(bad), "c": ["\(bad)"], "d": ["\(bad)": "\(bad)"], "e": "é漢",
            ])
        #expect(stream.text.components(of: "u001b[31m") == 8, "\(stream.text)")
        #expect(stream.text.contains(Self.escaped))
        #expect(stream.text.contains("é漢"))
        #expect(stream.text.last == "\n")
        #expect(stream.text.dropLast().unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        #expect(stream.text.unicodeScalars.allSatisfy { !$0.properties.isBidiControl })
    }

    @Test("The text log has the message before the fields, and quotes values of several words")
    func order() throws {
        let stream = Stream()
        let logger = Logger(label: "test") { _ in
            TextLogHandler(label: "test", level: .info) { stream.write(String(decoding: $0, as: UTF8.self)) }
        }
        logger.info("the rule is added", metadata: ["setting": "ui.theme", "by": "Ann \"A.\" Lee", "rule": "7"])
        logger.debug("unseen")
        let line = try #require(stream.text.wholeMatch(of: /[0-9T:.-]+Z (.*)\n/)?.1)
        #expect(line == #"info test: the rule is added  by="Ann \"A.\" Lee" rule=7 setting=ui.theme"#)
    }

    @Test("The JSON log escapes control characters, and its values are unchanged")
    func json() throws {
        let handler = JSONLogHandler(label: "test", level: .trace) { _ in }
        let line = String(
            decoding: handler.line(.info, "\(Self.commands)", ["k": "\(Self.commands)"]), as: UTF8.self)
        #expect(
            line.hasSuffix("\n") && line.dropLast().unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
        #expect(line.dropLast().unicodeScalars.allSatisfy { !(0x80...0x9F).contains($0.value) })
        #expect(line.unicodeScalars.allSatisfy { !$0.properties.isBidiControl })
        let value = try JSONValue(parsing: Array(line.utf8))
        guard case .object(let members) = value.content else { throw Failure(description: line) }
        for name in ["message", "k"] {
            #expect(members.first { $0.0 == name }?.1 == JSONValue(Self.commands))
        }
    }
}

extension String {
    fileprivate func components(of text: String) -> Int {
        split(separator: text, omittingEmptySubsequences: false).count - 1
    }
}
