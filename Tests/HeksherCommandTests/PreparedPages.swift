import Foundation

/// A directory with the files that the documentation pages load, as `make pages` prepares them. The files are empty.
final class PreparedPages {
    static let style = "swagger-ui.0123456789abcdef.css"
    /// Empty data, compressed with gzip.
    private static let nothing = Data([
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ])

    let directory: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(
            path: "heksher-pages-\(UUID().uuidString.prefix(8))"
        ).path()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for file in [
            Self.style, "swagger-ui-bundle.0123456789abcdef.js", "redoc.standalone.0123456789abcdef.js",
            "redoc.LICENSE.txt",
        ] {
            try Self.nothing.write(to: URL(filePath: "\(directory)/\(file).gz"))
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }
}
