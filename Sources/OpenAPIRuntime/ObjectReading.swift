public import JSON

// What generated decoders of objects and of unions call.

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

    /// Consumes the value of a member that the contract does not know.
    public mutating func skipUnknownMember(_ name: JSONKey, problems: inout ValidationProblems) throws(JSONError) {
        let mark = problems.mark
        _ = try JSONValue.decode(from: &self, problems: &problems)
        problems.prefix(name.string, since: mark)
    }

    /// Reads a value if it is valid; else nothing is consumed.
    public mutating func attempt<Value>(_ decode: DecodeJSON<Value>) throws(JSONError) -> Value? {
        var ahead = self
        var problems = ValidationProblems()
        guard let value = try decode(&ahead, &problems) else { return nil }
        self = ahead
        return value
    }

    /// Whether the value ahead is an object that has a member, without consuming anything.
    public func peekMember(_ name: StaticString) throws(JSONError) -> Bool {
        var ahead = self
        return try ahead.enterMember(name)
    }

    /// Whether the value ahead is an object that has a member of this value, without consuming anything.
    public func peekMember(_ name: StaticString, is value: String) throws(JSONError) -> Bool {
        var ahead = self
        guard try ahead.enterMember(name), try ahead.peek() == .string else { return false }
        return try ahead.readString() == value
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
