public import JSON
public import JSONSchema

// What JSON and the text of parameters have in common: a value is made of either, then held against its constraints.

extension String: JSONEncodable {
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

    /// Reads a string that the contract fixes: the keyword `const`.
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems, constant: String
    ) throws(JSONError) -> String? {
        guard let text = try decode(from: &json, problems: &problems) else { return nil }
        return decode(text: text, problems: &problems, constant: constant)
    }

    public static func decode(
        text: String, problems: inout ValidationProblems, constant: String
    ) -> String? {
        if text == constant { return text }
        problems.add(.other, "value is not '\(constant)'")
        return nil
    }

    /// Lengths count Unicode code points (JSON Schema Validation 2020-12 §6.3).
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

    public func encode(to json: inout JSONWriter) { json.write(self) }
}

extension Int: JSONEncodable {
    /// Any number without a fractional part is an integer (JSON Schema Core 2020-12 §4.2.3), so `1.0` is.
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems,
        minimum: Int = .min, maximum: Int = .max, multipleOf divisor: Int = 1
    ) throws(JSONError) -> Int? {
        guard try json.peek() == .number else {
            try json.refuse(.notAnInteger, "value is not a valid integer", &problems)
            return nil
        }
        guard let value = try json.readInt() else {
            problems.add(.notAnInteger, "value is not a valid integer")
            return nil
        }
        return value.checked(minimum, maximum, divisor, &problems)
    }

    /// Decimal digits with an optional minus sign; no plus sign, fraction, exponent or white space.
    public static func decode(
        text: String, problems: inout ValidationProblems,
        minimum: Int = .min, maximum: Int = .max, multipleOf divisor: Int = 1
    ) -> Int? {
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), text != "-0", let value = Int(text) else {
            problems.add(.notAnInteger, "value is not a valid integer")
            return nil
        }
        return value.checked(minimum, maximum, divisor, &problems)
    }

    private func checked(
        _ minimum: Int, _ maximum: Int, _ divisor: Int, _ problems: inout ValidationProblems
    ) -> Int? {
        if self >= minimum, self <= maximum, divisor == 1 || isMultiple(of: divisor) { return self }
        if self < minimum { problems.add(.other, "ensure this value is greater than or equal to \(minimum)") }
        if self > maximum { problems.add(.other, "ensure this value is less than or equal to \(maximum)") }
        if !isMultiple(of: divisor) { problems.add(.other, "ensure this value is a multiple of \(divisor)") }
        return nil
    }

    public func encode(to json: inout JSONWriter) { json.write(self) }
}

extension Double: JSONEncodable {
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

    /// A number as JSON writes it (RFC 8259 §6).
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

    public func encode(to json: inout JSONWriter) { json.write(self) }
}

extension Bool: JSONEncodable {
    public static func decode(
        from json: inout JSONReader, problems: inout ValidationProblems
    ) throws(JSONError) -> Bool? {
        guard try json.peek() == .bool else {
            try json.refuse(.notABoolean, "value could not be parsed to a boolean", &problems)
            return nil
        }
        return try json.readBool()
    }

    /// Reads `true`/`false`, `1`/`0`, `yes`/`no`, `on`/`off`, `t`/`f`, `y`/`n` in any letter case.
    public static func decode(text: String, problems: inout ValidationProblems) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": return true
        case "false", "0", "no", "off", "f", "n": return false
        default:
            problems.add(.notABoolean, "value could not be parsed to a boolean")
            return nil
        }
    }

    public func encode(to json: inout JSONWriter) { json.write(self) }
}
