import ContractRuntime
import Foundation
import HeksherAPI
import HeksherDomain
import HeksherStore
import InMemoryLogging
import LibPQ
import Logging
import PostgresTesting
import Testing

@testable import HeksherServer

/// The rights that docs/operating.md names are enough, and all of them are needed.
@Suite struct LeastPrivilegeTests {
    /// The statements of the documentation, for another role.
    private static func documented(_ section: String, role: String) throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/operating.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(text.range(of: "-- \(section)"))
        let end = try #require(text.range(of: "```", range: start.upperBound..<text.endIndex))
        return text[start.upperBound..<end.lowerBound].split(separator: "-- For ").first.map(String.init)?
            .split(separator: "\n").dropFirst().joined(separator: "\n").replacing("heksher_role", with: role) ?? ""
    }

    @Test("The documented rights are those that the tests use")
    func documentation() throws {
        func words(_ sql: String) -> [Substring] { sql.split { $0.isWhitespace || $0 == ";" } }
        #expect(words(try Self.documented("For reading", role: "r")) == words(Grants.reading("r")))
        let serving = words(Grants.serving("r"))
        #expect(
            words(try Self.documented("For serving", role: "r"))
                == Array(serving.dropFirst(words(Grants.reading("r")).count)))
    }

    @Test("With the rights for serving, every operation works, also from memory")
    func serving() async throws {
        try await ServiceUnderTest.with { owner in
            try await owner.database.withRole { role in
                try await owner.sql(Grants.serving(role.name))
                let features = try StartupContextFeatures(parsing: "t;u")
                try await ServiceUnderTest.running(
                    on: owner.database, configuration: role.configuration, startupContextFeatures: features
                ) { api in
                    let client = api.client
                    try await api.declare("a", features: ["t"])
                    let rule = try await api.addRule("a", ["t": "x"], 1)
                    try await client.changeRuleValue(ruleId: rule, body: .init(value: 2)).noContent()
                    try await client.replaceRuleMetadata(ruleId: rule, body: .init(metadata: ["k": 1])).noContent()
                    try await client.clearRuleMetadata(ruleId: rule).noContent()
                    try await api.rename("a", to: "b", version: "1.1")
                    try await client.mergeSettingMetadata(name: "b", body: .init(metadata: ["k": 1], version: "1.2"))
                        .noContent()
                    try await client.changeConfigurableFeatures(
                        name: "b", body: .init(configurableFeatures: ["t", "u"], version: "2.0")
                    ).noContent()
                    try await client.moveContextFeature(name: "t", body: .after("u")).noContent()
                    try await client.addContextFeature(body: .init(contextFeature: "v")).noContent()
                    try await client.deleteContextFeature(name: "v").noContent()
                    try await api.expectFromMemory("/api/v1/query")
                    try await client.deleteRule(ruleId: rule).noContent()
                    try await client.deleteSetting(name: "b").noContent()
                    let left = try await client.queryRules().ok.body.settings
                    #expect(left.isEmpty)
                }
            }
        }
    }

    @Test(
        "With the rights for reading, queries work from memory, changes get 503 with the reason, and health is 200"
    )
    func reading() async throws {
        try await ServiceUnderTest.with(features: ["t"]) { owner in
            try await owner.declare("a", features: ["t"])
            let id = try await owner.addRule("a", ["t": "x"], 1)
            try await owner.database.withRole { role in
                try await owner.sql(Grants.reading(role.name))
                // The features that the start would add exist already.
                let features = try StartupContextFeatures(parsing: "t")
                try await ServiceUnderTest.running(
                    on: owner.database, configuration: role.configuration, startupContextFeatures: features
                ) { api in
                    try await api.expectFromMemory("/api/v1/query")
                    let settings = try await api.client.listSettings(includeAdditionalData: true).ok.settings
                    #expect(settings.count == 1)
                    for (method, path, body) in [
                        (HTTPRequest.Method.post, "/rules", #"{"setting":"a","feature_values":{"t":"y"},"value":1}"#),
                        (.put, "/rules/\(id)/value", #"{"value":5}"#), (.delete, "/rules/\(id)", nil),
                        (.delete, "/settings/a", nil),
                        (.put, "/settings/a/name", #"{"name":"b","version":"1.1"}"#),
                        (.post, "/context_features", #"{"context_feature":"z"}"#),
                        (
                            .post, "/settings/declare",
                            #"{"name":"n","configurable_features":["t"],"type":"int","default_value":1}"#
                        ),
                    ] {
                        let answer = try await api.send(method, path, body)
                        #expect(
                            answer.status == .serviceUnavailable && answer.text.contains("permission denied"),
                            "\(path): \(answer.summary)")
                    }
                    // An unchanged declaration changes nothing.
                    let declared = try await api.send(
                        .post, "/settings/declare",
                        #"{"name":"a","configurable_features":["t"],"type":"int","default_value":0}"#)
                    #expect(declared.status == .ok)
                    try await owner.sql("UPDATE settings SET default_value = '9'")
                    let queried = try await api.client.queryRules().ok.body.settings
                    #expect(queried["a"]?.defaultValue == 9)
                    let health = try await api.send(.get, "//api/health")
                    #expect(health.status == .ok)
                }
            }
        }
    }

    @Test("With the rights for migrating, a role that is no superuser migrates and owns all objects")
    func migrating() async throws {
        try await TestDatabase.with { database in
            try await database.withRole { role in
                let script = try Self.documented("For migrating", role: role.name).replacing(
                    "DATABASE heksher", with: "DATABASE \(database.name)")
                try await database.sql(script)
                let pool = PostgresPool(configuration: role.configuration, size: 1)
                defer { pool.close() }
                #expect(try await Store.migrations.apply(pool).count == 7)
            }
        }
    }

    @Test("If a right to start is missing, the start ends with one sentence")
    func nothing() async throws {
        try await ServiceUnderTest.with { owner in
            try await owner.database.withRole { role in
                let error = await #expect(throws: StartError.self) {
                    try await ServiceUnderTest.running(on: owner.database, configuration: role.configuration) { _ in }
                }
                #expect(
                    error?.description.contains("permission denied") == true
                        && error?.description.contains("docs/operating.md") == true)
            }
        }
    }

    @Test("A database whose encoding is not UTF8 is refused", arguments: ["LATIN1", "SQL_ASCII"])
    func encoding(name: String) async throws {
        try await TestDatabase.with(template: "template0", options: "ENCODING '\(name)' LC_COLLATE 'C' LC_CTYPE 'C'") {
            database in
            let unmigrated = await #expect(throws: MigrationError.self) {
                try await Store.migrations.apply(database.pool)
            }
            #expect(unmigrated?.description.contains("encoding is \(name), and UTF8 is needed") == true)
            let unstarted = await #expect(throws: MigrationError.self) {
                try await ServiceUnderTest.running(on: database) { _ in }
            }
            #expect(unstarted == unmigrated)
        }
    }

    @Test("A warning names the remedy if other roles may create objects beside the tables", arguments: [true, false])
    func creators(areThere: Bool) async throws {
        var handler = InMemoryLogHandler()
        handler.logLevel = .warning
        let log = handler
        try await ServiceUnderTest.with { owner in
            if areThere { try await owner.sql("GRANT CREATE ON SCHEMA public TO PUBLIC") }
            try await ServiceUnderTest.running(on: owner.database, logger: Logger(label: "test") { _ in log }) { _ in }
        }
        let remedies = log.entries.compactMap { $0.metadata["remedy"] }.map { "\($0)" }
        #expect(remedies == (areThere ? ["REVOKE CREATE ON SCHEMA public FROM PUBLIC"] : []))
    }

    @Test("The service works if PostgreSQL permits fewer connections than the pool's size", arguments: [1, 2, 3])
    func fewConnections(limit: Int) async throws {
        try await ServiceUnderTest.with(features: ["t"]) { owner in
            try await owner.declare("a", features: ["t"])
            let id = try await owner.addRule("a", ["t": "x"], 1)
            try await owner.database.withRole("CONNECTION LIMIT \(limit)") { role in
                try await owner.sql(Grants.serving(role.name))
                try await ServiceUnderTest.running(on: owner.database, configuration: role.configuration, poolSize: 8) {
                    api in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for client in 0..<16 {
                            group.addTask {
                                for round in 0..<5 {
                                    let setting = try await api.send(.get, "/settings/a")
                                    #expect(setting.status == .ok, "\(setting.summary)")
                                    let query = try await api.send(.get, "/query?settings=a")
                                    #expect(query.status == .ok, "\(query.summary)")
                                    let change = try await api.send(
                                        .put, "/rules/\(id)/metadata/k\(client)", "{\"value\":\(round)}")
                                    #expect(change.status == .noContent, "\(change.summary)")
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    let health = try await api.send(.get, "//api/health")
                    #expect(health.status == .ok)
                }
            }
        }
    }
}
