import ContractJSON
import Fuzzing

/// A response of RFC 9112, read by a strict parser.
struct ParsedResponse {
    let status: Int
    /// The names are in lower case.
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    var isInterim: Bool { status < 200 }
    var endsConnection: Bool { values(of: "connection").contains { $0.lowercased() == "close" } }

    func values(of name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Takes a response from the front of the bytes that a client received.
    ///
    /// - Parameter isToHead: whether it is a response to `HEAD`, so that it has no body, regardless of its header
    ///   fields.
    init(from bytes: inout ArraySlice<UInt8>, isToHead: Bool) {
        let line = Self.line(&bytes)
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0", words[1].utf8.count == 3,
            let status = Int(words[1])
        else { fatalError("no status line: \(line)") }
        var fields: [(name: String, value: String)] = []
        while true {
            let line = Self.line(&bytes)
            guard !line.isEmpty else { break }
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { fatalError("no field: \(line)") }
            let name = line[..<colon]
            expect(
                !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }, line)
            fields.append((name.lowercased(), line[colon...].dropFirst().trimmingPrefix { $0 == " " }.description))
        }
        self.status = status
        self.fields = fields
        func values(of name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
        let lengths = values(of: "content-length")
        let codings = values(of: "transfer-encoding")
        expect(lengths.count + codings.count <= 1, "how long is the body? \(fields)")
        if status < 200 || status == 204 {
            expect(lengths.isEmpty && codings.isEmpty, "a body to \(status)")
            body = []
        } else if isToHead || status == 304 {
            body = []
        } else if let length = lengths.first.flatMap({ Int($0) }) {
            expect(length <= bytes.count, "the body is cut off")
            body = Array(bytes.prefix(length))
            bytes = bytes.dropFirst(length)
        } else {
            expect(codings == ["chunked"], "how long is the body? \(fields)")
            body = Self.chunks(&bytes)
        }
        if status >= 200, !isToHead, values(of: "content-type") == ["application/json"],
            values(of: "content-encoding").isEmpty
        {
            expect((try? JSONValue(parsing: body)) != nil, "no JSON: \(String(decoding: body, as: UTF8.self))")
        }
    }

    private static func chunks(_ bytes: inout ArraySlice<UInt8>) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let size = line(&bytes)
            guard let size = Int(size, radix: 16), size <= bytes.count else { fatalError("no chunk: \(size)") }
            body += bytes.prefix(size)
            bytes = bytes.dropFirst(size)
            expect(line(&bytes).isEmpty, "a chunk has no end")
            if size == 0 { return body }
        }
    }

    private static func line(_ bytes: inout ArraySlice<UInt8>) -> String {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\r")), bytes[(end + 1)...].first == UInt8(ascii: "\n") else {
            fatalError("a line without an end: \(String(decoding: bytes, as: UTF8.self))")
        }
        let line = bytes[..<end]
        expect(!line.contains { $0 < 0x20 && $0 != 0x09 }, "a line with control characters: \(line)")
        bytes = bytes[(end + 2)...]
        return String(decoding: line, as: UTF8.self)
    }
}
