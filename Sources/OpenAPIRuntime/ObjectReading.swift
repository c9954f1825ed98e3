public import JSON

// What generated decoders of objects, of tuples and of unions call.

extension JSONReader {
    /// Enters an object; anything else is consumed and refused.
    public mutating func beginObject(orRefuse problems: inout ValidationProblems) throws(JSONError) -> Bool {
        guard try peek() == .object else {
            try refuse(.notAnObject, "value is not a valid dict", &problems)
            return false
        }
        try beginObject()
        return true
    }

    /// Enters an array; anything else is consumed and refused.
    public mutating func beginArray(orRefuse problems: inout ValidationProblems) throws(JSONError) -> Bool {
        guard try peek() == .array else {
            try refuse(.notAnArray, "value is not a valid list", &problems)
            return false
        }
        try beginArray()
        return true
    }

    /// Consumes the value of a member that the contract does not know.
    public mutating func skipUnknownMember(_ name: JSONKey, problems: inout ValidationProblems) throws(JSONError) {
        let mark = problems.mark
        _ = try JSONValue.decode(from: &self, problems: &problems)
        problems.prefix(name.string, since: mark)
    }

    /// Reads a value as an alternative of a union if it is a valid one; else nothing is consumed.
    ///
    /// - Parameters:
    ///   - number: of the alternative.
    ///   - problems: those of the message, which stay as they are.
    public mutating func attempt<Value: Sendable>(
        _ number: Int, of union: Any.Type, _ problems: ValidationProblems, _ decode: DecodeJSON<Value>
    ) throws(JSONError) -> Value? {
        let attempts = problems.attempts ?? Attempts()
        let attempt = Attempts.Attempt(union: ObjectIdentifier(union), number: number, offset: offset)
        if let outcome = attempts[attempt] {
            guard let success = outcome as? Attempts.Success<Value> else { return nil }
            self = success.reader
            return success.value
        }
        var ahead = self
        var attempted = ValidationProblems(direction: problems.direction)
        attempted.attempts = attempts
        guard let value = try decode(&ahead, &attempted) else {
            attempts[attempt] = Attempts.Failure()
            return nil
        }
        attempts[attempt] = Attempts.Success(value: value, reader: ahead)
        self = ahead
        return value
    }

    /// The value ahead as an alternative of a union, if it is a valid one, without consuming anything.
    public func peekValid<Value: Sendable>(
        _ number: Int, of union: Any.Type, _ problems: ValidationProblems, _ decode: DecodeJSON<Value>
    ) throws(JSONError) -> Value? {
        var ahead = self
        return try ahead.attempt(number, of: union, problems, decode)
    }

    /// Whether the value ahead is of one of these kinds, without consuming anything.
    public mutating func peek(isOneOf kinds: JSONKind...) throws(JSONError) -> Bool {
        kinds.contains(try peek())
    }

    /// Whether the value ahead is a number without a fractional part, without consuming anything.
    public func peekInteger() throws(JSONError) -> Bool {
        var ahead = self
        guard try ahead.peek() == .number else { return false }
        return try ahead.readNumber().isInteger
    }

    /// Whether the value ahead is an object that has a member, without consuming anything.
    public func peekMember(_ name: StaticString) throws(JSONError) -> Bool {
        var ahead = self
        return try ahead.enterMember(name)
    }

    /// Whether the value ahead is an object that has a member of one of these values, without consuming anything.
    public func peekMember(_ name: StaticString, is values: String...) throws(JSONError) -> Bool {
        var ahead = self
        guard try ahead.enterMember(name), try ahead.peek() == .string else { return false }
        return values.contains(try ahead.readString())
    }

    /// Whether the value ahead is an object that has a member of one of these kinds, without consuming anything.
    public func peekMember(_ name: StaticString, of kinds: JSONKind...) throws(JSONError) -> Bool {
        var ahead = self
        guard try ahead.enterMember(name) else { return false }
        return kinds.contains(try ahead.peek())
    }

    /// Whether the value ahead is an object that has an integer as a member, without consuming anything.
    public func peekIntegerMember(_ name: StaticString) throws(JSONError) -> Bool {
        var ahead = self
        guard try ahead.enterMember(name) else { return false }
        return try ahead.peekInteger()
    }

    /// The value of the member that tells the alternatives of a union apart, without consuming anything; `nil` after having added
    /// why there is none.
    public func peekDiscriminator(
        _ name: StaticString, problems: inout ValidationProblems
    ) throws(JSONError) -> String? {
        var ahead = self
        guard try ahead.peek() == .object else {
            problems.add(.notAnObject, "value is not a valid dict")
            return nil
        }
        guard try ahead.enterMember(name) else {
            problems.addMissing("\(name)")
            return nil
        }
        guard try ahead.peek() == .string else {
            problems.add(ValidationProblem(.notAString, "value is not a string", at: [.name("\(name)")]))
            return nil
        }
        return try ahead.readString()
    }

    private mutating func enterMember(_ name: StaticString) throws(JSONError) -> Bool {
        guard try peek() == .object else { return false }
        try beginObject()
        while let key = try nextKey() {
            if name ~= key { return true }
            try skip()
        }
        return false
    }

    /// Consumes a value that is not of the type the contract asks for.
    @usableFromInline
    mutating func refuse(
        _ kind: ValidationProblem.Kind, _ message: String, _ problems: inout ValidationProblems
    ) throws(JSONError) {
        try skip()
        problems.add(kind, message)
    }
}

extension ValidationProblems {
    /// Adds that a member is missing, unless it was there and has been found wrong.
    public mutating func addMissing(_ name: String, unlessReportedSince mark: Int) {
        guard !list[mark...].contains(where: { $0.location.first == .name(name) }) else { return }
        addMissing(name)
    }

    /// Adds that none of some sets of members is there, unless one of them has been found wrong.
    public mutating func addMissing(anyOf sets: [[String]], unlessReportedSince mark: Int) {
        let reported = list[mark...].compactMap(\.location.first)
        guard !sets.joined().contains(where: { reported.contains(.name($0)) }) else { return }
        add(.other, "one of these is required: " + sets.map { $0.joined(separator: " and ") }.joined(separator: ", "))
    }
}
