import ContractJSON
import Synchronization
import Testing

@testable import ContractSchema

/// Schemas that refer to themselves.
@Suite struct RecursionTests {
    /// The target of the reference `#`.
    private final class Root: Sendable {
        let schema = Mutex<JSONSchema?>(nil)
    }

    private func schema(_ text: String) throws -> JSONSchema {
        let root = Root()
        let schema = try JSONSchema(parsing: text) { _ in root.schema.withLock(\.self) }
        root.schema.withLock { $0 = schema }
        return schema
    }

    private func nested(_ depth: Int, _ innermost: String) throws -> JSONValue {
        let text = String(repeating: "[", count: depth) + innermost + String(repeating: "]", count: depth)
        return try JSONValue(parsing: text)
    }

    @Test(
        "Validating a deeply nested value takes time linear in its length",
        .timeLimit(.minutes(20)),
        arguments: [
            ##"{"type": ["array", "null"], "anyOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}, "maxItems": 9}]}"##,
            ##"{"type": ["array", "null"], "allOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}, "maxItems": 9}]}"##,
            ##"{"type": ["array", "null"], "not": {"not": {"items": {"$ref": "#"}}}, "items": {"$ref": "#"}}"##,
            ##"{"type": ["array", "null"], "oneOf": [{"items": {"$ref": "#"}}, {"type": "array", "items": {"$ref": "#"}, "minItems": 2}]}"##,
        ])
    func depth(_ text: String) throws {
        let schema = try schema(text)
        #expect(try schema.admits(nested(60, "null")))
        #expect(try !schema.admits(nested(60, "1")))
    }

    @Test("A violation that is found twice is reported once, but counts in each place")
    func onceTold() throws {
        let schema = try schema(
            """
            {"type": ["array", "null"], "allOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}],
             "not": {"type": "array", "items": {"$ref": "#"}, "minItems": 2}}
            """)
        #expect(try schema.violations(of: nested(3, "1")).map(\.keyword) == ["type"])
        #expect(try schema.violations(of: nested(1, "1, 2")).map(\.keyword) == ["type", "type"])
        #expect(try schema.violations(of: nested(1, "null, null")).map(\.keyword) == ["not"])
    }

    @Test("A schema that only refers to itself admits no value")
    func circle() throws {
        #expect(
            try schema(##"{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##).violations(of: 1).map(\.keyword).allSatisfy {
                $0 == "$ref"
            })
        #expect(try !schema(##"{"$ref": "#"}"##).admits(1))
    }
}
