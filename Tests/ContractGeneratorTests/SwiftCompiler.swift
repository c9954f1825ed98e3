import ContractGenerator
import Foundation
import Testing

/// Type-checks emitted Swift with the runtime that the tests were built with.
enum SwiftCompiler {
    /// Writes the emitted files, and returns the ones that contain declarations.
    static func write(_ files: [Generator.File], to folder: URL) throws -> [URL] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try files.map { file in
            let url = folder.appending(path: file.name)
            try Data(file.text.utf8).write(to: url)
            return url
        }
    }

    /// Type-checks several modules, two at a time, with warnings as errors.
    ///
    /// - Returns: the compiler's messages for the modules that do not compile.
    static func check(
        _ modules: [(name: String, files: [URL])], _ arguments: [String] = []
    ) throws -> [(name: String, messages: String)] {
        var failures: [(name: String, messages: String)] = []
        var running: [(name: String, process: Process, output: URL)] = []
        func finish(_ item: (name: String, process: Process, output: URL)) throws {
            item.process.waitUntilExit()
            guard item.process.terminationStatus != 0 else { return }
            failures.append((item.name, try String(contentsOf: item.output, encoding: .utf8)))
        }
        for module in modules {
            if running.count == 2 { try finish(running.removeFirst()) }
            let output = try #require(module.files.first).deletingLastPathComponent().appending(path: "messages")
            #expect(FileManager.default.createFile(atPath: output.path(percentEncoded: false), contents: nil))
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments =
                [
                    "nice", "swiftc", "-typecheck", "-swift-version", "6", "-warnings-as-errors", "-module-name",
                    "Emitted",
                ]
                + ["-package-name", "emitted", "-I", modulesFolder.path(percentEncoded: false)] + arguments
                + module.files.map { $0.path(percentEncoded: false) }
            let handle = try FileHandle(forWritingTo: output)
            process.standardOutput = handle
            process.standardError = handle
            try process.run()
            running.append((module.name, process, output))
        }
        for item in running { try finish(item) }
        return failures
    }

    /// The folder in which SwiftPM puts the modules of the package.
    private static var modulesFolder: URL { GeneratorTests.root.appending(path: ".build/debug/Modules") }
}
