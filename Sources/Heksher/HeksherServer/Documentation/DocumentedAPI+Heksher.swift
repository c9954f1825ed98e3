package import DocumentationPages
import HeksherAPI

extension DocumentedAPI {
    /// The API of Heksher.
    package static let heksher = DocumentedAPI(
        name: "Heksher", version: HeksherApplication.version, json: bytes(API.documentJSON),
        yaml: bytes(API.documentYAML), directoryVariable: EnvironmentVariable.pagesDirectory.name)

    private static func bytes(_ text: StaticString) -> [UInt8] { text.withUTF8Buffer { Array($0) } }
}
