import ContractRuntime
import Foundation
import Testing

/// Generated types as Foundation's coders read and write them.
@Suite struct CodableTests {
    /// Expects that a coder reads the same value as the generated decoder, or none, and that it writes what it can read again.
    static func expectSame<Value: JSONDecodable & JSONEncodable>(as value: Value?, _ text: String) throws {
        if let type = Value.self as? any (Codable & Equatable).Type { try expectSame(type, value, text) }
    }

    private static func expectSame<Value: Codable & Equatable>(_: Value.Type, _ value: Any?, _ text: String) throws {
        let encoder = JSONEncoder()
        // Coders do not tell the order of members.
        encoder.outputFormatting = .sortedKeys
        let expected = try (value as? Value).map { try encoder.encode($0) }
        let found = try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
        #expect(try found.map { try encoder.encode($0) } == expected, "\(text)")
        guard let expected else { return }
        #expect(try encoder.encode(JSONDecoder().decode(Value.self, from: expected)) == expected, "\(text)")
    }

    @Test("A coder writes the JSON of a message, in any nesting")
    func encoding() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let value = try JSONDecoder().decode(
            [String: [Schemas.Labelled]].self, from: Data(#"{"x":[{"name":"a","k":1},{"z":2,"name":"b"}]}"#.utf8))
        #expect(value["x"]?.map(\.name) == ["a", "b"] && value["x"]?[0].additionalProperties["k"] == 1)
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        #expect(text == #"{"x":[{"k":1,"name":"a"},{"name":"b","z":2}]}"#)
        #expect(try JSONDecoder().decode([Schemas.Colour].self, from: Data(#"["Dark Blue"]"#.utf8)) == [.darkBlue])
        let any: JSONValue = [1, 2.5, "x", nil, true, ["a": []]]
        #expect(String(decoding: try encoder.encode(any), as: UTF8.self) == #"[1,2.5,"x",null,true,{"a":[]}]"#)
        #expect(try JSONDecoder().decode(JSONValue.self, from: encoder.encode(any)) == any)
        let large = try JSONValue(parsing: "18446744073709551615")
        #expect(try JSONDecoder().decode(JSONValue.self, from: encoder.encode(large)).text == large.text)
    }

    @Test("A coder's value that does not fit the schema is an error with all problems and the place in the document")
    func refusal() throws {
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Schemas.Strings].self, from: Data(#"[{"short":"a","word":"A"}]"#.utf8))
        }
        guard case .dataCorrupted(let context)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(context.codingPath.map(\.intValue) == [0])
        #expect(context.debugDescription.contains("short") && context.debugDescription.contains("word"))
    }
}
