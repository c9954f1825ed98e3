public import ContractJSON
public import ContractSchema

// JSON values and the texts of parameters share these functions: they create a value and check its constraints.

extension String: JSONEncodable {
    /// Decodes a string from JSON and checks its constraints. Lengths count Unicode code points.
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems,
        pattern: Pattern? = nil, minLength: Int = 0, maxLength: Int? = nil, format: StringFormat? = nil
    ) throws(JSONError) -> String? {
        guard try json.peek() == .string else {
            try json.refuse(.notAString, "value is not a string", &problems)
            return nil
        }
        return decode(
            text: try json.readString(), problems: &problems,
            pattern: pattern, minLength: minLength, maxLength: maxLength, format: format)
    }

    /// Decodes a string that must have one value (`const`).
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems, constant: String
    ) throws(JSONError) -> String? {
        guard let text = try decode(from: &json, problems: &problems) else { return nil }
        return decode(text: text, problems: &problems, constant: constant)
    }

    /// Checks that a text has the value of `const`.
    public static func decode(
        text: String, problems: inout ValidationProblems, constant: String
    ) -> String? {
        if text == constant { return text }
        problems.add(.other, "value is not '\(constant)'")
        return nil
    }

    /// Checks the constraints of a text. Lengths count Unicode code points (JSON Schema Validation 2020-12 §6.3).
    public static func decode(
        text: String, problems: inout ValidationProblems,
        pattern: Pattern? = nil, minLength: Int = 0, maxLength: Int? = nil, format: StringFormat? = nil
    ) -> String? {
        let mark = problems.mark
        if let pattern, !pattern.matches(text) {
            problems.add(.pattern, "string does not match regex \"\(pattern.source)\"")
        }
        if minLength > 0 || maxLength != nil {
            let length = text.unicodeScalars.count
            if length < minLength { problems.add(.other, "ensure this value has at least \(minLength) characters") }
            if let maxLength, length > maxLength {
                problems.add(.other, "ensure this value has at most \(maxLength) characters")
            }
        }
        if let format, !format.admits(text) { problems.add(.other, "value is not \(format.description)") }
        return problems.foundNone(since: mark) ? text : nil
    }

    /// Writes a JSON string.
    public func encode(to json: inout JSONWriter) { json.write(self) }
}

extension Int: JSONEncodable {
    /// Decodes an integer from JSON and checks its constraints. Any number without a fractional part is an integer,
    /// including `1.0` (JSON Schema Core 2020-12 §4.2.3).
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems,
        minimum: Int = .min, maximum: Int = .max, multipleOf divisor: Int = 1
    ) throws(JSONError) -> Int? {
        guard try json.beginsInteger(&problems) else { return nil }
        return try json.readInt().checked(minimum, maximum, divisor, "value is not a valid integer", &problems)
    }

    /// Decodes an integer from decimal digits, with an optional minus sign. It refuses plus signs, fractions, exponents
    /// and white space.
    public static func decode(
        text: String, problems: inout ValidationProblems,
        minimum: Int = .min, maximum: Int = .max, multipleOf divisor: Int = 1
    ) -> Int? {
        Int(decimalDigits: text).checked(minimum, maximum, divisor, "value is not a valid integer", &problems)
    }

    /// Writes a JSON number.
    public func encode(to json: inout JSONWriter) { json.write(self) }
}

extension JSONReader {
    /// Whether the next value is a number. If not, this skips it and adds a problem.
    @inline(__always)
    fileprivate mutating func beginsInteger(_ problems: inout ValidationProblems) throws(JSONError) -> Bool {
        if try peek() == .number { return true }
        try refuse(.notAnInteger, "value is not a valid integer", &problems)
        return false
    }
}

extension FixedWidthInteger {
    /// `nil` if the text has a plus sign, is `-0`, or is not a number of this type.
    @inline(__always)
    fileprivate init?(decimalDigits text: String) {
        guard text.utf8.first != UInt8(ascii: "+"), text != "-0" else { return nil }
        self.init(text)
    }
}

extension Optional where Wrapped: FixedWidthInteger {
    /// The value, if there is one, and if it satisfies the constraints. Otherwise, this adds at least one problem.
    ///
    /// - Parameter missing: the problem if there is no value.
    @inline(__always)
    fileprivate func checked(
        _ minimum: Wrapped, _ maximum: Wrapped, _ divisor: Wrapped, _ missing: @autoclosure () -> String,
        _ problems: inout ValidationProblems
    ) -> Wrapped? {
        guard let value = self else {
            problems.add(.notAnInteger, missing())
            return nil
        }
        if value >= minimum, value <= maximum, divisor == 1 || value.isMultiple(of: divisor) { return value }
        if value < minimum { problems.add(.other, "ensure this value is greater than or equal to \(minimum)") }
        if value > maximum { problems.add(.other, "ensure this value is less than or equal to \(maximum)") }
        if !value.isMultiple(of: divisor) { problems.add(.other, "ensure this value is a multiple of \(divisor)") }
        return nil
    }
}

extension UInt64: JSONEncodable {
    /// Decodes a JSON number. Any number without a fractional part is an integer (JSON Schema Core 2020-12 §4.2.3), also
    /// `1.0`.
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems,
        minimum: UInt64 = .min, maximum: UInt64 = .max, multipleOf divisor: UInt64 = 1
    ) throws(JSONError) -> UInt64? {
        guard try json.beginsInteger(&problems) else { return nil }
        return try json.readUInt64().checked(
            minimum, maximum, divisor, "value is not an integer from 0 to \(UInt64.max)", &problems)
    }

    /// Decodes decimal digits. A sign, a fraction, an exponent or white space is a problem.
    public static func decode(
        text: String, problems: inout ValidationProblems,
        minimum: UInt64 = .min, maximum: UInt64 = .max, multipleOf divisor: UInt64 = 1
    ) -> UInt64? {
        UInt64(decimalDigits: text).checked(
            minimum, maximum, divisor, "value is not an integer from 0 to \(UInt64.max)", &problems)
    }

    /// Writes a JSON number.
    public func encode(to json: inout JSONWriter) { json.write(self) }
}

extension Double: JSONEncodable {
    /// Decodes a number from JSON and checks its constraints.
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems,
        minimum: Double = -.greatestFiniteMagnitude, maximum: Double = .greatestFiniteMagnitude,
        exclusiveMinimum: Double = -.infinity, exclusiveMaximum: Double = .infinity
    ) throws(JSONError) -> Double? {
        guard try json.peek() == .number else {
            try json.refuse(.notANumber, "value is not a valid number", &problems)
            return nil
        }
        return try json.readDouble().checked(minimum, maximum, exclusiveMinimum, exclusiveMaximum, &problems)
    }

    /// Decodes a number that is written as in JSON (RFC 8259 §6).
    public static func decode(
        text: String, problems: inout ValidationProblems,
        minimum: Double = -.greatestFiniteMagnitude, maximum: Double = .greatestFiniteMagnitude,
        exclusiveMinimum: Double = -.infinity, exclusiveMaximum: Double = .infinity
    ) -> Double? {
        guard let number = JSONNumber(text) else {
            problems.add(.notANumber, "value is not a valid number")
            return nil
        }
        return number.double.checked(minimum, maximum, exclusiveMinimum, exclusiveMaximum, &problems)
    }

    private func checked(
        _ minimum: Double, _ maximum: Double, _ exclusiveMinimum: Double, _ exclusiveMaximum: Double,
        _ problems: inout ValidationProblems
    ) -> Double? {
        if self >= minimum, self <= maximum, self > exclusiveMinimum, self < exclusiveMaximum { return self }
        if self < minimum { problems.add(.other, "ensure this value is greater than or equal to \(minimum)") }
        if self > maximum { problems.add(.other, "ensure this value is less than or equal to \(maximum)") }
        guard isFinite else { return nil }
        if self <= exclusiveMinimum { problems.add(.other, "ensure this value is greater than \(exclusiveMinimum)") }
        if self >= exclusiveMaximum { problems.add(.other, "ensure this value is less than \(exclusiveMaximum)") }
        return nil
    }

    /// Writes a JSON number.
    public func encode(to json: inout JSONWriter) { json.write(self) }
}

extension Bool: JSONEncodable {
    /// Decodes `true` or `false` from JSON.
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems
    ) throws(JSONError) -> Bool? {
        guard try json.peek() == .bool else {
            try json.refuse(.notABoolean, "value could not be parsed to a boolean", &problems)
            return nil
        }
        return try json.readBool()
    }

    /// Decodes `true`/`false`, `1`/`0`, `yes`/`no`, `on`/`off`, `t`/`f` or `y`/`n`, in upper or lower case.
    public static func decode(text: String, problems: inout ValidationProblems) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": return true
        case "false", "0", "no", "off", "f", "n": return false
        default:
            problems.add(.notABoolean, "value could not be parsed to a boolean")
            return nil
        }
    }

    /// Writes `true` or `false`.
    public func encode(to json: inout JSONWriter) { json.write(self) }
}
