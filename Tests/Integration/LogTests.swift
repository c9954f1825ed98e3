import ContractRuntime
import HeksherAPI
import InMemoryLogging
import Logging
import Testing

@testable import HTTPGuard
@testable import HeksherServer

@Suite struct LogTests {
    private static func with(
        _ level: Logger.Level, proxies: TrustedProxies = TrustedProxies(),
        _ test: (ServiceUnderTest, InMemoryLogHandler) async throws -> Void
    ) async throws {
        var handler = InMemoryLogHandler()
        handler.logLevel = level
        let kept = handler
        try await ServiceUnderTest.with(
            features: ["theme", "user"], logger: Logger(label: "test") { _ in kept }, proxies: proxies
        ) {
            try await test($0, kept)
        }
    }

    @Test(
        "A trusted proxy names the client's address; for other peers, the log has their own address",
        arguments: [
            ("", "127.0.0.1", "ada"), ("192.0.2.0/24", "127.0.0.1", nil), ("127.0.0.0/8", "198.51.100.7", "ada"),
            ("127.0.0.1, 198.51.100.0/24", "203.0.113.9", "ada"),
        ])
    func forwarded(proxies: String, address: String, user: String?) async throws {
        try await Self.with(.info, proxies: TrustedProxies(parsing: proxies, option: "HEKSHER_TRUSTED_PROXIES")) {
            api, log in
            log.clear()
            try await api.send(
                .post, "/context_features", #"{"context_feature":"extra"}"#,
                headers: [("X-Forwarded-For", "203.0.113.9, 198.51.100.7"), ("X-Forwarded-User", "ada")])
            let entry = try #require(log.entriesOfRequests.first)
            #expect(entry.metadata["remote_address"] == "\(address)")
            #expect(entry.metadata["forwarded_user"] == user.map { "\($0)" })
        }
    }

    @Test("Each change is logged once, with its author and the changed object")
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
            try await client.changeRuleValue(ruleId: rule, body: .init(value: 2.5)).noContent()
            try await client.setRuleMetadataKey(ruleId: rule, key: "k", body: .init(value: 1)).noContent()
            try await client.deleteRuleMetadataKey(ruleId: rule, key: "none").noContent()
            try await client.mergeRuleMetadata(ruleId: rule, body: .init(metadata: [:])).noContent()
            try await client.changeSettingType(name: "c", body: .init(type: "float", version: "2.4")).noContent()
            try await api.rename("c", to: "c", version: "2.5")
            try await client.deleteSettingMetadataKey(name: "c", key: "none", body: .init(version: "2.6")).noContent()
            let refused = try await client.changeRuleValue(ruleId: rule, body: .init(value: "x"))
            #expect(refused.response().status == .badRequest)
            try await client.deleteRule(ruleId: rule).noContent()
            #expect(try await client.deleteRule(ruleId: rule) == .notFound)
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

    @Test("Values of settings, rules and metadata are never logged, even in errors")
    func secrecy() async throws {
        try await Self.with(.trace) { api, log in
            try await api.declare("a", type: "str", default: "hunter2", metadata: ["k": "hunter2"])
            try await api.declare("a", type: "str", default: "hunter2 again")
            let rule = try await api.addRule("a", ["theme": "x"], "hunter2")
            let refused = try await api.client.changeRuleValue(ruleId: rule, body: .init(value: ["hunter2"]))
            #expect(refused.response().status == .badRequest)
            try await api.expect(.put, "/rules/\(rule)/metadata/k", #"{"value":"hunter2\u0000"}"#, is: "422 *")
            try await api.expect(.post, "/rules/\(rule)/metadata", #"{"metadata":{"k":"hunter2\ud800"}}"#, is: "422 *")
            let change = Schemas.SettingTypeChange(type: #"Enum["hunter2"]"#, version: "1.1")
            #expect(try await api.client.changeSettingType(name: "a", body: change).response().status == .conflict)
            _ = try await api.client.queryRules().ok
            // The rows no longer contain JSON or a type.
            try await api.sql("UPDATE rules SET value = 'hunter2'")
            #expect(try await api.client.getRule(ruleId: rule).response().status == .serviceUnavailable)
            try await api.sql("UPDATE settings SET type = 'hunter2', default_value = 'hunter2'")
            #expect(try await api.client.getSetting(name: "a").response().status == .serviceUnavailable)
            #expect(try await api.client.queryRules().ok.body.settings.isEmpty)
            let reports = log.entries.filter { "\($0.message)".hasPrefix("a setting cannot be read") }
            #expect(!reports.isEmpty && reports.allSatisfy { $0.metadata["setting"] == "a" })
            #expect(log.entries.contains { $0.message == "answered" })
            #expect(!log.entries.contains { "\($0)".contains("hunter2") })
        }
    }

    @Test("An error response has the id under which the log has the request")
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
    /// Without lines that belong to no request, for example about a slow reading.
    var entriesOfRequests: [Entry] { entries.filter { $0.metadata["request_id"] != nil } }
}

extension APIResponse {
    fileprivate var requestID: String? { HTTPField.Name("X-Request-ID").flatMap { headerFields[$0] } }
}
