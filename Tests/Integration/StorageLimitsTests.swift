import ContractJSON
import HTTPTypes
import HeksherDomain
import HeksherStore
import LibPQ
import PostgresTesting
import Testing

@testable import HeksherServer

/// Stored data are limited by their size when read, and by their number.
@Suite(.timeLimit(.minutes(20))) struct StorageLimitsTests {
    private static func with(
        _ change: (inout StorageLimits) -> Void, _ test: (ServiceUnderTest) async throws -> Void
    ) async throws {
        var limits = StorageLimits()
        change(&limits)
        try await ServiceUnderTest.with(features: ["theme"], storage: limits, test)
    }

    // MARK: Size when read

    @Test("Metadata are limited by their size as PostgreSQL returns them")
    func metadata() async throws {
        try await Self.with({ $0.partSize = 1000 }) { api in
            // This number takes 65 bytes more than 16,000 when it is read.
            let growing = "1e-16000"
            let small = #"{"k":\#(growing)}"#
            try await api.declare("s")
            let rule = try await api.addRule("s", ["theme": "x"], 1)
            #expect(try await api.ask(declaring: "n", ["metadata": small]) == "422 body.metadata.k value_error")
            #expect(
                try await api.ask(declaring: "s", ["metadata": small, "version": #""1.1""#])
                    == "422 body.metadata.k value_error")
            #expect(
                try await api.ask(
                    .post, "/rules", #"{"setting":"s","feature_values":{"theme":"y"},"value":1,"metadata":\#(small)}"#)
                    == "422 body.metadata.k value_error")
            for method in [HTTPRequest.Method.post, .put] {
                #expect(
                    try await api.ask(method, "/settings/s/metadata", #"{"metadata":\#(small),"version":"1.1"}"#)
                        == "422 body.metadata.k value_error")
                #expect(
                    try await api.ask(method, "/rules/\(rule)/metadata", #"{"metadata":\#(small)}"#)
                        == "422 body.metadata.k value_error")
            }
            #expect(
                try await api.ask(.put, "/settings/s/metadata/k", #"{"value":\#(growing),"version":"1.1"}"#)
                    == "422 body.value value_error")
            #expect(
                try await api.ask(.put, "/rules/\(rule)/metadata/k", #"{"value":\#(growing)}"#)
                    == "422 body.value value_error")
            // Each value is small, but together they exceed the limit.
            let several = (0..<4).map { #""k\#($0)":1e300"# }.joined(separator: ",")
            #expect(try await api.ask(declaring: "n", ["metadata": "{\(several)}"]) == "422 body.metadata value_error")
            #expect(try await api.client.listSettings().ok.settings.map(\.name) == ["s"])
            #expect(try await api.client.getSetting(name: "s").ok.body.metadata.isEmpty)
            #expect(try await api.client.getRuleMetadata(ruleId: rule).ok.metadata.isEmpty)
        }
    }

    @Test("Small changes cannot make metadata exceed the limit, and metadata above the limit can be reduced")
    func accumulation() async throws {
        try await Self.with({ $0.partSize = 1000 }) { api in
            try await api.declare("s")
            let rule = try await api.addRule("s", ["theme": "x"], 1)
            let text = String(repeating: "x", count: 298)
            for (number, answer) in ["204", "204", "204", "422 body.metadata value_error"].enumerated() {
                let metadata = #"{"key\#(number)":"\#(text)"}"#
                #expect(
                    try await api.ask(
                        .post, "/settings/s/metadata", #"{"metadata":\#(metadata),"version":"1.\#(number + 1)"}"#)
                        == answer)
                #expect(try await api.ask(.post, "/rules/\(rule)/metadata", #"{"metadata":\#(metadata)}"#) == answer)
            }
            #expect(
                try await api.ask(.put, "/settings/s/metadata/other", #"{"value":"\#(text)","version":"1.8"}"#)
                    == "422 body.value value_error")
            #expect(
                try await api.ask(.put, "/rules/\(rule)/metadata/other", #"{"value":"\#(text)"}"#)
                    == "422 body.value value_error")
            // The new value of an existing key replaces the old one.
            #expect(
                try await api.ask(.put, "/settings/s/metadata/key1", #"{"value":"\#(text)","version":"1.9"}"#) == "204")
            #expect(try await api.ask(.put, "/rules/\(rule)/metadata/key1", #"{"value":"\#(text)"}"#) == "204")
            // After SQL has made them larger than the limit, they can be reduced.
            try await api.sql(
                """
                UPDATE setting_metadata SET value = to_jsonb(repeat('x', 2000));
                UPDATE rule_metadata SET value = to_jsonb(repeat('x', 2000));
                """)
            #expect(
                try await api.ask(.put, "/settings/s/metadata/key1", #"{"value":1,"version":"1.10"}"#) == "204")
            #expect(try await api.ask(.put, "/rules/\(rule)/metadata/key1", #"{"value":1}"#) == "204")
            #expect(try await api.ask(.delete, "/rules/\(rule)/metadata/key2") == "204")
            // Other changes of the setting do not depend on the size of its metadata.
            #expect(
                try await api.ask(.put, "/settings/s/type", #"{"type":"float","version":"2.0"}"#) == "204")
        }
    }

    private static let sizeAsRead: Statement = "SELECT octet_length($1::text::jsonb::text)"

    @Test("The computed size of metadata agrees with PostgreSQL's")
    func foretoldSize() async throws {
        try await Self.with({ $0.partSize = 500 }) { api in
            try await api.declare("s")
            let rule = try await api.addRule("s", ["theme": "x"], 1)
            var generator = SystemRandomNumberGenerator()
            var answers: [String: Int] = [:]
            for _ in 0..<300 {
                let exponent = Int.random(in: -300...300, using: &generator)
                let number =
                    [
                        "1e\(exponent)", "-1.50E\(exponent)", "0.00\(abs(exponent))e\(exponent)", "0e\(exponent)",
                        "12.340e0",
                        "-0e\(exponent)", "-0.0", "123456789e\(exponent)",
                    ].randomElement(using: &generator) ?? "0"
                let value =
                    [number, "[\(number) , {\"k\":\(number),\"l\\u00e9\\\\\\\"\":\"\\n/\"}]"]
                    .randomElement(using: &generator) ?? number
                let answer = try await api.ask(.put, "/rules/\(rule)/metadata/k", #"{"value":\#(value)}"#)
                answers[answer, default: 0] += 1
                let size = try await api.database.pool.run(Self.sizeAsRead(value)).first?.int(0) ?? 0
                // Strings count as they are written, and the key has one byte.
                #expect(answer == "204" ? size + 1 <= 500 : size + 1 > 500 - 20, "\(value): \(size) bytes, \(answer)")
            }
            #expect(answers.count == 2, "\(answers)")
        }
    }

    @Test("Types, values and defaults are limited by their stored size")
    func parts() async throws {
        try await Self.with({ $0.partSize = 300 }) { api in
            // Six bytes for each of 60 characters, which have two bytes in UTF-8.
            let letters = String(repeating: "é", count: 60)
            #expect(
                try await api.ask(declaring: "n", ["type": #""Enum[\"\#(letters)\",0]""#])
                    == "422 body.type value_error")
            try await api.declare("s", type: "str", default: "")
            #expect(
                try await api.ask(.put, "/settings/s/type", #"{"type":"Enum[\"\#(letters)\",\"\"]","version":"2.0"}"#)
                    == "422 body.type value_error")
            // These characters have three bytes in UTF-8 and two in UTF-16.
            let text = String(repeating: "日", count: 120)
            func utf16(_ text: String) -> [UInt8] {
                text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
            }
            let declaration = #"{"name":"n","configurable_features":["theme"],"type":"str","default_value":"\#(text)"}"#
            #expect(
                try await api.send(.post, "/settings/declare", bytes: utf16(declaration)).summary
                    == "422 body.default_value value_error")
            let rule = #"{"setting":"s","feature_values":{"theme":"x"},"value":"\#(text)"}"#
            #expect(try await api.send(.post, "/rules", bytes: utf16(rule)).summary == "422 body.value value_error")
            let id = try await api.addRule("s", ["theme": "x"], "")
            for (method, path) in [(HTTPRequest.Method.put, "/value"), (.patch, "")] {
                #expect(
                    try await api.send(method, "/rules/\(id)\(path)", bytes: utf16(#"{"value":"\#(text)"}"#)).summary
                        == "422 body.value value_error")
            }
        }
    }

    @Test("Names, metadata keys and versions are limited by their uncompressed length")
    func names() async throws {
        try await ServiceUnderTest.with(features: ["theme"]) { api in
            let long = String(repeating: "x", count: 2701)
            let digits = String(repeating: "1", count: 2701)
            try await api.declare("s")
            let rule = try await api.addRule("s", ["theme": "x"], 1)
            #expect(
                try await api.ask(.post, "/context_features", #"{"context_feature":"\#(long)"}"#)
                    == "422 body.context_feature value_error")
            #expect(try await api.ask(declaring: long) == "422 body.name value_error")
            #expect(
                try await api.ask(declaring: long, ["alias": #""s""#, "version": #""1.1""#])
                    == "422 body.name value_error")
            #expect(
                try await api.ask(.put, "/settings/s/name", #"{"name":"\#(long)","version":"1.0"}"#)
                    == "422 body.name value_error")
            #expect(
                try await api.ask(.put, "/settings/s/metadata/\(long)", #"{"value":1,"version":"1.1"}"#)
                    == "422 path.key value_error")
            #expect(
                try await api.ask(.put, "/rules/\(rule)/metadata/\(long)", #"{"value":1}"#)
                    == "422 path.key value_error")
            #expect(
                try await api.ask(declaring: "s", ["version": #""\#(digits).0""#]) == "422 body.version value_error")
            #expect(
                try await api.ask(.put, "/settings/s/metadata/k", #"{"value":1,"version":"1.\#(digits)"}"#)
                    == "422 body.version value_error")
            #expect(
                try await api.ask(.put, "/settings/s/type", #"{"type":"int","version":"\#(digits).0"}"#)
                    == "422 body.version value_error")
            #expect(try await api.ask(declaring: String(long.dropLast())).hasPrefix("200 "))
        }
    }

    // MARK: Numbers and total size

    @Test("At the limit of settings, a new one gets 409 until one is deleted")
    func settings() async throws {
        try await Self.with({ $0.settings = 2 }) { api in
            try await api.declare("a")
            try await api.declare("b")
            let full = "409 there cannot be more than 2 settings (HEKSHER_MAX_SETTINGS)"
            #expect(try await api.ask(declaring: "c") == full)
            // Existing settings can be declared, changed and renamed.
            #expect(try await api.ask(declaring: "b").contains("uptodate"))
            #expect(
                try await api.ask(declaring: "b", ["default_value": "1", "version": #""1.1""#]).contains("upgraded"))
            try await api.rename("a", to: "d")
            #expect(try await api.ask(declaring: "c") == full)
            try await api.client.deleteSetting(name: "a").noContent()
            #expect(try await api.ask(declaring: "c").contains("created"))
            #expect(try await api.ask(declaring: "e") == full)
            // The service notices a deletion by SQL before it refuses.
            try await api.sql("DELETE FROM settings WHERE name = 'c'")
            try await eventually { try await api.ask(declaring: "e").contains("created") }
        }
    }

    @Test("A service counts existing settings and those that others add")
    func others() async throws {
        try await TestDatabase.with { database in
            try await Store.migrations.apply(database.pool)
            var limits = StorageLimits()
            limits.settings = 3
            let store = Store(database.pool, limits: limits)
            _ = try await store.addContextFeature("theme")
            func declare(_ name: String, by store: Store) async throws {
                let declaration = Declaration(
                    name: name, configurableFeatures: ["theme"], type: .int, defaultValue: 1)
                guard case .created = try await store.declare(declaration) else { throw StorageFull.settings(limit: 0) }
            }
            try await declare("a", by: store)
            try await declare("b", by: Store(database.pool))
            try await declare("c", by: Store(database.pool))
            let late = Store(database.pool, limits: limits)
            await #expect(throws: StorageFull.settings(limit: 3)) { try await declare("d", by: late) }
        }
    }

    @Test("At the limit of rules of a setting, a new one gets 409, also if SQL added rules")
    func rules() async throws {
        try await Self.with({ $0.rulesPerSetting = 3 }) { api in
            try await api.declare("a")
            try await api.declare("b")
            for value in ["x", "y"] { try await api.addRule("a", ["theme": value], 1) }
            try await api.sql(
                """
                INSERT INTO rules (id, setting, value) VALUES (100, 'a', '1');
                INSERT INTO conditions (rule, context_feature, feature_value) VALUES (100, 'theme', 'sql');
                """)
            let full = "409 a setting cannot have more than 3 rules (HEKSHER_MAX_RULES_PER_SETTING)"
            #expect(try await api.ask(addingRuleTo: "a", #"{"theme":"z"}"#, "1") == full)
            #expect(
                try await api.ask(addingRuleTo: "a", #"{"theme":"x"}"#, "1") == "409 rule 1 has the same conditions")
            #expect(try await api.ask(addingRuleTo: "b", #"{"theme":"z"}"#, "1").hasPrefix("201 "))
            try await api.client.deleteRule(ruleId: 100).noContent()
            // Of several concurrent requests, one gets the last place.
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<8 {
                    group.addTask { try await api.ask(addingRuleTo: "a", #"{"theme":"t\#(number)"}"#, "1") }
                }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(answers.count { $0.hasPrefix("201 ") } == 1 && answers.count { $0 == full } == 7, "\(answers)")
        }
    }

    @Test("At the limit of stored bytes, every operation that adds data gets 409")
    func bytes() async throws {
        try await Self.with({ $0.bytes = 20_000 }) { api in
            let text = String(repeating: "x", count: 9000)
            try await api.declare("a", type: "str", default: "")
            let rule = try await api.addRule("a", ["theme": "x"], "")
            try await api.declare("large", type: "str", default: JSONValue(text))
            try await api.client.setRuleMetadataKey(ruleId: rule, key: "k", body: .init(value: JSONValue(text)))
                .noContent()
            let full = "409 no more than 20000 bytes can be stored (HEKSHER_MAX_STORED_BYTES)"
            let large = #""\#(text)""#
            let requests: [(HTTPRequest.Method, String, String)] = [
                (
                    .post, "/settings/declare",
                    #"{"name":"b","type":"str","default_value":\#(large),"configurable_features":["theme"]}"#
                ),
                (
                    .post, "/settings/declare",
                    #"{"name":"a","type":"str","default_value":\#(large),"configurable_features":["theme"],"version":"1.1"}"#
                ),
                (.put, "/settings/a/type", #"{"type":"Enum[\"\",\"\#(text)\"]","version":"2.0"}"#),
                (.post, "/settings/a/metadata", #"{"metadata":{"k":\#(large)},"version":"1.1"}"#),
                (.put, "/settings/a/metadata", #"{"metadata":{"k":\#(large)},"version":"1.1"}"#),
                (.put, "/settings/a/metadata/k", #"{"value":\#(large),"version":"1.1"}"#),
                (.post, "/rules", #"{"setting":"a","feature_values":{"theme":"y"},"value":\#(large)}"#),
                (.put, "/rules/\(rule)/value", #"{"value":\#(large)}"#),
                (.patch, "/rules/\(rule)", #"{"value":\#(large)}"#),
                (.post, "/rules/\(rule)/metadata", #"{"metadata":{"l":\#(large)}}"#),
                (.put, "/rules/\(rule)/metadata/l", #"{"value":\#(large)}"#),
            ]
            for (method, path, body) in requests {
                #expect(try await api.ask(method, path, body) == full, "\(method) \(path)")
            }
            // Replacing a value of the same size is allowed.
            #expect(try await api.ask(.put, "/rules/\(rule)/metadata", #"{"metadata":{"l":\#(large)}}"#) == "204")
            #expect(try await api.ask(.put, "/rules/\(rule)/metadata/l", #"{"value":1}"#) == "204")
            #expect(try await api.ask(.put, "/rules/\(rule)/value", #"{"value":\#(large)}"#) == "204")
            #expect(try await api.ask(.put, "/rules/\(rule)/value", #"{"value":\#(large)}"#) == "204")
            // Deleting a rule frees its bytes.
            try await api.client.deleteRule(ruleId: rule).noContent()
            try await eventually { try await api.ask(requests[0].0, requests[0].1, requests[0].2).contains("created") }
            #expect(
                try await api.ask(
                    .post, "/context_features", #"{"context_feature":"\#(String(repeating: "y", count: 1500))"}"#)
                    == full)
        }
    }

    /// Repeats a request that a recent measurement may still refuse.
    private func eventually(_ isTrue: () async throws -> Bool) async throws {
        while try await !isTrue() { try await Task.sleep(for: .milliseconds(50)) }
    }
}
