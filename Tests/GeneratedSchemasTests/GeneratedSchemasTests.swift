import ContractRuntime
import Testing

/// The generated decoders of the contract beside this file: which values are valid for each keyword.
@Suite struct GeneratedSchemasTests {
    /// The value as it is written again, or the locations and kinds of its problems.
    static func read<Value: JSONDecodable & JSONEncodable>(
        _ type: Value.Type, _ text: String, direction: ValidationProblems.Direction? = nil
    ) throws -> String {
        var json = JSONReader(Array(text.utf8))
        var problems = ValidationProblems(direction: direction)
        let value = try Value.decode(from: &json, problems: &problems)
        try json.finish()
        #expect((value == nil) == !problems.isEmpty)
        if direction == nil { try CodableTests.expectSame(as: value, text) }
        if let value { return String(decoding: value.jsonBytes(), as: UTF8.self) }
        return problems.list.map { problem in
            let place = problem.location.map { step in
                switch step {
                case .name(let name): name
                case .index(let index): "\(index)"
                }
            }
            return ([place.joined(separator: ".")] + [problem.kind.rawValue]).filter { !$0.isEmpty }.joined(
                separator: " ")
        }.joined(separator: ", ")
    }

    /// Expects that a value is valid and is written unchanged, or that it has these problems.
    static func expect<Value: JSONDecodable & JSONEncodable>(
        _ type: Value.Type, _ text: String, _ wanted: String, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let found = try read(type, text)
        #expect(found == (wanted == "valid" ? text : wanted), "\(text)", sourceLocation: location)
    }

    @Test(
        "Keywords of numbers are checked",
        arguments: [
            (#"{"between":1}"#, "valid"), (#"{"between":9}"#, "valid"), (#"{"between":0}"#, "between value_error"),
            (#"{"between":10}"#, "between value_error"), (#"{"fromTo":2}"#, "valid"),
            (#"{"fromTo":1}"#, "fromTo value_error"),
            (#"{"fromTo":10}"#, "fromTo value_error"), (#"{"triple":-6}"#, "valid"),
            (#"{"triple":7}"#, "triple value_error"),
            (#"{"half":7}"#, "valid"), (#"{"fraction":0.5}"#, "valid"), (#"{"fraction":0}"#, "fraction value_error"),
            (#"{"fraction":1}"#, "fraction value_error"), (#"{"tenths":0.3}"#, "valid"),
            (#"{"tenths":0.35}"#, "tenths value_error"), (#"{"tenths":1.1}"#, "tenths value_error"),
            (#"{"int32":2147483647}"#, "valid"), (#"{"int32":2147483648}"#, "int32 value_error"),
            (#"{"int64":9223372036854775807}"#, "valid"),
            (#"{"int64":9223372036854775808}"#, "int64 type_error.integer"),
            (#"{"uint8":255}"#, "valid"), (#"{"uint8":-1}"#, "uint8 value_error"), (#"{"float":1e+38}"#, "valid"),
            (#"{"float":1e39}"#, "float value_error"), (#"{"double":1e+300}"#, "valid"),
            (#"{"double":1e400}"#, "double value_error"), (#"{"oldStyle":1}"#, "valid"),
            (#"{"oldStyle":0}"#, "oldStyle value_error"),
        ])
    func numbers(text: String, wanted: String) throws { try Self.expect(Schemas.Numbers.self, text, wanted) }

    @Test(
        "Lengths, patterns and formats of strings are checked",
        arguments: [
            (#"{"short":"ab"}"#, "valid"), (#"{"short":"a"}"#, "short value_error"),
            (#"{"short":"abcd"}"#, "short value_error"),
            (#"{"short":"日本語"}"#, "valid"), (#"{"word":"ab"}"#, "valid"),
            (#"{"word":"A"}"#, "word value_error.str.regex"),
            (#"{"dateTime":"2026-02-28T23:59:59.5+01:00"}"#, "valid"),
            (#"{"dateTime":"2026-02-30T00:00:00Z"}"#, "dateTime value_error"),
            (#"{"dateTime":"2026-02-28 00:00:00"}"#, "dateTime value_error"), (#"{"date":"2024-02-29"}"#, "valid"),
            (#"{"date":"2023-02-29"}"#, "date value_error"), (#"{"time":"12:00:00Z"}"#, "valid"),
            (#"{"time":"24:00:00Z"}"#, "time value_error"), (#"{"duration":"P1Y2M3DT4H5M6S"}"#, "valid"),
            (#"{"duration":"P1DT"}"#, "duration value_error"),
            (#"{"uuid":"2eb8aa08-aa98-11ea-b4aa-73b441d16380"}"#, "valid"),
            (#"{"uuid":"2eb8aa08"}"#, "uuid value_error"), (#"{"byte":"aGk="}"#, "valid"),
            (#"{"byte":"aGk"}"#, "byte value_error"),
            (#"{"binary":"anything"}"#, "valid"), (#"{"uri":"https://example.com/a?b#c"}"#, "valid"),
            (#"{"uri":"/a"}"#, "uri value_error"), (#"{"uriReference":"/a"}"#, "valid"),
            (#"{"uriReference":"\\a"}"#, "uriReference value_error"), (#"{"email":"joe@example.com"}"#, "valid"),
            (#"{"email":"joe"}"#, "email value_error"), (#"{"hostname":"a-b.example"}"#, "valid"),
            (#"{"hostname":"-a"}"#, "hostname value_error"), (#"{"ipv4":"192.0.2.1"}"#, "valid"),
            (#"{"ipv4":"192.0.2.256"}"#, "ipv4 value_error"), (#"{"ipv6":"2001:db8::1"}"#, "valid"),
            (#"{"ipv6":"2001:db8"}"#, "ipv6 value_error"), (#"{"regex":"(?=a)b+"}"#, "valid"),
            (#"{"regex":"("}"#, "regex value_error"),
            (#"{"both":"abc"}"#, "valid"), (#"{"both":"aac"}"#, "both value_error.str.regex"),
            (#"{"both":"cbc"}"#, "both value_error.str.regex"), (#"{"both":"ab"}"#, "both value_error"),
        ])
    func strings(text: String, wanted: String) throws { try Self.expect(Schemas.Strings.self, text, wanted) }

    @Test("Enumerations accept exactly their values")
    func enumerations() throws {
        for value in ["red", "Dark Blue", "+1", "-1", "", "self", "allCases", "名前"] {
            try Self.expect(Schemas.Colour.self, "\"\(value)\"", "valid")
        }
        try Self.expect(Schemas.Colour.self, #""blue""#, "value_error")
        try Self.expect(Schemas.Colour.self, "1", "type_error.string")
        #expect(
            [.darkBlue, .dark_dash_blue, .empty, .self_, .notKnown, .名前].allSatisfy {
                Schemas.Colour.allCases.contains($0)
            })
        try Self.expect(Schemas.Level.self, "-1", "valid")
        try Self.expect(Schemas.Level.self, "3", "value_error")
        try Self.expect(Schemas.Level.self, #""1""#, "type_error.integer")
        try Self.expect(Schemas.Size.self, #""s""#, "valid")
        try Self.expect(Schemas.Size.self, #""m""#, "value_error")
    }

    @Test(
        "Constants and enumerations of any type are checked",
        arguments: [
            (#"{}"#, "text value_error.missing"), (#"{"text":"never"}"#, "text value_error"),
            (#"{"text":"always","number":7}"#, "valid"), (#"{"text":"always","number":8}"#, "number value_error"),
            (#"{"text":"always","boolean":true}"#, "valid"),
            (#"{"text":"always","boolean":false}"#, "boolean value_error"),
            (#"{"text":"always","object":{"a":[1]}}"#, "valid"),
            (#"{"text":"always","object":{"a":[2]}}"#, "object value_error"),
            (#"{"text":"always","nothing":null}"#, "valid"), (#"{"text":"always","nothing":0}"#, "nothing value_error"),
            (#"{"text":"always","numbers":0.5}"#, "valid"), (#"{"text":"always","numbers":2}"#, "numbers value_error"),
            (#"{"text":"always","mixed":"a"}"#, "valid"), (#"{"text":"always","mixed":{"a":1}}"#, "valid"),
            (#"{"text":"always","mixed":2}"#, "mixed value_error"), (#"{"text":"always","colour":"red"}"#, "valid"),
            (#"{"text":"always","colour":"blue"}"#, "colour value_error"),
            (#"{"text":"always","maybe":"maybe"}"#, "valid"),
            (#"{"text":"always","maybe":"no"}"#, "maybe value_error"), (#"{"text":"always","notB":"c"}"#, "valid"),
            (#"{"text":"always","notB":"b"}"#, "notB value_error"),
        ])
    func constants(text: String, wanted: String) throws { try Self.expect(Schemas.Constants.self, text, wanted) }

    @Test(
        "Values of several types, null and no type are checked",
        arguments: [
            (#"{"several":"ab"}"#, "valid"), (#"{"several":"a"}"#, "several value_error"), (#"{"several":5}"#, "valid"),
            (#"{"several":4}"#, "several value_error"), (#"{"several":true}"#, "valid"),
            (#"{"several":null}"#, "several value_error"), (#"{"number":1.5}"#, "valid"),
            (#"{"number":"1"}"#, "number type_error.float"),
            (#"{"orNull":"ab"}"#, "valid"), (#"{"orNull":"a"}"#, "orNull value_error"), (#"{"nothing":null}"#, "valid"),
            (#"{"nothing":1}"#, "nothing value_error"), (#"{"anything":[null]}"#, "valid"),
            (#"{"never":1}"#, "never value_error"), (#"{"list":[1]}"#, "valid"), (#"{"list":"a"}"#, "valid"),
            (#"{"list":["a"]}"#, "list.0 type_error.integer"),
        ])
    func types(text: String, wanted: String) throws { try Self.expect(Schemas.Types.self, text, wanted) }

    @Test(
        "Keywords of arrays are checked",
        arguments: [
            (#"{"tuple":["a",1,true]}"#, "valid"), (#"{"tuple":["a"]}"#, "valid"),
            (#"{"tuple":[1,1,1]}"#, "tuple.0 type_error.string, tuple.2 type_error.bool"),
            (#"{"pair":["a","b"]}"#, "valid"),
            (#"{"pair":["a","b","c"]}"#, "pair.2 value_error"), (#"{"contains":[1,5]}"#, "valid"),
            (#"{"contains":[1,2]}"#, "contains value_error"), (#"{"containsSome":[1,1]}"#, "valid"),
            (#"{"containsSome":[1]}"#, "containsSome value_error"),
            (#"{"containsSome":[1,1,1,1]}"#, "containsSome value_error"),
            (#"{"unique":[1,"1",{"a":1},{"a":2}]}"#, "valid"),
            (#"{"unique":[{"a":1,"b":2},{"b":2,"a":1.0}]}"#, "unique value_error.list.unique_items"),
            (#"{"bounded":[1]}"#, "valid"), (#"{"bounded":[]}"#, "bounded value_error.list.min_items"),
            (#"{"bounded":[1,2,3]}"#, "bounded value_error"), (#"{"unevaluated":["a",1]}"#, "valid"),
            (#"{"titled":["a",{"x":[]}]}"#, "titled value_error"), (#"{"titled":["a",7]}"#, "valid"),
            (#"{"titled":["a",7,null,"end"]}"#, "valid"), (#"{"titled":["a",null,7]}"#, "valid"),
            (#"{"titled":["a"]}"#, "titled value_error.list.min_items"),
            (#"{"titled":["a",1,2,"fin",3]}"#, "titled.3 value_error, titled.4 value_error"),
            (#"{"titled":{}}"#, "titled type_error.list"), (#"{"cut":["a"]}"#, "valid"),
            (#"{"cut":["a",1]}"#, "cut value_error"), (#"{"cut":[]}"#, "cut value_error.list.min_items"),
            (#"{"lists":[[1],[1,[2,[3]]]]}"#, "valid"),
            (#"{"lists":[[1,[]]]}"#, "lists.0.1 value_error.list.min_items"),
            (#"{"unevaluated":["a","b"]}"#, "unevaluated.1 type_error.integer"), (#"{"nested":[[{"a":1}]]}"#, "valid"),
            (#"{"nested":[[{"a":"1"}]]}"#, "nested.0.0.a type_error.integer"),
        ])
    func arrays(text: String, wanted: String) throws { try Self.expect(Schemas.Arrays.self, text, wanted) }

    @Test("Arrays with a schema for each position have a property for each position")
    func tuples() throws {
        let arrays = Schemas.Arrays(
            tuple: .init(first: "a", second: 1, rest: [true]), pair: .init(second: "b"),
            titled: .init(key: "k", value: 1, fourth: "end"), cut: .init(first: "c"),
            lists: [.init(first: 1, second: .init(first: 2))], unevaluated: .init(rest: [3]))
        #expect(
            String(decoding: arrays.jsonBytes(), as: UTF8.self)
                == #"{"tuple":["a",1,true],"pair":[null,"b"],"titled":["k",1,null,"end"],"cut":["c"],"lists":[[1,[2]]],"unevaluated":[null,3]}"#
        )
        #expect(arrays.titled?.rest2 == nil && arrays.tuple?.rest == [true])
    }

    @Test("Additional and pattern properties are kept and checked")
    func additionalProperties() throws {
        try Self.expect(Schemas.Labelled.self, #"{"name":"a","x":1,"y":2}"#, "valid")
        try Self.expect(Schemas.Labelled.self, #"{"name":"a","x":-1,"y":"2"}"#, "x value_error, y type_error.integer")
        let labelled = Schemas.Labelled(name: "a", additionalProperties: ["name": 1, "x": 2])
        #expect(String(decoding: labelled.jsonBytes(), as: UTF8.self) == #"{"name":"a","x":2}"#)
        try Self.expect(Schemas.Open.self, #"{"name":"a","x":[null]}"#, "valid")
        try Self.expect(Schemas.Patterned.self, #"{"name":"a","x-a":1}"#, "valid")
        try Self.expect(Schemas.Patterned.self, #"{"x-a":"1","y":1}"#, "x-a type_error.integer, y value_error")
    }

    @Test(
        "Names and numbers of properties are checked",
        arguments: [
            (#"{"byPattern":{"x-a":1}}"#, "valid"), (#"{"byPattern":{"y":1}}"#, "byPattern.y value_error.str.regex"),
            (#"{"byPattern":{"x-a":"1"}}"#, "byPattern.x-a type_error.integer"),
            (#"{"byPatterns":{"x-a":1,"y-a":"a","z":null}}"#, "valid"),
            (#"{"byPatterns":{"y-a":1}}"#, "byPatterns.y-a type_error.string"), (#"{"names":{"ab":1}}"#, "valid"),
            (#"{"names":{"abc":1}}"#, "names.abc value_error"), (#"{"sized":{"a":1}}"#, "valid"),
            (#"{"sized":{}}"#, "sized value_error"), (#"{"sized":{"a":1,"b":1,"c":1}}"#, "sized value_error"),
            (#"{"empty":{}}"#, "valid"), (#"{"empty":{"a":1}}"#, "empty.a value_error"),
        ])
    func names(text: String, wanted: String) throws { try Self.expect(Schemas.Headers.self, text, wanted) }

    @Test(
        "Required and dependent members are checked",
        arguments: [
            (#"{"b":1}"#, "valid"), (#"{}"#, "value_error"), (#"{"a":1,"b":2}"#, "valid"),
            (#"{"a":1}"#, "b value_error.missing"),
            (#"{"b":5,"c":1}"#, "valid"), (#"{"b":4,"c":1}"#, "b value_error"),
            (#"{"a":1,"c":1}"#, "b value_error.missing, value_error"), (#"{"bb":1}"#, "bb value_error"),
        ])
    func restrictions(text: String, wanted: String) throws { try Self.expect(Schemas.Restricted.self, text, wanted) }

    @Test(
        "'if', 'then' and 'else' are checked",
        arguments: [
            (#"{"kind":"us","zip":"12345","known":1}"#, "valid"),
            (#"{"kind":"us","known":1}"#, "zip value_error.missing"),
            (#"{"kind":"us","zip":"1","known":1}"#, "zip value_error.str.regex"),
            (#"{"kind":"de","known":1}"#, "valid"),
            (#"{"kind":"de","zip":"1","known":1}"#, "zip value_error"),
            (#"{"kind":"de"}"#, "known value_error.missing"),
        ])
    func conditions(text: String, wanted: String) throws { try Self.expect(Schemas.Conditional.self, text, wanted) }

    @Test("'allOf' becomes one type that checks all parts")
    func merged() throws {
        try Self.expect(Schemas.Dog.self, #"{"name":"a","bark":"b","age":9}"#, "valid")
        try Self.expect(
            Schemas.Dog.self, #"{"name":"","age":"9"}"#,
            "name value_error, age type_error.integer, bark value_error.missing")
        try Self.expect(Schemas.Dog.self, #"{"name":"abcdef","bark":"b"}"#, "name value_error")
        try Self.expect(Schemas.Puppy.self, #"{"name":"a","bark":"b","age":1,"toys":2}"#, "valid")
        try Self.expect(Schemas.Puppy.self, #"{"name":"a","bark":"b","age":2,"x":2}"#, "age value_error, x value_error")
        try Self.expect(Schemas.ClosedParts.self, #"{"a":1,"b":5,"c":6}"#, "valid")
        try Self.expect(Schemas.ClosedParts.self, #"{"a":1,"b":4,"c":1}"#, "c value_error, b value_error")
        try Self.expect(Schemas.Sealed.self, #"{"a":1,"b":2}"#, "valid")
        try Self.expect(Schemas.Sealed.self, #"{"c":2}"#, "value_error")
        try Self.expect(Schemas.Sibling.self, #"{"name":"ab"}"#, "valid")
        try Self.expect(
            Schemas.Sibling.self, #"{"name":"abc","dog":{"name":"a","bark":"b"}}"#,
            "name value_error, dog.age value_error.missing")
    }

    @Test("'unevaluatedProperties' refuses only properties that no part has evaluated")
    func unevaluated() throws {
        #expect(try Self.read(Schemas.Sealed.self, #"{"b":1,"x":2}"#) == "x value_error")
    }

    @Test("Read-only and write-only members are read, written and required in their direction only")
    func directions() throws {
        let all = #"{"id":1,"password":"p","name":"n"}"#
        #expect(try Self.read(Schemas.Account.self, all, direction: .request) == #"{"password":"p","name":"n"}"#)
        #expect(try Self.read(Schemas.Account.self, all, direction: .response) == #"{"id":1,"name":"n"}"#)
        #expect(
            try Self.read(Schemas.Account.self, #"{"name":"n"}"#, direction: .request) == "password value_error.missing"
        )
        #expect(try Self.read(Schemas.Account.self, #"{"name":"n"}"#, direction: .response) == "id value_error.missing")
        #expect(try Self.read(Schemas.Account.self, #"{"name":"n"}"#) == #"{"name":"n"}"#)
        let account = Schemas.Account(id: 1, password: "p", name: "n")
        #expect(String(decoding: account.jsonBytes(for: .request), as: UTF8.self) == #"{"password":"p","name":"n"}"#)
        #expect(String(decoding: account.jsonBytes(for: .response), as: UTF8.self) == #"{"id":1,"name":"n"}"#)
        #expect(String(decoding: account.jsonBytes(), as: UTF8.self) == all)
    }

    @Test("Members of every type have their defaults")
    func defaults() throws {
        let defaults = Schemas.Defaults_()
        #expect(
            defaults.text == #"a "b""# && defaults.colour == .red && defaults.level == ._2 && defaults.amount == 1.5)
        #expect(defaults.list == [1, 2] && defaults.named.name == "x" && defaults.byType == .array(["x"]))
        #expect(defaults.map == ["a": 1] && defaults.nothing == nil && defaults.orNull == "x")
        // An absent member reads as its default, and is not written.
        #expect(defaults.textIfGiven == nil && defaults.orNullIfGiven == .absent)
        #expect(try Self.read(Schemas.Defaults_.self, "{}") == "{}")
        var given = defaults
        given.level = ._2
        given.orNull = nil
        #expect(given != defaults && given.levelIfGiven == ._2 && given.orNullIfGiven == .null)
        #expect(String(decoding: given.jsonBytes(), as: UTF8.self) == #"{"level":2,"orNull":null}"#)
    }

    @Test("Members with colliding or reserved Swift names are read and written")
    func swiftNames() throws {
        let text =
            #"{"a-b":1,"a_b":2,"aB":3,"type":4,"Type":5,"self":6,"init":7,"hashValue":8,"value":9,"1st":10,"additionalProperties":11,"":12,"*":13,"名前":14,"ETag":15,"HTTP_STATUS":16,"more":"x"}"#
        try Self.expect(Schemas.Names.self, text, "valid")
        var names = Schemas.Names()
        names.a_b = 1
        names.Type2 = 2
        names.self_ = 3
        names.additionalProperties = ["x": "y"]
        names.additionalProperties2 = 4
        names.httpStatus = 5
        #expect(
            String(decoding: names.jsonBytes(), as: UTF8.self)
                == #"{"a_b":1,"Type":2,"self":3,"additionalProperties":4,"HTTP_STATUS":5,"x":"y"}"#)
        #expect(Schemas.Type_(error: .init(message: "m")).error?.message == "m")
        #expect(Schemas.Self_(string: .a).string == .a && Schemas.named(other: true).other == true)
    }

    @Test("Deprecated members are read and written without a compiler warning")
    func deprecated() throws {
        try Self.expect(
            Schemas.Old.self,
            #"{"old":"a","json":"b","new":"c","fixed":"x","record":{"next":{},"tags":{"a":"b"}},"records":[{}],"colour":"blue","code":1}"#,
            "valid")
        try Self.expect(Schemas.Old.self, #"{"fixed":"y","record":1}"#, "fixed value_error, record type_error.dict")
        let old = Schemas.Old(record: .init(next: .init(), tags: .init(a: "b")), colour: .red, code: 1)
        #expect(
            String(decoding: old.jsonBytes(), as: UTF8.self)
                == #"{"fixed":"x","record":{"next":{},"tags":{"a":"b"}},"colour":"red","code":1}"#)
    }

    @Test("Deprecated components keep their type names, marked as deprecated")
    @available(*, deprecated)
    func deprecatedTypes() throws {
        try Self.expect(Schemas.OldRecord.self, #"{"next":{"tags":{}}}"#, "valid")
        try Self.expect(Schemas.OldList.self, "[[],[[]]]", "valid")
        #expect(try Self.read(Schemas.OldOrNew.self, #""red""#) == #""red""#)
        let record: Schemas.OldRecord = .init(tags: Schemas.OldRecordTags(a: "b"))
        #expect(Schemas.Old(record: record).record == record)
        #expect(Schemas.Old().fixed == "x")
    }
}
