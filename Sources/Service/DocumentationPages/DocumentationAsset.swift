import HTTPRepresentation

/// A file that the documentation pages load, with a name that contains a hash of its content.
struct DocumentationAsset: Sendable {
    /// `swagger-ui.css`
    let name: String
    /// `swagger-ui.0123456789abcdef.css`; equal to the name if other files refer to it by that, such as a licence.
    let fileName: String
    let compressed: [UInt8]

    /// A file that is part of the program.
    init(name: String, _ body: [UInt8]) {
        self.name = name
        let hash = SHA256Digest(of: body).hexadecimal(prefix: 8)
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        fileName = (parts.dropLast() + [Substring(hash)] + parts.suffix(1)).joined(separator: ".")
        compressed = Gzip.compress(body)
    }

    /// A prepared file: its name is that of the content, followed by `.gz`.
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

    /// The path relative to a page.
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
    /// The path of the file with this name; the name itself if there is no such file.
    func path(_ name: String) -> String { first { $0.name == name }?.path ?? name }

    /// The files in the program: the pages' scripts, style and icon.
    static let own: [DocumentationAsset] = [
        DocumentationAsset(name: "accessibility.js", PackageResources.accessibility_js),
        DocumentationAsset(name: "home.js", PackageResources.home_js),
        DocumentationAsset(name: "icon.svg", PackageResources.icon_svg),
        DocumentationAsset(name: "pages.css", PackageResources.pages_css),
        DocumentationAsset(name: "start-redoc.js", PackageResources.start_redoc_js),
        DocumentationAsset(name: "start-swagger-ui.js", PackageResources.start_swagger_ui_js),
    ]
}
