import HeksherAPI
import JSON

/// The contract as a document: its file, the same as JSON, and what it says of itself.
enum Contract {
    static let json = bytes(API.documentJSON)
    static let yaml = bytes(API.documentYAML)

    /// What an operation is called.
    struct Operation {
        /// `GET`
        var method: String
        var path: String
        var id: String
        var summary: String
    }

    /// One sentence.
    static let summary = text(member("summary", of: member("info", of: document))) ?? ""

    /// In the document's order.
    static let operations = members(member("paths", of: document)).flatMap { path, item in
        members(item).compactMap { method, operation -> Operation? in
            guard let id = text(member("operationId", of: operation)) else { return nil }
            let summary = text(member("summary", of: operation)) ?? ""
            return Operation(method: method.uppercased(), path: path, id: id, summary: summary)
        }
    }

    /// Read anew each time: what is wanted of it is little, and it need not stay.
    private static var document: JSONValue? { try? JSONValue(parsing: json) }

    private static func bytes(_ text: StaticString) -> [UInt8] { text.withUTF8Buffer { Array($0) } }

    private static func members(_ value: JSONValue?) -> [(key: String, value: JSONValue)] {
        if case .object(let members)? = value?.content { members } else { [] }
    }

    private static func member(_ name: String, of value: JSONValue?) -> JSONValue? {
        members(value).first { $0.key == name }?.value
    }

    private static func text(_ value: JSONValue?) -> String? {
        if case .string(let text)? = value?.content { text } else { nil }
    }
}
