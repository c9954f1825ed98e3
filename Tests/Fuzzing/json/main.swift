import ContractJSON
import ContractRuntime
// Any bytes are JSON or refused, and Foundation agrees. A value that is read is written with the same text, also the
// bodies of the contract.
import Foundation
import Fuzzing
import HeksherAPI

func rebuilt(_ value: JSONValue) -> JSONValue {
    switch value.content {
    case .null: nil
    case .bool(let bool): JSONValue(bool)
    case .number(let number): JSONValue(number)
    case .string(let text): JSONValue(text)
    case .array(let elements): JSONValue(array: elements.map(rebuilt))
    case .object(let members): JSONValue(object: members.map { ($0.key, rebuilt($0.value)) })
    }
}

func numbers(in value: JSONValue) -> [JSONNumber] {
    switch value.content {
    case .number(let number): [number]
    case .array(let elements): elements.flatMap(numbers)
    case .object(let members): members.flatMap { numbers(in: $0.value) }
    case .null, .bool, .string: []
    }
}

func check(_ value: JSONValue) {
    for other in [value.compacted(), rebuilt(value)] {
        expect(other == value && other.hashValue == value.hashValue, "\(value) became \(other)")
        expect((try? JSONValue(parsing: Array(other.bytes))) == value, "\(other) is no JSON")
    }
    expect(rebuilt(rebuilt(value)).bytes == rebuilt(value).bytes)
    let numbers = numbers(in: value).prefix(8)
    for number in numbers {
        if let int = number.int {
            expect(
                number.isInteger && JSONNumber(int) == number && Int(exactly: number.double.rounded()) != nil
                    || number.double.magnitude >= 0x1p63, "\(number)")
        }
        for other in numbers {
            let relations = [number < other, number == other, number > other]
            expect(relations.count { $0 } == 1, "\(number) and \(other)")
            expect(number == other || (number < other) == (other > number))
            if number < other { expect(number.double <= other.double, "\(number) < \(other)") }
        }
    }
}

/// Whether Foundation has to agree. Foundation reads more than RFC 8259 allows: it detects other encodings of Unicode,
/// allows deeper nesting and a comma after the last element or member, and refuses numbers that are out of its range.
func isComparable(_ bytes: [UInt8], _ value: JSONValue?, _ error: JSONError?) -> Bool {
    if bytes.prefix(4).contains(0) || bytes.prefix(2).contains(where: { $0 >= 0xEF }) { return false }
    if let error {
        let isTrailingComma = error.offset < bytes.count && "]}".utf8.contains(bytes[error.offset])
        if isTrailingComma || error.message.hasSuffix("levels") { return false }
    }
    return value.map { numbers(in: $0).allSatisfy { $0.text.utf8.count < 16 && $0.exponent.magnitude < 100 } } ?? true
}

func agree(_ value: JSONValue, _ other: Any) -> Bool {
    switch value.content {
    case .null: return other is NSNull
    case .bool(let bool): return other as? Bool == bool
    case .number(let number): return (other as? NSNumber)?.doubleValue == number.double
    case .string(let text): return (other as? String).map { $0.utf8.elementsEqual(text.utf8) } ?? false
    case .array(let elements):
        guard let others = other as? [Any] else { return false }
        return others.count == elements.count && zip(elements, others).allSatisfy(agree)
    case .object(let members):
        guard let others = other as? [String: Any] else { return false }
        // If names are repeated, only one of the members counts. Foundation also treats canonically equivalent names as
        // repeated.
        guard Set(members.map(\.key)).count == members.count else { return true }
        return others.count == members.count
            && members.allSatisfy { others[$0.key].map { [value = $0.value] in agree(value, $0) } ?? false }
    }
}

func checkBody<Body: JSONDecodable & JSONEncodable & Equatable>(_: Body.Type, _ bytes: [UInt8]) {
    let read = { (bytes: [UInt8]) in
        var problems = ValidationProblems()
        let body: Body? = APIRequest(method: .post, path: "/", body: bytes)
            .decodeJSONBody(required: true, problems: &problems) { json, problems throws(JSONError) in
                try Body.decode(from: &json, problems: &problems)
            }
        expect((body == nil) == !problems.isEmpty, "a body and problems, or neither: \(problems.list)")
        return (body, problems)
    }
    let (body, problems) = read(bytes)
    guard let body else {
        let refusal = APIResponse.invalid(problems).body
        expect((try? JSONValue(parsing: refusal)) != nil, "no JSON: \(String(decoding: refusal, as: UTF8.self))")
        return
    }
    let written = body.jsonBytes()
    expect(read(written).0 == body, "it became \(String(decoding: written, as: UTF8.self))")
}

fuzz { bytes in
    var value: JSONValue?
    var refusal: JSONError?
    do throws(JSONError) {
        value = try JSONValue(parsing: bytes)
    } catch {
        expect((0...bytes.count).contains(error.offset), "\(error)")
        refusal = error
    }
    if let value { check(value) }
    if isComparable(bytes, value, refusal) {
        let other = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        expect(
            (value == nil) == (other == nil),
            "Foundation: \(other ?? "refused"), here: \(refusal.map { "\($0)" } ?? "read")")
        if let value, let other { expect(agree(value, other), "\(value) is \(other)") }
    }
    checkBody(Schemas.SettingDeclaration.self, bytes)
    checkBody(Schemas.NewRule.self, bytes)
    checkBody(Schemas.SettingMetadataChange.self, bytes)
    checkBody(Schemas.ContextFeatureMove.self, bytes)
    checkBody(Schemas.DeclarationOutcome.self, bytes)
    checkBody(Schemas.QueryResult.self, bytes)
}
