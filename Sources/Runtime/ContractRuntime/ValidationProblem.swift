public import ContractJSON

/// One violation of the contract in a message.
public struct ValidationProblem: Sendable, Hashable {
    /// A step of a location: a name, or an index from 0.
    public enum Step: Sendable, Hashable {
        /// The name of a member, a parameter or a part of the message.
        case name(String)
        /// The index of an element, from 0.
        case index(Int)
    }

    /// The kind of a problem, for programs. The texts never change.
    public enum Kind: String, Sendable, Hashable {
        /// A required member, parameter or body is missing.
        case missing = "value_error.missing"
        case notAnInteger = "type_error.integer"
        case notANumber = "type_error.float"
        case notAString = "type_error.string"
        case notABoolean = "type_error.bool"
        case notAnArray = "type_error.list"
        case notAnObject = "type_error.dict"
        /// A text does not match its regular expression.
        case pattern = "value_error.str.regex"
        /// An array has too few elements.
        case minItems = "value_error.list.min_items"
        /// An array contains equal elements.
        case uniqueItems = "value_error.list.unique_items"
        /// A text is not JSON.
        case malformedJSON = "value_error.jsondecode"
        /// Any other violation.
        case other = "value_error"
    }

    /// The path to the member, beginning with `body`, `query`, `path`, `header` or `cookie`.
    public var location: [Step]
    /// The kind of the problem.
    public var kind: Kind
    /// A sentence for people.
    public var message: String
    /// The position of the fault in malformed JSON.
    public var position: JSONError?

    /// Creates a problem. Callers put further steps in front of its location.
    public init(_ kind: Kind, _ message: String, at location: [Step] = [], position: JSONError? = nil) {
        self.location = location
        self.kind = kind
        self.message = message
        self.position = position
    }
}

extension ValidationProblem: JSONEncodable {
    /// The limit on a message, in bytes of UTF-8. A longer one is cut in its middle.
    private static let maximumMessageSize = 1024

    /// Writes the problem. The JSON always has less than 10 KiB, because long names and messages are cut.
    public func encode(to json: inout JSONWriter) {
        json.beginObject()
        json.key("loc")
        json.beginArray()
        for step in location.shortened() {
            switch step {
            case .name(let name): json.write(name)
            case .index(let index): json.write(index)
            }
        }
        json.endArray()
        json.key("msg")
        json.write(message.shortened(to: Self.maximumMessageSize))
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

extension [ValidationProblem.Step] {
    /// The limit on a name, in bytes of UTF-8. A longer one is cut in its middle.
    private static var maximumNameSize: Int { 120 }
    /// The limits on the first and on the last steps, in bytes of JSON, if some steps are left out.
    private static var maximumPartSize: Int { 190 }

    /// The steps with long names cut. If there are too many, the first and the last ones, with `…` between them.
    fileprivate func shortened() -> Self {
        let head = cut(self)
        guard head.count < count else { return head }
        let tail = cut(self[head.count...].reversed()).reversed()
        return head.count + tail.count == count ? head + tail : head + [.name("…")] + tail
    }

    /// As many steps as the limit allows, but at least one, with long names cut.
    private func cut(_ steps: some Sequence<Element>) -> Self {
        var kept: Self = []
        var size = 0
        for step in steps {
            let step = step.shortened(to: Self.maximumNameSize)
            size += step.size
            guard kept.isEmpty || size <= Self.maximumPartSize else { break }
            kept.append(step)
        }
        return kept
    }
}

extension ValidationProblem.Step {
    fileprivate func shortened(to limit: Int) -> Self {
        switch self {
        case .name(let name): .name(name.shortened(to: limit))
        case .index: self
        }
    }

    /// The size of the step in JSON and the comma after it, in bytes.
    fileprivate var size: Int {
        JSONWriter.bytes { json in
            switch self {
            case .name(let name): json.write(name)
            case .index(let index): json.write(index)
            }
        }.count + 1
    }
}

extension ValidationProblem: CustomStringConvertible {
    /// The location and the message: `body.type field required`.
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
