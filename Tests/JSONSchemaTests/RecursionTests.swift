import JSON
import Synchronization
import Testing

@testable import JSONSchema

/// Schemas that refer to themselves.
@Suite struct RecursionTests {
    /// What `#` stands for.
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
        "However deep a value is, it takes no longer than its length",
        .timeLimit(.minutes(5)),
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

    @Test("What is wrong is told once, and counts wherever it is asked for")
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

    @Test("A schema that is nothing but itself admits nothing")
    func circle() throws {
        #expect(
            try schema(##"{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##).violations(of: 1).map(\.keyword).allSatisfy {
                $0 == "$ref"
            })
        #expect(try !schema(##"{"$ref": "#"}"##).admits(1))
    }
}
