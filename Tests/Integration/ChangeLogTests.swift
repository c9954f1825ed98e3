import HTTPTypes
import InMemoryLogging
import Logging
import Testing

@Suite struct ChangeLogTests {
    /// The log lines of some operations, each with its subject.
    private static func lines(
        of operations: [(HTTPRequest.Method, String, String?)],
        after preparation: [(HTTPRequest.Method, String, String)]
    ) async throws -> [String] {
        var handler = InMemoryLogHandler()
        handler.logLevel = .info
        let kept = handler
        var lines: [String] = []
        try await ServiceUnderTest.with(features: ["theme"], logger: Logger(label: "test") { _ in kept }) { api in
            try await api.ask(declaring: "a")
            try await api.ask(addingRuleTo: "a", #"{"theme":"x"}"#, "1")
            for (method, path, body) in preparation {
                #expect(try await api.ask(method, path, body) == "204", "\(method) \(path)")
            }
            kept.clear()
            for (method, path, body) in operations {
                #expect(try await api.ask(method, path, body) == "204", "\(method) \(path)")
            }
            lines = kept.entriesOfRequests.map { entry in
                let subject = entry.metadata.filter { ["setting", "rule"].contains($0.key) }.sorted { $0.key < $1.key }
                return "\(entry.message): " + subject.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            }
        }
        return lines
    }

    @Test("Each change of a rule is logged once, and unchanged rules are not logged")
    func rules() async throws {
        let path = "/rules/1/metadata"
        let lines = try await Self.lines(
            of: [
                (.patch, "/rules/1", #"{"value":2}"#), (.put, path, #"{"metadata":{"l":1}}"#),
                (.put, path + "/m", #"{"value":1}"#), (.delete, path + "/m", nil), (.delete, path + "/m", nil),
                (.delete, path, nil), (.delete, path, nil), (.post, path, #"{"metadata":{"n":1}}"#),
            ], after: [(.post, path, #"{"metadata":{"k":1}}"#)])
        #expect(
            lines == ["rule's value changed: rule=1 setting=a"]
                + Array(repeating: "rule's metadata changed: rule=1 setting=a", count: 5))
    }

    @Test("Each change of a setting's metadata is logged, and raising only the version is logged as such")
    func settings() async throws {
        let path = "/settings/a/metadata"
        let lines = try await Self.lines(
            of: [
                (.put, path, #"{"metadata":{"l":1},"version":"1.2"}"#),
                (.put, path + "/m", #"{"value":1,"version":"1.3"}"#),
                (.delete, path + "/m", #"{"version":"1.4"}"#), (.delete, path + "/m", #"{"version":"1.5"}"#),
                (.delete, path, #"{"version":"1.6"}"#), (.delete, path, #"{"version":"1.7"}"#),
                (.post, path, #"{"metadata":{"n":1},"version":"1.8"}"#),
            ], after: [(.post, path, #"{"metadata":{"k":1},"version":"1.1"}"#)])
        let (changed, raised) = ("setting's metadata changed: setting=a", "setting's version raised: setting=a")
        #expect(lines == [changed, changed, changed, raised, changed, raised, changed])
    }
}
