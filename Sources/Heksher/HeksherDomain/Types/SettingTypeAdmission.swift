public import ContractJSON

extension SettingType {
    /// Whether a value fits the type. One pass over its text decides it.
    ///
    /// A number beyond the range of a double fits no type. In an object, every member counts, also one whose name is repeated later.
    public func admits(_ value: JSONValue) -> Bool {
        var reader = JSONReader(value)
        // The value is valid JSON, but it may be nested deeper than the reader allows. No type has such values.
        guard let admitted = try? admits(next: &reader) else { return false }
        return admitted
    }

    /// Reads the next value, or only as much of it as is necessary to find that it does not fit. The depth of recursion is that of the
    /// type, at most ``maximumDepth``.
    private func admits(next reader: inout JSONReader) throws(JSONError) -> Bool {
        switch (self, try reader.peek()) {
        case (.int, .number):
            let number = try reader.readNumber()
            return number.isInteger && number.isRepresentableAsDouble
        case (.float, .number):
            return try reader.readNumber().isRepresentableAsDouble
        case (.str, .string):
            try reader.skip()
            return true
        case (.bool, .bool):
            try reader.skip()
            return true
        case (.enum(let options), .string), (.enum(let options), .number), (.enum(let options), .bool):
            guard let option = try Option(next: &reader) else { return false }
            return options.values.contains(option)
        case (.flags(let options), .array):
            var seen: Set<Option> = []
            try reader.beginArray()
            while try reader.nextElement() {
                guard let option = try Option(next: &reader), options.values.contains(option),
                    seen.insert(option).inserted
                else { return false }
            }
            return true
        case (.sequence(let element), .array):
            try reader.beginArray()
            while try reader.nextElement() {
                guard try element.admits(next: &reader) else { return false }
            }
            return true
        case (.mapping(let element), .object):
            try reader.beginObject()
            while try reader.nextKey() != nil {
                guard try element.admits(next: &reader) else { return false }
            }
            return true
        default:
            return false
        }
    }
}
