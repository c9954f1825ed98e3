import ContractRuntime
import Testing

/// Inheritance with a discriminator, values that fit several alternatives, and integers beyond `Int.max`.
@Suite struct AlternativesTests {
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
