import ContractRuntime
import Testing

/// Inheritance with a discriminator, values that fit several alternatives, and integers beyond `Int.max`.
@Suite struct AlternativesTests {
    @Test(
        "Keywords for values of any type also hold for null",
        arguments: [
            (#"{"constant":1}"#, "valid"), (#"{"constant":true}"#, "valid"),
            (#"{"constant":null}"#, "constant value_error"),
            (#"{"constant":"a"}"#, "constant value_error"), (#"{"text":"a"}"#, "valid"),
            (#"{"text":null}"#, "text value_error"),
            (#"{"condition":"ab"}"#, "valid"), (#"{"condition":null}"#, "condition value_error"),
            (#"{"condition":"a"}"#, "condition value_error"), (#"{"admitted":null}"#, "valid"),
            (#"{"admitted":"a"}"#, "admitted value_error"), (#"{"admitted":"b"}"#, "valid"),
        ])
    func excludedNull(text: String, wanted: String) throws {
        try GeneratedSchemasTests.expect(Schemas.NullOrNot.self, text, wanted)
    }

    @Test(
        "Items are compared as JSON values, also if their type does not keep everything",
        arguments: [
            (#"{"objects":[{},{"b":1},{"b":2},{"a":1}]}"#, true),
            (#"{"objects":[{"a":1,"b":1},{"b":1,"a":1}]}"#, false),
            (#"{"objects":[{},{}]}"#, false), (#"{"numbers":[9007199254740992,9007199254740993]}"#, true),
            (#"{"numbers":[1,1.0]}"#, false), (#"{"maps":[{"a":1,"b":2},{"b":2,"a":1}]}"#, false),
            (#"{"maps":[{"a":1},{"a":2}]}"#, true), (#"{"strings":["\u00e9","e\u0301"]}"#, true),
            (#"{"strings":["a","\u0061"]}"#, false), (#"{"lists":[[1],[1,1]]}"#, true),
            (#"{"lists":[[1],[1]]}"#, false),
        ])
    func uniqueItems(text: String, isValid: Bool) throws {
        // Without a coder, which would write only the members that the type has.
        let found = try GeneratedSchemasTests.read(Schemas.UniqueItems.self, text, direction: .request)
        #expect(found.hasSuffix("unique_items") == !isValid, "\(found)")
    }

    @Test(
        "An alternative that admits null admits nothing else that is not valid",
        arguments: [
            (#"{"choice":null}"#, "valid"), (#"{"choice":"red"}"#, "valid"), (#"{"choice":"longer"}"#, "valid"),
            (#"{"choice":1.5}"#, "valid"), (#"{"choice":"x"}"#, "choice value_error"),
            (#"{"choice":{}}"#, "choice value_error"),
            (#"{"choice":true}"#, "choice value_error"), (#"{"object":null}"#, "valid"),
            (#"{"object":{"a":1}}"#, "valid"),
            (#"{"object":true}"#, "valid"), (#"{"object":{"a":1,"b":2}}"#, "object value_error"),
            (#"{"object":false}"#, "object value_error"), (#"{"object":[]}"#, "object value_error"),
            (#"{"only":"a"}"#, "valid"), (#"{"only":"abc"}"#, "valid"), (#"{"only":"ab"}"#, "only value_error"),
            (#"{"only":3}"#, "valid"), (#"{"only":2}"#, "only value_error"), (#"{"only":null}"#, "only value_error"),
            (#"{"only":[]}"#, "only value_error"),
        ])
    func nullable(text: String, wanted: String) throws {
        try GeneratedSchemasTests.expect(Schemas.NullableAlternatives.self, text, wanted)
    }

    @Test(
        "Unsigned integers have 64 bits",
        arguments: [
            (#"{"any":18446744073709551615}"#, "valid"), (#"{"any":0}"#, "valid"),
            (#"{"any":18446744073709551616}"#, "any type_error.integer"), (#"{"any":-1}"#, "any type_error.integer"),
            (#"{"any":1.5}"#, "any type_error.integer"), (#"{"any":"1"}"#, "any type_error.integer"),
            (#"{"bounded":18446744073709551614}"#, "valid"),
            (#"{"bounded":18446744073709551615}"#, "bounded value_error, bounded value_error"),
            (#"{"bounded":0}"#, "bounded value_error"), (#"{"open":18446744073709551614}"#, "valid"),
            (#"{"open":18446744073709551615}"#, "open value_error"), (#"{"open":0}"#, "open value_error"),
        ])
    func unsigned(text: String, wanted: String) throws {
        try GeneratedSchemasTests.expect(Schemas.Unsigned.self, text, wanted)
    }

    @Test("An absent unsigned integer reads as its default, and `2.0` and `1e19` are integers")
    func unsignedDefault() throws {
        #expect(Schemas.Unsigned().`default` == .max)
        #expect(try GeneratedSchemasTests.read(Schemas.Unsigned.self, #"{"any":2.0}"#) == #"{"any":2}"#)
        #expect(
            try GeneratedSchemasTests.read(Schemas.Unsigned.self, #"{"any":1e19}"#) == #"{"any":10000000000000000000}"#)
    }

    @Test(
        "A value that fits several alternatives of anyOf keeps the members of all of them",
        arguments: [
            (#"{"price":1.5,"note":"n","size":2}"#, "valid"), (#"{"price":1.5}"#, "valid"),
            (#"{"size":2,"note":"n"}"#, #"{"size":2,"note":"n"}"#), (#""text""#, "valid"),
            // A member of the wrong type excludes one alternative.
            (#"{"price":1.5,"size":"2"}"#, #"{"price":1.5}"#),
        ])
    func every(text: String, wanted: String) throws {
        try GeneratedSchemasTests.expect(Schemas.Every.self, text, wanted)
    }

    @Test("The type of such values has a property for each alternative, and a value that fits none is invalid")
    func everyProperty() throws {
        let value = Schemas.Every(priced: .init(price: 2), sized: .init(size: 1, note: "n"))
        #expect(String(decoding: value.jsonBytes(), as: UTF8.self) == #"{"price":2.0,"size":1,"note":"n"}"#)
        #expect(try GeneratedSchemasTests.read(Schemas.Every.self, "{}") == "value_error")
        #expect(try GeneratedSchemasTests.read(Schemas.Every.self, "1") == "value_error")
    }

    @Test(
        "The discriminator of a base identifies its heirs, and any other value is a value of the base",
        arguments: [
            (#"{"kind":"cat","lives":9}"#, "valid"), (#"{"kind":"HouseCat","name":"n","lives":9}"#, "valid"),
            (#"{"kind":"Kitten","lives":9,"weeks":3}"#, "valid"), (#"{"kind":"fish","name":"n"}"#, "valid"),
            (#"{"kind":"fish","friend":{"kind":"cat","lives":1}}"#, "valid"),
            (#"{"kind":"cat","lives":"9"}"#, "lives type_error.integer"),
            (#"{"name":"n"}"#, "kind value_error.missing"),
            ("[]", "type_error.dict"),
        ])
    func heirs(text: String, wanted: String) throws {
        try GeneratedSchemasTests.expect(Schemas.Creature.self, text, wanted)
    }

    @Test("An heir is a case of its base")
    func cases() throws {
        var json = JSONReader(Array(#"{"kind":"Kitten","weeks":3}"#.utf8))
        var problems = ValidationProblems()
        guard case .kitten(let kitten)? = try Schemas.Creature.decode(from: &json, problems: &problems) else {
            Issue.record("\(problems)")
            return
        }
        #expect(kitten.weeks == 3 && kitten.kind == "Kitten")
        #expect(
            Schemas.Creature.base(Schemas.CreatureBase(kind: "fish")).jsonBytes() == Array(#"{"kind":"fish"}"#.utf8))
    }
}
