public import ContractJSON

/// The problems that have been found in a message.
///
/// Decoders add problems without knowing their location in the message. Each caller puts its own step in front of the
/// problems that were added since its `mark`. So a valid message needs no work for locations.
///
/// The first ``maximumCount`` problems are kept, and the others are counted. So a message with any number of problems
/// never takes more memory than its own size, nor more time than a valid one.
public struct ValidationProblems: Sendable, Hashable {
    /// The direction of a message: request or response.
    public typealias Direction = JSONWriter.Direction

    /// The maximum number of problems that are kept.
    public static let maximumCount = 100
    /// The limit on the problems as JSON, in bytes. The problem that counts the others is not included.
    private static let maximumSize = 60 << 10

    /// The first problems.
    public private(set) var list: [ValidationProblem] = []
    /// The number of problems, including those that are not in ``list``.
    public private(set) var count = 0
    /// The direction of the message, if it is known. Members that are `readOnly` or `writeOnly` belong to one
    /// direction.
    public internal(set) var direction: Direction?
    /// The results of decoding other alternatives, while a value is decoded as alternatives of a union.
    var memoTable: MemoTable?

    /// Creates an empty list of problems for a message of a direction.
    public init(direction: Direction? = nil) {
        self.direction = direction
    }

    /// Whether there are no problems.
    public var isEmpty: Bool { count == 0 }

    /// The number of problems so far. Pass it to ``prefix(_:since:)`` and ``foundNone(since:)`` later.
    public var mark: Int { count }

    /// Whether there are no new problems since `mark`.
    public func foundNone(since mark: Int) -> Bool { count == mark }

    /// Adds a problem.
    ///
    /// - Parameter message: evaluated only if the problem is kept.
    public mutating func add(_ kind: ValidationProblem.Kind, _ message: @autoclosure () -> String) {
        if count < Self.maximumCount { list.append(ValidationProblem(kind, message())) }
        count += 1
    }

    /// Adds a problem, which is created only if it is kept.
    public mutating func add(_ problem: @autoclosure () -> ValidationProblem) {
        if count < Self.maximumCount { list.append(problem()) }
        count += 1
    }

    /// Counts problems without details.
    mutating func add(further: Int) {
        count += further
    }

    /// Adds the problem that a required member, parameter or body is missing.
    public mutating func addMissing(_ path: String...) {
        add(ValidationProblem(.missing, "field required", at: path.map { .name($0) }))
    }

    /// The kept problems since `mark`.
    func listed(since mark: Int) -> ArraySlice<ValidationProblem> { list[min(mark, list.count)...] }

    /// Removes the problems since `mark`.
    mutating func removeAll(since mark: Int) {
        list.removeSubrange(min(mark, list.count)...)
        count = mark
    }

    /// Puts a name in front of the location of each problem since `mark`.
    @inlinable
    public mutating func prefix(_ name: @autoclosure () -> String, since mark: Int) {
        if mark < list.count { prefix(.name(name()), since: mark) }
    }

    @usableFromInline
    mutating func prefix(_ step: ValidationProblem.Step, since mark: Int) {
        for index in mark..<list.count {
            list[index].location.insert(step, at: 0)
        }
    }
}

extension ValidationProblems {
    /// Whether both have the same problems and the same direction.
    public static func == (left: Self, right: Self) -> Bool {
        left.list == right.list && left.count == right.count && left.direction == right.direction
    }

    /// Hashes the problems and the direction.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(list)
        hasher.combine(count)
        hasher.combine(direction)
    }
}

extension ValidationProblems: JSONEncodable {
    /// Writes `{"detail":[{"loc":[…],"msg":"…","type":"…"}]}` with at most 64 KiB. If there are too many problems, or
    /// more than ``maximumCount``, the last entry gives the number of the others.
    public func encode(to json: inout JSONWriter) {
        json.beginObject()
        json.key("detail")
        json.beginArray()
        var written = 0
        var size = 0
        for problem in list {
            let text = problem.jsonBytes()
            size += text.count + 1
            guard size <= Self.maximumSize else { break }
            json.writeRaw(text)
            written += 1
        }
        if written < count { furtherProblems(count - written).encode(to: &json) }
        json.endArray()
        json.endObject()
    }

    private func furtherProblems(_ number: Int) -> ValidationProblem {
        let place = list.first?.location.first.map { [$0] } ?? []
        return ValidationProblem(.other, number == 1 ? "1 further problem" : "\(number) further problems", at: place)
    }
}

extension ValidationProblems: CustomStringConvertible {
    /// All problems in one line: `body.type field required; body.metadata value is not a valid dict`.
    public var description: String {
        let further = count - list.count
        return (list.map(\.description) + (further > 0 ? ["\(further) more"] : [])).joined(separator: "; ")
    }
}
