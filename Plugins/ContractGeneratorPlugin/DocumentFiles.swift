import Foundation

/// The files of a document, so that a change to any of them generates Swift again.
///
/// Plugins must list the inputs before the generator runs, and cannot read YAML. So every text that looks like a reference to an
/// existing file counts. An additional file does no harm.
enum DocumentFiles {
    static func all(of document: URL) -> [URL] {
        var files = [document.standardizedFileURL]
        var index = 0
        while index < files.count {
            let folder = files[index].deletingLastPathComponent()
            let text = (try? String(contentsOf: files[index], encoding: .utf8)) ?? ""
            for path in references(in: text) {
                let file = folder.appending(path: path).standardizedFileURL
                if !files.contains(file), FileManager.default.fileExists(atPath: file.path()) { files.append(file) }
            }
            index += 1
        }
        return files
    }

    /// The paths in `$ref: path#/pointer`, `"$ref": "path"` and the like.
    static func references(in text: String) -> Set<String> {
        let reference = /\$ref["']?\s*:\s*["']?(?<path>[^"'#\s,}\]]+)/
        return Set(text.matches(of: reference).map { String($0.path).removingPercentEncoding ?? String($0.path) })
    }
}
