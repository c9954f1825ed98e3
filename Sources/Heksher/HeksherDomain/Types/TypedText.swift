import ContractJSON

extension SettingType {
    /// The text of a value for clients that distinguish integers from other numbers by their text: an `int` has no fraction and no
    /// exponent, and a `float` has one of them. Values of all other types keep their text.
    ///
    /// - Parameter text: the JSON text of a value of this type.
    public func typedText(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let first = text.first, first.isASCIIDigit || first == UInt8(ascii: "-") else { return text }
        switch self {
        case .int:
            if text.allSatisfy({ $0.isASCIIDigit }) { return text }
            let integer = JSONNumber(String(decoding: text, as: UTF8.self))?.integerText
            return integer.map { Array($0.utf8)[...] } ?? text
        case .float:
            let isMarked = text.contains { byte in
                byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
            }
            return isMarked ? text : text + ".0".utf8
        default: return text
        }
    }
}
