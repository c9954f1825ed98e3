import ArgumentParser
import ContractJSON
import HeksherDomain

/// A value on the command line: JSON, or a bare word where the type of the setting makes clear that it is a string.
struct ValueArgument: ExpressibleByArgument {
    let text: String

    init(argument: String) {
        text = argument
    }

    /// The value for a type. JSON that fits the type has precedence, then the text as a string.
    ///
    /// - Parameter type: `nil` if it is unknown; then a text that is not JSON is a string.
    /// - Throws: ``Refusal`` if neither fits.
    func value(for type: SettingType?) throws -> JSONValue {
        let json = Result { () throws(JSONError) -> JSONValue in try JSONValue(parsing: text) }
        let string = JSONValue(text)
        guard let type else { return (try? json.get()) ?? string }
        if case .success(let value) = json, type.admits(value) { return value }
        // A quotation mark begins JSON, so the text is JSON with a mistake.
        if type.admits(string), !text.hasPrefix("\"") { return string }
        switch json {
        case .success: throw Refusal(.refused, "\(text) does not fit the type \(type)")
        case .failure(let error):
            let isWord = text.first.map { $0.isLetter || $0.isNumber } ?? false
            throw Refusal(
                .refused,
                "\(text) does not fit the type \(type)" + (isWord ? "" : ", and is not JSON: \(error.message)"))
        }
    }
}

extension SettingType {
    /// The type that the service stores with a setting; `nil` if this program does not know it.
    init?(stored text: String) {
        guard let type = try? SettingType(parsing: text) else { return nil }
        self = type
    }
}
