import HeksherAPI
import InMemoryLogging
import Logging
import OpenAPIRuntime
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
            let entry = try #require(log.entriesOfRequests.first)
            #expect(entry.message == "context feature added")
            #expect(entry.metadata["context_feature"] == "extra")
            #expect(entry.metadata["forwarded_user"] == "ada")
            #expect(entry.metadata["forwarded_email"] == "ada@example.com")
            #expect(entry.metadata["remote_address"] == "127.0.0.1")
            #expect(entry.metadata["request_id"] != nil)
            #expect(log.entriesOfRequests.count == 1)
            log.clear()

            let client = api.client
            let both = ["theme", "user"]
            for _ in 0..<2 {
                try await client.moveContextFeature(name: "extra", body: .before("theme")).noContent()
            }
            try await client.deleteContextFeature(name: "extra").noContent()
            for _ in 0..<2 { try await api.declare("a", features: both) }
            try await api.declare("b", features: both, alias: "a", version: "1.1")
            for _ in 0..<2 {
                try await client.changeSettingType(name: "a", body: .init(type: "float", version: "2.0")).noContent()
            }
            try await api.expect(.put, "/settings/a/type", #"{"type":"float","version":"2.0.1"}"#, is: "422 *")
            try await api.rename("b", to: "c", version: "2.1")
            try await client.changeConfigurableFeatures(
                name: "c", body: .init(configurableFeatures: ["theme"], version: "2.2")
            ).noContent()
            try await client.mergeSettingMetadata(name: "c", body: .init(metadata: ["k": 1], version: "2.3"))
                .noContent()
            let rule = try await api.addRule("a", ["theme": "x"], 1.5)
            try await client.changeRuleValue(id: rule, body: .init(value: 2.5)).noContent()
            try await client.setRuleMetadataKey(id: rule, key: "k", body: .init(value: 1)).noContent()
            try await client.deleteRuleMetadataKey(id: rule, key: "none").noContent()
            try await client.mergeRuleMetadata(id: rule, body: .init(metadata: [:])).noContent()
            try await client.changeSettingType(name: "c", body: .init(type: "float", version: "2.4")).noContent()
            try await api.rename("c", to: "c", version: "2.5")
            try await client.deleteSettingMetadataKey(name: "c", key: "none", body: .init(version: "2.6")).noContent()
            let refused = try await client.changeRuleValue(id: rule, body: .init(value: "x"))
            #expect(refused.response().status == .badRequest)
            try await client.deleteRule(id: rule).noContent()
            #expect(try await client.deleteRule(id: rule) == .notFound)
            try await client.deleteSetting(name: "a").noContent()
            let lines = log.entriesOfRequests.map { entry in
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
            try await api.declare("a", type: "str", default: "hunter2", metadata: ["k": "hunter2"])
            try await api.declare("a", type: "str", default: "hunter2 again")
            let rule = try await api.addRule("a", ["theme": "x"], "hunter2")
            let refused = try await api.client.changeRuleValue(id: rule, body: .init(value: ["hunter2"]))
            #expect(refused.response().status == .badRequest)
            try await api.expect(.put, "/rules/\(rule)/metadata/k", #"{"value":"hunter2\u0000"}"#, is: "422 *")
            try await api.expect(.post, "/rules/\(rule)/metadata", #"{"metadata":{"k":"hunter2\ud800"}}"#, is: "422 *")
            let change = Schemas.SettingTypeChange(type: #"Enum["hunter2"]"#, version: "1.1")
            #expect(try await api.client.changeSettingType(name: "a", body: change).response().status == .conflict)
            _ = try await api.client.queryRules().ok
            // What is stored is no JSON any more, and no type: the contract declares no answer for what no client can do.
            try await api.sql("UPDATE rules SET value = 'hunter2'")
            let noRule = await #expect(throws: ClientError.self) { try await api.client.getRule(id: rule) }
            #expect(noRule?.status == .internalServerError)
            try await api.sql("UPDATE settings SET type = 'hunter2', default_value = 'hunter2'")
            let noSetting = await #expect(throws: ClientError.self) { try await api.client.getSetting(name: "a") }
            #expect(noSetting?.status == .internalServerError)
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

extension InMemoryLogHandler {
    /// Without what is told meanwhile, such as that reading was slow.
    var entriesOfRequests: [Entry] { entries.filter { $0.metadata["request_id"] != nil } }
}

extension APIResponse {
    fileprivate var requestID: String? { HTTPField.Name("X-Request-ID").flatMap { headerFields[$0] } }
}
