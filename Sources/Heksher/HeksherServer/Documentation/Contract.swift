import ContractJSON
import HTTPGuard
import HeksherAPI

/// The contract as a document: its file, the same as JSON, and some of its members.
enum Contract {
    static let json = bytes(API.documentJSON)
    static let yaml = bytes(API.documentYAML)

    /// An operation for people.
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

    /// A form of the contract whose server is below a prefix.
    ///
    /// - Parameter document: ``json`` or ``yaml``.
    static func document(_ document: [UInt8], servedAt prefix: PathPrefix) -> [UInt8] {
        // In both forms, the first URL after 'servers' is the server's, and it is '/'. A prefix needs no escaping in either.
        for (start, end) in [(#""servers":[{"url":"/"#, #"""#), ("\nservers:\n  - url: /", "\n")] {
            guard let range = document.firstRange(of: Array((start + end).utf8)) else { continue }
            let server = String(start.dropLast()) + prefix.text + end
            return document[..<range.lowerBound] + Array(server.utf8) + document[range.upperBound...]
        }
        return document
    }

    /// Parsed again for each use, because uses are rare, and the result need not stay in memory.
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
