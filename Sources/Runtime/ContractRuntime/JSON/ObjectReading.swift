public import ContractJSON

// Generated decoders of objects, tuples and unions call these functions.

extension JSONReader {
    /// Enters an object. If the next value is not an object, it consumes the value, adds a problem and returns `false`.
    public mutating func beginObject(orRefuse problems: inout ValidationProblems) throws(JSONError) -> Bool {
        guard try peek() == .object else {
            try refuse(.notAnObject, "value is not a valid dict", &problems)
            return false
        }
        try beginObject()
        return true
    }

    /// Enters an array. If the next value is not an array, it consumes the value, adds a problem and returns `false`.
    public mutating func beginArray(orRefuse problems: inout ValidationProblems) throws(JSONError) -> Bool {
        guard try peek() == .array else {
            try refuse(.notAnArray, "value is not a valid list", &problems)
            return false
        }
        try beginArray()
        return true
    }

    /// Consumes the value of an unknown member.
    public mutating func skipUnknownMember(_ name: JSONKey, problems: inout ValidationProblems) throws(JSONError) {
        let mark = problems.mark
        _ = try JSONValue.decode(from: &self, problems: &problems)
        problems.prefix(name.string, since: mark)
    }

    /// Decodes a value as an alternative of a union. If it is not valid, this consumes nothing and returns `nil`.
    ///
    /// - Parameters:
    ///   - number: the index of the alternative.
    ///   - problems: the problems of the message, which do not change.
    public mutating func attempt<Value: Sendable>(
        _ number: Int, of union: Any.Type, _ problems: ValidationProblems, _ decode: DecodeJSON<Value>
    ) throws(JSONError) -> Value? {
        let memoTable = problems.memoTable ?? MemoTable()
        let key = MemoTable.Key(union: ObjectIdentifier(union), number: number, offset: offset)
        if let outcome = memoTable[key] {
            guard let success = outcome as? MemoTable.Success<Value> else { return nil }
            self = success.reader
            return success.value
        }
        var ahead = self
        var attempted = ValidationProblems(direction: problems.direction)
        attempted.memoTable = memoTable
        guard let value = try decode(&ahead, &attempted) else {
            memoTable[key] = MemoTable.Failure()
            return nil
        }
        memoTable[key] = MemoTable.Success(value: value, reader: ahead)
        self = ahead
        return value
    }

    /// Decodes the next value as an alternative of a union, without consuming it; `nil` if it is not valid.
    public func peekValid<Value: Sendable>(
        _ number: Int, of union: Any.Type, _ problems: ValidationProblems, _ decode: DecodeJSON<Value>
    ) throws(JSONError) -> Value? {
        var ahead = self
        return try ahead.attempt(number, of: union, problems, decode)
    }

    /// Whether the next value is of one of these kinds. This consumes nothing.
    public mutating func peek(isOneOf kinds: JSONKind...) throws(JSONError) -> Bool {
        kinds.contains(try peek())
    }

    /// Whether the next value is a number without a fractional part. This consumes nothing.
    public func peekInteger() throws(JSONError) -> Bool {
        var ahead = self
        guard try ahead.peek() == .number else { return false }
        return try ahead.readNumber().isInteger
    }

    /// Whether the next value is an object with this member. This consumes nothing.
    public func peekMember(_ name: StaticString) throws(JSONError) -> Bool {
        var ahead = self
        return try ahead.enterMember(name)
    }

    /// Whether the next value is an object in which this member has one of these values. This consumes nothing.
    public func peekMember(_ name: StaticString, is values: String...) throws(JSONError) -> Bool {
        var ahead = self
        guard try ahead.enterMember(name), try ahead.peek() == .string else { return false }
        return values.contains(try ahead.readString())
    }

    /// Whether the next value is an object in which this member is of one of these kinds. This consumes nothing.
    public func peekMember(_ name: StaticString, of kinds: JSONKind...) throws(JSONError) -> Bool {
        var ahead = self
        guard try ahead.enterMember(name) else { return false }
        return kinds.contains(try ahead.peek())
    }

    /// Whether the next value is an object in which this member is an integer. This consumes nothing.
    public func peekIntegerMember(_ name: StaticString) throws(JSONError) -> Bool {
        var ahead = self
        guard try ahead.enterMember(name) else { return false }
        return try ahead.peekInteger()
    }

    /// The text of a member of an object; `nil` if the value is not an object or the member is not a string. This
    /// consumes nothing.
    public func peekText(of name: StaticString) throws(JSONError) -> String? {
        var ahead = self
        guard try ahead.enterMember(name), try ahead.peek() == .string else { return nil }
        return try ahead.readString()
    }

    /// The value of the discriminator, which identifies the alternative of a union. This consumes nothing. If there is
    /// no such value, it adds a problem and returns `nil`.
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

    /// Consumes a value that does not have the contract's type, and adds a problem.
    @usableFromInline
    mutating func refuse(
        _ kind: ValidationProblem.Kind, _ message: String, _ problems: inout ValidationProblems
    ) throws(JSONError) {
        try skip()
        problems.add(kind, message)
    }
}

extension ValidationProblems {
    /// Adds the problem that a member is missing, unless the member was present but invalid.
    public mutating func addMissing(_ name: String, unlessReportedSince mark: Int) {
        guard !listed(since: mark).contains(where: { $0.location.first == .name(name) }) else { return }
        addMissing(name)
    }

    /// Adds the problem that no set of members is complete, unless a member of the sets was present but invalid.
    public mutating func addMissing(anyOf sets: [[String]], unlessReportedSince mark: Int) {
        let reported = listed(since: mark).compactMap(\.location.first)
        guard !sets.joined().contains(where: { reported.contains(.name($0)) }) else { return }
        add(.other, "one of these is required: " + sets.map { $0.joined(separator: " and ") }.joined(separator: ", "))
    }
}
