import PosixSupport

/// Generates a Swift table of numbered SQL files: `embed-sql OUTPUT 0001_first.sql 0002_second.sql …`
@main
struct EmbedSQL {
    struct Failure: Error {
        var message: String
    }

    static func main() {
        do throws(Failure) {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            let line = Array("\(error.message)\n".utf8)
            _ = PosixSupport.write(STDERR_FILENO, line, line.count)
            exit(1)
        }
    }

    static func run(_ arguments: [String]) throws(Failure) {
        guard let output = arguments.first else { throw Failure(message: "usage: embed-sql OUTPUT FILE...") }
        var table = "let embeddedMigrations: [(number: Int, name: String, sql: String)] = [\n"
        for (index, path) in arguments.dropFirst().enumerated() {
            let (number, name) = try parse(path)
            guard number == index + 1 else {
                throw Failure(
                    message:
                        "\(path): error: migrations are numbered from 1 without gaps, so this is number \(index + 1)")
            }
            table += "    (\(number), \"\(name)\", \(literal(try read(path)))),\n"
        }
        try write(table + "]\n", to: output)
    }

    /// The number and the name in a file's name: `0001_settings.sql` is migration 1, `settings`.
    private static func parse(_ path: String) throws(Failure) -> (number: Int, name: String) {
        let file = path.split(separator: "/").last ?? ""
        let digits = file.prefix(4)
        let name = file.dropFirst(5).dropLast(4)
        guard file.hasSuffix(".sql"), file.dropFirst(4).first == "_", let number = Int(digits), !name.isEmpty,
            name.utf8.allSatisfy({
                $0 == UInt8(ascii: "_") || ($0 | 0x20) &- UInt8(ascii: "a") < 26 || $0 &- UInt8(ascii: "0") < 10
            })
        else { throw Failure(message: "\(path): error: a migration is named like 0001_settings.sql") }
        return (number, String(name))
    }

    private static func literal(_ text: String) -> String {
        var pounds = "#"
        while text.contains("\"" + pounds) || text.contains("\\" + pounds) { pounds += "#" }
        return "\(pounds)\"\"\"\n\(text)\n\"\"\"\(pounds)"
    }

    private static func read(_ path: String) throws(Failure) -> String {
        guard let file = fopen(path, "rb") else { throw failure(path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ text: String, to path: String) throws(Failure) {
        guard let file = fopen(path, "wb") else { throw failure(path) }
        let count = fwrite(text, 1, text.utf8.count, file)
        guard fclose(file) == 0, count == text.utf8.count else { throw failure(path) }
    }

    private static func failure(_ path: String) -> Failure {
        Failure(message: "\(path): error: \(String(cString: strerror(errno)))")
    }
}
