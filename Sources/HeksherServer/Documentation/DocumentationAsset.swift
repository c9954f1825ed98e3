import Crypto

/// A file that the documentation pages load, by a name that tells its content apart from any other.
struct DocumentationAsset: Sendable {
    /// `swagger-ui.css`
    let name: String
    /// `swagger-ui.0123456789abcdef.css`; the same as the name where others refer to it, as to a licence.
    let fileName: String
    let compressed: [UInt8]

    /// A file that comes with the program.
    init(name: String, _ body: [UInt8]) {
        self.name = name
        let hash = SHA256.hash(data: body).prefix(8).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        fileName = (parts.dropLast() + [Substring(hash.joined())] + parts.suffix(1)).joined(separator: ".")
        compressed = Gzip.compress(body)
    }

    /// A file that was prepared: its name is that of the content, then `.gz`.
    init?(preparedFileName file: String, _ compressed: [UInt8]) {
        var parts = file.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.popLast() == "gz", parts.count > 1 else { return nil }
        fileName = parts.joined(separator: ".")
        if Self.isHash(parts[parts.count - 2]) { parts.remove(at: parts.count - 2) }
        name = parts.joined(separator: ".")
        self.compressed = compressed
    }

    private static func isHash(_ text: Substring) -> Bool {
        text.utf8.count == 16 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// From a page.
    var path: String { "assets/\(fileName)" }

    var content: StaticContent {
        StaticContent(
            compressed: compressed, contentType: contentType, caching: name == fileName ? .revalidated : .forever)
    }

    private var contentType: String {
        switch name.split(separator: ".").last {
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "text/plain; charset=utf-8"
        }
    }
}

extension [DocumentationAsset] {
    /// Where a page finds the file of this name; its own name if it is not there.
    func path(_ name: String) -> String { first { $0.name == name }?.path ?? name }

    /// What comes with the program: the pages' scripts, style and icon.
    static let own: [DocumentationAsset] = [
        DocumentationAsset(name: "icon.svg", PackageResources.icon_svg),
        DocumentationAsset(name: "pages.css", PackageResources.pages_css),
        DocumentationAsset(name: "start-redoc.js", PackageResources.start_redoc_js),
        DocumentationAsset(name: "start-swagger-ui.js", PackageResources.start_swagger_ui_js),
    ]
}
