import ContractJSON
import HeksherDomain
import Testing

@Suite struct MetadataTests {
    @Test func `Keys keep their order, and of a repeated one the last value counts`() {
        let metadata = Metadata([(key: "b", value: 1), (key: "a", value: 2), (key: "b", value: 3)])
        #expect(metadata.pairs.map(\.key) == ["b", "a"])
        #expect(metadata["b"] == 3)
        #expect(metadata.jsonValue.text == #"{"b":3,"a":2}"#)
    }

    @Test func `The order does not count when compared`() throws {
        let left: Metadata = ["a": 1, "b": [nil]]
        let right: Metadata = ["b": [nil], "a": try JSONValue(parsing: "1.0")]
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left != ["a": 1])
        #expect(left != ["a": 1, "b": []])
        #expect(left != ["a": 1, "c": [nil]])
    }

    @Test func `Keys are set, merged and removed`() {
        var metadata: Metadata = ["a": 1, "b": 2, "c": 3]
        metadata["a"] = nil
        metadata["nope"] = nil
        metadata.merge(["c": false, "d": ""])
        #expect(metadata.jsonValue.text == #"{"b":2,"c":false,"d":""}"#)
        #expect(!metadata.isEmpty)
        #expect(Metadata().jsonValue.text == "{}")
    }

    @Test func `A value of JSON null is a value`() {
        let metadata: Metadata = ["a": nil]
        #expect(metadata["a"] == .some(nil))
        #expect(metadata["b"] == nil)
        #expect(metadata.jsonValue.text == #"{"a":null}"#)
    }
}
