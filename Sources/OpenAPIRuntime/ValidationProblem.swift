public import JSON

/// One way in which a message breaks its contract.
public struct ValidationProblem: Sendable, Hashable {
    /// A step from the message to the offending member: a name, or an index counted from zero.
    public enum Step: Sendable, Hashable {
        case name(String)
        case index(Int)
    }

    /// What a program can tell problems apart by. The texts are stable.
    public enum Kind: String, Sendable, Hashable {
        case missing = "value_error.missing"
        case notAnInteger = "type_error.integer"
        case notANumber = "type_error.float"
        case notAString = "type_error.string"
        case notABoolean = "type_error.bool"
        case notAnArray = "type_error.list"
        case notAnObject = "type_error.dict"
        case pattern = "value_error.str.regex"
        case minItems = "value_error.list.min_items"
        case uniqueItems = "value_error.list.unique_items"
        case malformedJSON = "value_error.jsondecode"
        case other = "value_error"
    }

    /// The way to the offending member, starting with `body`, `query`, `path`, `header` or `cookie`.
    public var location: [Step]
    public var kind: Kind
    /// A sentence for people.
    public var message: String
    /// Where malformed JSON was met.
    public var position: JSONError?

    public init(_ kind: Kind, _ message: String, at location: [Step] = [], position: JSONError? = nil) {
        self.location = location
        self.kind = kind
        self.message = message
        self.position = position
    }
}

/// All problems found so far in one message.
///
/// Decoders add problems where they meet them, without knowing where they stand; each caller puts its own step in front
/// of what was added since its `mark`. A valid message thus pays nothing for locations.
public struct ValidationProblems: Sendable, Hashable {
    public typealias Direction = JSONWriter.Direction

    public private(set) var list: [ValidationProblem] = []
    /// Where the message goes, if that is known: members that are only read or only written (`readOnly`, `writeOnly`) are in
    /// messages of one direction.
    public internal(set) var direction: Direction?
    /// Within an attempt to read a value as one of several alternatives: what came of others.
    var attempts: Attempts?

    public init(direction: Direction? = nil) {
        self.direction = direction
    }

    public var isEmpty: Bool { list.isEmpty }

    /// The number of problems so far, to be given to ``prefix(_:since:)`` and ``foundNone(since:)``.
    public var mark: Int { list.count }

    public func foundNone(since mark: Int) -> Bool { list.count == mark }

    public mutating func add(_ kind: ValidationProblem.Kind, _ message: String) {
        list.append(ValidationProblem(kind, message))
    }

    public mutating func add(_ problem: ValidationProblem) {
        list.append(problem)
    }

    /// A required member, parameter or body that is not there.
    public mutating func addMissing(_ path: String...) {
        list.append(ValidationProblem(.missing, "field required", at: path.map { .name($0) }))
    }

    /// Takes back what was added since `mark`.
    mutating func removeAll(since mark: Int) {
        list.removeSubrange(mark...)
    }

    /// Puts a name in front of the location of every problem added since `mark`.
    @inlinable
    public mutating func prefix(_ name: @autoclosure () -> String, since mark: Int) {
        if self.mark != mark { prefix(.name(name()), since: mark) }
    }

    @usableFromInline
    mutating func prefix(_ step: ValidationProblem.Step, since mark: Int) {
        for index in mark..<list.count {
            list[index].location.insert(step, at: 0)
        }
    }
}

extension ValidationProblems {
    public static func == (left: Self, right: Self) -> Bool {
        left.list == right.list && left.direction == right.direction
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(list)
        hasher.combine(direction)
    }
}

extension ValidationProblems: JSONEncodable {
    /// Writes `{"detail":[{"loc":[…],"msg":"…","type":"…"}]}`.
    public func encode(to json: inout JSONWriter) {
        json.beginObject()
        json.key("detail")
        json.beginArray()
        for problem in list { problem.encode(to: &json) }
        json.endArray()
        json.endObject()
    }
}

extension ValidationProblem: JSONEncodable {
    public func encode(to json: inout JSONWriter) {
        json.beginObject()
        json.key("loc")
        json.beginArray()
        for step in location {
            switch step {
            case .name(let name): json.write(name)
            case .index(let index): json.write(index)
            }
        }
        json.endArray()
        json.key("msg")
        json.write(message)
        json.key("type")
        json.write(kind.rawValue)
        if let position {
            json.key("ctx")
            json.beginObject()
            json.key("pos")
            json.write(position.offset)
            json.key("lineno")
            json.write(position.line)
            json.key("colno")
            json.write(position.column)
            json.endObject()
        }
        json.endObject()
    }
}

extension ValidationProblems: CustomStringConvertible {
    /// All problems in one line: `body.type field required; body.metadata value is not a valid dict`.
    public var description: String { list.map(\.description).joined(separator: "; ") }
}

extension ValidationProblem: CustomStringConvertible {
    /// Where and what: `body.type field required`.
    public var description: String {
        let place = location.map { step in
            switch step {
            case .name(let name): name
            case .index(let index): String(index)
            }
        }
        return "\(place.joined(separator: ".")) \(message)"
    }
}
