import ContractJSON
import HTTPGuard

/// An API whose documentation a service shows: its OpenAPI document in both forms, and some members of it.
package struct DocumentedAPI: Sendable {
    /// The name of the service, as the pages show it: `Heksher`.
    package let name: String
    /// The version of the service: `1.0.0`.
    package let version: String
    /// The OpenAPI document as JSON.
    package let json: [UInt8]
    /// The OpenAPI document as YAML.
    package let yaml: [UInt8]
    /// The variable that names the directory of Swagger UI and Redoc, for the pages that describe how to install them.
    package let directoryVariable: String
    /// The document's summary, one sentence.
    package let summary: String
    /// In the document's order.
    let operations: [Operation]
    /// The document in both forms, compressed once for all services of the process.
    let contents: (json: DocumentContent, yaml: DocumentContent)

    package init(name: String, version: String, json: [UInt8], yaml: [UInt8], directoryVariable: String) {
        self.name = name
        self.version = version
        self.json = json
        self.yaml = yaml
        self.directoryVariable = directoryVariable
        let document = try? JSONValue(parsing: json)
        summary = Self.text(Self.member("summary", of: Self.member("info", of: document))) ?? ""
        operations = Self.operations(Self.member("paths", of: document))
        contents = (
            DocumentContent(json, contentType: "application/json"),
            DocumentContent(yaml, contentType: "application/yaml")
        )
    }

    /// An operation for people.
    struct Operation {
        /// `GET`
        var method: String
        var path: String
        var id: String
        var summary: String
    }

    private static func operations(_ paths: JSONValue?) -> [Operation] {
        members(paths).flatMap { path, item in
            members(item).compactMap { method, operation -> Operation? in
                guard let id = text(member("operationId", of: operation)) else { return nil }
                let summary = text(member("summary", of: operation)) ?? ""
                return Operation(method: method.uppercased(), path: path, id: id, summary: summary)
            }
        }
    }

    /// A form of the document whose server is below a prefix.
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
