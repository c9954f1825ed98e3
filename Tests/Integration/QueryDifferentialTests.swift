import ContractRuntime
import Foundation
import HTTPTypes
import HeksherAPI
import LibPQ
import NIOCore
import NIOHTTP1
import PostgresTesting
import Testing

@testable import HeksherServer

/// Compares responses from memory with those from the tables, for settings that people and SQL can create.
@Suite struct QueryDifferentialTests {
    @Test(
        "Memory and tables give the same bytes for random settings, changes and queries",
        arguments: [1, 2, 3, 4] as [UInt64])
    func differential(seed: UInt64) async throws {
        try await ServiceUnderTest.with { api in
            var world = RandomWorld(seed: seed)
            try await api.sql(world.beginning())
            let answerer = try await api.answerer()
            defer { answerer.catalog.close() }
            for _ in 0..<12 {
                for target in world.targets(count: 12) { try await compare(target, nil, answerer, api) }
                for (target, body) in world.evaluations(count: 8) { try await compare(target, body, answerer, api) }
                try await api.sql(world.changes())
            }
        }
    }

    /// Queries twice, so that the response is cached, and also compares the earlier cached response with the tables.
    private func compare(
        _ target: String, _ body: String?, _ answerer: QueryResponder, _ api: ServiceUnderTest
    ) async throws {
        let request = APIRequest(querying: target, body)
        let (operation, pathValues) = try #require(QueryOperation.of(path: target.prefix { $0 != "?" }))
        func respond(to request: APIRequest) async throws -> APIResponse {
            try await answerer.respond(to: request, pathValues, operation)
        }
        var expected: APIResponse
        do {
            expected = try await api.answerOfTables(target, body)
        } catch {
            // Some row is unreadable, so both fail.
            await #expect(throws: (any Error).self, "\(target)") { try await respond(to: request) }
            #expect(try await kept(target, body, answerer) == nil, "\(target)")
            return
        }
        // From memory, the response may be compressed.
        if expected.status == 200 { expected.headerFields[.vary] = "Accept-Encoding" }
        if let kept = try await kept(target, body, answerer) { #expect(kept == expected, "\(target)") }
        for _ in 0..<2 {
            let answer = try await respond(to: request)
            #expect(answer == expected, "\(target): \(answer.text) instead of \(expected.text)")
        }
        guard expected.status == 200 else { return }
        #expect(try await kept(target, body, answerer) == expected, "\(target)")
        guard operation != .flag else { return }
        let tag = try #require(expected.headerFields[.eTag])
        var conditional = request
        conditional.headerFields[.ifNoneMatch] = tag
        #expect(
            try await respond(to: conditional)
                == APIResponse(status: .notModified, headerFields: [.eTag: tag, .vary: "Accept-Encoding"]))
    }

    /// The cached response.
    private func kept(_ target: String, _ body: String?, _ answerer: QueryResponder) async throws -> APIResponse? {
        let snapshot = try await answerer.snapshot()
        guard case .answer(let answer) = answerer.answer(to: target, body, in: snapshot, isOnEventLoop: false) else {
            return nil
        }
        let representation = await withCheckedContinuation { continuation in
            answer.body.withRepresentation(for: nil) { continuation.resume(returning: $0) }
        }
        var response = APIResponse(status: .ok)
        representation.answer.write { part in
            switch part {
            case .head(let head):
                response.status = .init(code: Int(head.status.code))
                response.headerFields[.contentType] = head.headers.first(name: "Content-Type")
                response.headerFields[.eTag] = head.headers.first(name: "ETag")
                response.headerFields[.vary] = head.headers.first(name: "Vary")
            case .body(.byteBuffer(let bytes)): response.body += Array(bytes.readableBytesView)
            case .body, .end: break
            }
        }
        return response
    }
}

/// Random tables, changes and queries.
private struct RandomWorld {
    private var numbers: SeededNumbers

    private static let values = [
        "1", " 1.0 ", "123456789012345678901234567890", "-0.10e+5", #""a\u00e9\n\/""#, "\"é😀\u{2028}\"", "null", "true",
        #"{"b" : 1,"a":[ 1,{"é": ""} ]}"#, "[ ]", "\t[\n1 , 2]", "\"\"",
    ]
    private static let types = ["int", "str", "Mapping<Sequence<float>>", #"Enum["a",1]"#, "Flags [ true, 1 ]"]
    private static let names = ["a", "b", "c", "B", "a.b", "a_1", "Z9", "é 1", "a\"b", "a b", "/1", "zz"]
    private static let aliases = ["x", "y", "a.old", "Z8", "ü", "b"]
    private static let features = ["user", "Tenant_2", "theme", "env"]
    private static let conditionValues = [
        "a", "b", "x_1", "white space", "é", "q\"uote", "tab\t", "back\\slash", "", "aa",
    ]
    private static let keys = ["k", "", "ключ", "a\"b", "two words", "back\\slash"]
    private static let metadata = ["1", "1.50", #"{"x": {"y": [1, null, "é\n"]}}"#, "[]", "\"\\u0001\"", "false"]

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    private mutating func any<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &numbers)]
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &numbers) < percent }

    /// A random one of these texts, as an SQL literal.
    private mutating func text(_ elements: [String]) -> String {
        "'" + any(elements).replacing("'", with: "''") + "'"
    }

    mutating func beginning() -> String {
        let order = Self.features.shuffled(using: &numbers).enumerated().map { "('\($1)', \($0 * 3))" }
        var script = "INSERT INTO context_features VALUES \(order.joined(separator: ", "));"
        for _ in 0..<10 { script += addSetting() }
        for _ in 0..<30 { script += addRule() }
        return script
    }

    private mutating func addSetting() -> String {
        "INSERT INTO settings VALUES (\(text(Self.names)), \(text(Self.types)), \(text(Self.values)), '1.0') ON CONFLICT DO NOTHING;"
    }

    private mutating func addRule() -> String {
        let conditions = (0..<Int.random(in: 0...3, using: &numbers)).map { _ in
            "INSERT INTO conditions SELECT max(id), \(text(Self.features)), \(text(Self.conditionValues)) FROM rules"
                + " ON CONFLICT DO NOTHING;"
        }
        let metadata = (0..<Int.random(in: 0...2, using: &numbers)).map { _ in
            "INSERT INTO rule_metadata SELECT max(id), \(text(Self.keys)), \(text(Self.metadata)) FROM rules"
                + " ON CONFLICT DO NOTHING;"
        }
        return
            "INSERT INTO rules (setting, value) SELECT name, \(text(Self.values)) FROM settings \(oneOfThem("name"));"
            + (conditions + metadata).joined()
    }

    /// Selects one random row.
    private mutating func oneOfThem(_ column: String) -> String {
        "ORDER BY \(column) COLLATE \"C\" LIMIT 1 OFFSET \(Int.random(in: 0..<6, using: &numbers))"
    }

    private mutating func setting() -> String { "(SELECT name FROM settings \(oneOfThem("name")))" }

    private mutating func rule() -> String { "(SELECT id FROM rules \(oneOfThem("id::text")))" }

    /// Some changes in one transaction.
    mutating func changes() -> String {
        (0..<Int.random(in: 1...4, using: &numbers)).map { _ in change() }.joined()
    }

    private mutating func change() -> String {
        switch Int.random(in: 0..<16, using: &numbers) {
        case 0: return addSetting()
        case 1: return addRule()
        case 2: return "DELETE FROM settings WHERE name = \(setting());"
        case 3: return "DELETE FROM rules WHERE id = \(rule());"
        case 4: return "UPDATE rules SET value = \(text(Self.values)) WHERE id = \(rule());"
        case 5: return "UPDATE settings SET default_value = \(text(Self.values)) WHERE name = \(setting());"
        case 6:
            let name = text(Self.names)
            return "UPDATE settings SET name = \(name) WHERE name = \(setting())"
                + " AND NOT EXISTS (SELECT FROM settings WHERE name = \(name));"
        case 7, 8:
            return "INSERT INTO setting_aliases SELECT name, \(text(Self.aliases)) FROM settings \(oneOfThem("name"))"
                + " ON CONFLICT (alias) DO UPDATE SET setting = excluded.setting;"
        case 9: return "DELETE FROM setting_aliases WHERE alias = \(text(Self.aliases));"
        case 10:
            // One feature moves to the end, and gaps remain.
            return "UPDATE context_features SET index = (SELECT max(index) + 2 FROM context_features)"
                + " WHERE name = \(text(Self.features));"
        case 11: return "UPDATE rules SET setting = coalesce(\(setting()), setting) WHERE id = \(rule());"
        case 12: return "DELETE FROM conditions WHERE rule = \(rule());"
        case 13:
            return "INSERT INTO rule_metadata SELECT id, \(text(Self.keys)), \(text(Self.metadata)) FROM rules"
                + " \(oneOfThem("id::text")) ON CONFLICT (rule, key) DO UPDATE SET value = excluded.value;"
        case 14:
            // Rows that are unreadable until a later change.
            let broken = any(["default_value = 'no JSON'", "type = 'no type'"])
            return chance(50)
                ? "UPDATE settings SET \(broken) WHERE name = \(setting());"
                : "UPDATE rules SET value = '{\"' WHERE id = \(rule());"
        default:
            return "UPDATE settings SET default_value = '0' WHERE default_value = 'no JSON';"
                + "UPDATE settings SET type = 'int' WHERE type = 'no type'; UPDATE rules SET value = '0' WHERE value = '{\"';"
        }
    }

    mutating func targets(count: Int) -> [String] { (0..<count).map { _ in target() } }

    /// Targets of evaluations, and bodies of those of flags.
    mutating func evaluations(count: Int) -> [(String, String?)] { (0..<count).map { _ in evaluation() } }

    private mutating func evaluation() -> (String, String?) {
        let context = Self.features.filter { _ in Int.random(in: 0..<3, using: &numbers) > 0 }.map {
            ($0, any(Self.conditionValues))
        }
        .filter { !$0.1.isEmpty && !$0.1.contains("\t") }
        func quoted(_ value: String) -> String {
            "\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        }
        let names = (Self.names + Self.aliases).filter { $0.utf8.allSatisfy { $0 < 128 && !#" "/"#.utf8.contains($0) } }
        let body = "{\"context\":{\(context.map { "\"\($0)\":\(quoted($1))" }.joined(separator: ","))}}"
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0: return ("/ofrep/v1/evaluate/flags", body)
        case 1: return ("/ofrep/v1/evaluate/flags/\(any(names))", body)
        default:
            let text =
                context.map { "\($0):\(quoted($1))" }.joined(separator: ",")
                .addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let settings = chance(50) ? "settings=\(any(names)),\(any(names))&" : ""
            return ("/api/v1/evaluate?\(settings)context=\(text)", nil)
        }
    }

    private mutating func target() -> String {
        var parts: [String] = []
        let names = (Self.names + Self.aliases).filter { $0.utf8.allSatisfy { $0 < 128 && !#" "/"#.utf8.contains($0) } }
        switch Int.random(in: 0..<10, using: &numbers) {
        case 0..<3: break
        case 3: parts.append("settings=")
        default:
            var asked = (0..<Int.random(in: 1...5, using: &numbers)).map { _ in any(names) }
            if chance(10) { asked.append("unknown") }
            parts.append("settings=" + asked.joined(separator: ","))
        }
        switch Int.random(in: 0..<6, using: &numbers) {
        case 0: break
        case 1: parts.append("context_filters=*")
        case 2: parts.append("context_filters=")
        default:
            let filters = (Self.features + ["nope"]).shuffled(using: &numbers).prefix(
                Int.random(in: 1...4, using: &numbers)
            )
            .map { feature in
                chance(40)
                    ? "\(feature):*"
                    : "\(feature):(\(["a", "b", "x_1", "zz"].filter { _ in chance(60) }.joined(separator: ",")))"
            }
            parts.append("context_filters=" + filters.joined(separator: ",").replacing(":()", with: ":(none)"))
            if chance(5) { parts[parts.count - 1] += ",theme:*,theme:*" }
        }
        if chance(50) { parts.append("include_metadata=\(any(["true", "no", "1"]))") }
        return "/api/v1/query" + (parts.isEmpty ? "" : "?" + parts.joined(separator: "&"))
    }
}
