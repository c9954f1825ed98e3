import HTTPTypes
import InMemoryLogging
import Logging
import Testing

@testable import HeksherServer

@Suite struct LogTests {
    private static func with(
        _ level: Logger.Level, _ test: (ServiceUnderTest, InMemoryLogHandler) async throws -> Void
    ) async throws {
        var handler = InMemoryLogHandler()
        handler.logLevel = level
        let kept = handler
        try await ServiceUnderTest.with(features: ["theme", "user"], logger: Logger(label: "test") { _ in kept }) {
            try await test($0, kept)
        }
    }

    @Test("Each change is one line that says who made it, what it was, and to which setting or rule")
    func changes() async throws {
        try await Self.with(.info) { api, log in
            log.clear()
            let who = [("X-Forwarded-User", "ada"), ("X-Forwarded-Email", "ada@example.com")]
            try await api.send(.post, "/context_features", #"{"context_feature":"extra"}"#, headers: who)
            let entry = try #require(log.entries.first)
            #expect(entry.message == "context feature added")
            #expect(entry.metadata["context_feature"] == "extra")
            #expect(entry.metadata["forwarded_user"] == "ada")
            #expect(entry.metadata["forwarded_email"] == "ada@example.com")
            #expect(entry.metadata["remote_address"] == "127.0.0.1")
            #expect(entry.metadata["request_id"] != nil)
            #expect(log.entries.count == 1)
            log.clear()

            try await api.patch("/context_features/extra/index", #"{"to_before":"theme"}"#, is: "204")
            try await api.patch("/context_features/extra/index", #"{"to_before":"theme"}"#, is: "204")
            try await api.delete("/context_features/extra", is: "204")
            try await api.declare("a", ["configurable_features": #"["theme","user"]"#])
            try await api.declare("a", ["configurable_features": #"["theme","user"]"#])
            try await api.declare(
                "b", ["alias": #""a""#, "version": #""1.1""#, "configurable_features": #"["theme","user"]"#])
            try await api.put("/settings/a/type", #"{"type":"float","version":"2.0"}"#, is: "204")
            try await api.put("/settings/a/type", #"{"type":"float","version":"2.0"}"#, is: "204")
            try await api.put("/settings/a/type", #"{"type":"float","version":"2.0.1"}"#, is: "422 *")
            try await api.put("/settings/b/name", #"{"name":"c","version":"2.1"}"#, is: "204")
            try await api.put(
                "/settings/c/configurable_features", #"{"configurable_features":["theme"],"version":"2.2"}"#, is: "204")
            try await api.post("/settings/c/metadata", #"{"metadata":{"k":1},"version":"2.3"}"#, is: "204")
            let rule = try await api.addRule("a", #"{"theme":"x"}"#, "1.5")
            try await api.put("/rules/\(rule)/value", #"{"value":2.5}"#, is: "204")
            try await api.put("/rules/\(rule)/metadata/k", #"{"value":1}"#, is: "204")
            try await api.delete("/rules/\(rule)/metadata/none", is: "204")
            try await api.post("/rules/\(rule)/metadata", #"{"metadata":{}}"#, is: "204")
            try await api.put("/settings/c/type", #"{"type":"float","version":"2.4"}"#, is: "204")
            try await api.put("/settings/c/name", #"{"name":"c","version":"2.5"}"#, is: "204")
            try await api.delete("/settings/c/metadata/none", #"{"version":"2.6"}"#, is: "204")
            try await api.put("/rules/\(rule)/value", #"{"value":"x"}"#, is: "400 *")
            try await api.delete("/rules/\(rule)", is: "204")
            try await api.delete("/rules/\(rule)", is: "404")
            try await api.delete("/settings/a", is: "204")
            let lines = log.entries.map { entry in
                let subject = entry.metadata.filter { !["remote_address", "request_id"].contains($0.key) }
                    .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                return "\(entry.message): \(subject.joined(separator: " "))".replacing("rule=\(rule)", with: "rule=N")
            }
            #expect(
                lines == [
                    "context feature moved: context_feature=extra", "context feature deleted: context_feature=extra",
                    "setting created: setting=a", "setting upgraded: new_name=b setting=a",
                    "setting's type changed: setting=b",
                    "setting renamed: new_name=c setting=b", "setting's configurable features changed: setting=c",
                    "setting's metadata changed: setting=c", "rule added: rule=N setting=c",
                    "rule's value changed: rule=N setting=c", "rule's metadata changed: rule=N setting=c",
                    "setting's version raised: setting=c", "setting's version raised: setting=c",
                    "setting's version raised: setting=c",
                    "rule deleted: rule=N setting=c", "setting deleted: setting=c",
                ])
        }
    }

    @Test("No value of a setting, a rule or metadata is ever logged, whatever is asked and whatever goes wrong")
    func secrecy() async throws {
        try await Self.with(.trace) { api, log in
            try await api.declare(
                "a", ["type": #""str""#, "default_value": #""hunter2""#, "metadata": #"{"k":"hunter2"}"#])
            try await api.declare("a", ["type": #""str""#, "default_value": #""hunter2 again""#])
            let rule = try await api.addRule("a", #"{"theme":"x"}"#, #""hunter2""#)
            try await api.put("/rules/\(rule)/value", #"{"value":["hunter2"]}"#, is: "400 *")
            try await api.put("/rules/\(rule)/metadata/k", #"{"value":"hunter2\u0000"}"#, is: "422 *")
            try await api.post("/rules/\(rule)/metadata", #"{"metadata":{"k":"hunter2\ud800"}}"#, is: "422 *")
            try await api.put("/settings/a/type", #"{"type":"Enum[\"hunter2\"]","version":"1.1"}"#, is: "409 *")
            try await api.get("/query", is: "200 *")
            // What is stored is no JSON any more, and no type.
            var api = api
            api.checksContract = false
            try await api.sql("UPDATE rules SET value = 'hunter2'")
            try await api.get("/rules/\(rule)", is: "500 *")
            try await api.sql("UPDATE settings SET type = 'hunter2', default_value = 'hunter2'")
            try await api.get("/settings/a", is: "500 *")
            #expect(log.entries.contains { $0.message == "unexpected error" })
            #expect(log.entries.contains { $0.message == "answered" })
            #expect(!log.entries.contains { "\($0)".contains("hunter2") })
        }
    }

    @Test("An error answer carries the id by which the log has its request")
    func requestID() async throws {
        try await Self.with(.debug) { api, log in
            let answer = try await api.send(.get, "/settings/none")
            let id = try #require(answer.requestID)
            #expect(
                log.entries.contains {
                    $0.metadata["request_id"] == "\(id)" && $0.metadata["status"] == "404"
                        && $0.metadata["path"] == "/api/v1/settings/none"
                })
            #expect(try await api.send(.get, "/settings").requestID == nil)
            let other = try await api.send(.get, "//nowhere")
            #expect(other.requestID != nil && other.requestID != id)
        }
    }
}

extension ServiceUnderTest.Answer {
    fileprivate var requestID: String? { HTTPField.Name("X-Request-ID").flatMap { headers[$0] } }
}
