import ContractGenerator
// The generator accepts or refuses any text. Its output depends only on the text, and a refusal has an error.
import Fuzzing

struct NoSuchFile: Error {}

/// The generator's result for a text that may refer to itself as another file.
func generate(_ text: [UInt8]) -> Generator.Result {
    Generator.generate(text, file: "openapi.yaml") { path in
        guard path == "other.yaml" else { throw NoSuchFile() }
        return text
    }
}

fuzz { text in
    let result = generate(text)
    let errors = result.diagnostics.filter { $0.severity == .error }
    expect((result.files == nil) == !errors.isEmpty, "files and errors, or neither: \(errors)")
    let lines = text.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") || $0 >= 0x80 } + 2
    for diagnostic in result.diagnostics {
        guard let position = diagnostic.position else { continue }
        expect((1...lines).contains(position.line) && position.column > 0, "\(diagnostic)")
    }
    expect(generate(text).files == result.files, "other files the second time")
}
