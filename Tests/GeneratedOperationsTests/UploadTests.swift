import ContractRuntime
import Testing

/// The response describes the body that has arrived.
private struct Uploads: UploadsAPI {
    /// Lets a handler wait after the first chunk.
    var afterFirstChunk: @Sendable () async throws -> Void = {}

    func uploadBytes(_ input: UploadBytes.Input) async throws -> UploadBytes.Output {
        guard let body = input.body else { return .ok(.plainText("nothing")) }
        let (name, bytes) =
            switch body {
            case .binary(let bytes): ("binary", bytes)
            case .anyImage(let bytes): ("image", bytes)
            }
        var (count, sum) = (0, 0)
        for try await chunk in bytes {
            if count == 0 { try await afterFirstChunk() }
            count += chunk.count
            sum = chunk.reduce(sum) { $0 &* 31 &+ Int($1) }
        }
        return .ok(.plainText("\(name) \(bytes.contentType ?? "none") \(count) \(sum)"))
    }

    func uploadForm(_ input: UploadForm.Input) async throws -> UploadForm.Output {
        var told: [String] = []
        try await input.body.forEachPart { part in
            var description = "\(part.name) \(part.fileName ?? "none") \(part.contentType ?? "none")"
            // The rest of this part is skipped.
            if part.name == "skipped" {
                _ = try await part.next()
            } else {
                description += " " + String(decoding: try await part.collect(upTo: 1 << 20), as: UTF8.self)
            }
            told.append(description)
        }
        return .ok(.plainText(told.joined(separator: "; ")))
    }
}

@Suite struct UploadTests {
    private static let routes = API.routes(uploads: Uploads())

    /// Chunks of 64 KiB.
    private static func chunks(_ count: Int, _ progress: Progress = Progress()) -> ByteStream {
        let numbers = Numbers(count: count, progress: progress)
        return ByteStream(numbers.map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 1 << 16) })
    }

    private static func check(_ client: Client) async throws {
        // More than the limit of other bodies.
        let large = try await client.uploadBytes(.init(body: .binary(chunks(100)))).ok
        #expect(large.hasPrefix("binary application/octet-stream \(100 << 16) "))
        let picture = ByteStream(Array("GIF".utf8), contentType: "image/gif")
        #expect(try await client.uploadBytes(.init(body: .anyImage(picture))).ok.hasPrefix("image image/gif 3 "))
        #expect(try await client.uploadBytes(.init()).ok == "nothing")
        let form = MultipartStream([
            .init("title", text: "a\r\n--b"), .init("skipped", chunks(40), fileName: "\"é\""),
            .init("picture", picture, fileName: "p.gif", contentType: "image/gif"), .init("empty", text: ""),
        ])
        #expect(
            try await client.uploadForm(.init(body: form)).ok
                == "title none none a\r\n--b; skipped \"é\" none; picture p.gif image/gif GIF; empty none none ")
    }

    @Test("Streamed bodies arrive unchanged in the same process and over HTTP")
    func arrives() async throws {
        try await Self.check(Client(InProcessTransport(Self.routes)))
        try await serving(Self.routes, maximumBodySize: 1000) { try await Self.check($0) }
    }

    @Test("A client does not send much more of a body than the handler reads")
    func backPressure() async throws {
        let (progress, read) = (Progress(), Progress())
        var uploads = Uploads()
        uploads.afterFirstChunk = {
            try await Task.sleep(for: .milliseconds(500))
            // Buffers between client and server hold some megabytes of the gigabyte.
            #expect(progress.count < 1 << 10)
            read.advance()
            throw CancellationError()
        }
        try await serving(API.routes(uploads: uploads)) { client in
            _ = try? await client.uploadBytes(.init(body: .binary(Self.chunks(1 << 14, progress))))
        }
        #expect(read.count == 1)
    }

    /// The parts of a form that arrives in pieces of `size` bytes.
    private static func parts(_ text: String, size: Int) async throws -> [String] {
        let bytes = Array(text.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
        let (chunks, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        for piece in pieces { continuation.yield(piece) }
        continuation.finish()
        var request = APIRequest(method: .post, path: "/uploads/form")
        request.headerFields[.contentType] = "multipart/form-data; boundary=b"
        request.stream = ByteStream(chunks)
        let response = try await InProcessTransport(routes).send(request)
        return ["\(response.status.code)", String(decoding: response.body, as: UTF8.self)]
    }

    @Test(
        "Forms are read part by part as RFC 7578 requires, with any division into pieces",
        arguments: [
            (
                "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\n",
                ["200", "a none none 1"]
            ),
            (
                "preamble\r\n--b  \r\nContent-Type: text/x\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\n\r\n--c\r\n--b\r\ncontent-disposition:form-data;name=b\r\n\r\n\r\n--b--epilogue",
                ["200", "a f text/x \r\n--c; b none none "]
            ),
            ("--b--", ["200", ""]),
            ("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--", ["200", "a none none "]),
            ("", ["422", "the last boundary is missing"]), ("--b", ["422", "the last boundary is missing"]),
            ("--bxy", ["422", "a boundary is followed by something else than a line end"]),
            ("--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--", ["422", "a part has no name"]),
            (
                "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b--",
                ["422", "a part of a form has the disposition 'form-data'"]
            ),
            (
                "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--",
                ["422", "the last boundary is missing"]
            ),
            ("--b\r\nContent", ["422", "a part has no header that an empty line ends"]),
        ], [1, 2, 3, 7, 1000])
    func parts(example: (String, [String]), size: Int) async throws {
        let found = try await Self.parts(example.0, size: size)
        #expect(found[0] == example.1[0])
        if found[0] == "200" {
            #expect(found[1] == example.1[1])
        } else {
            #expect(found[1].contains(example.1[1]))
        }
    }

    @Test("A body without a boundary is refused, and a large header ends the form")
    func refused() async throws {
        var request = APIRequest(method: .post, path: "/uploads/form")
        request.headerFields[.contentType] = "multipart/form-data"
        request.stream = ByteStream(Array("--b--".utf8))
        #expect(try await InProcessTransport(Self.routes).send(request).status == .unprocessableContent)
        let header = "--b\r\nX-A: \(String(repeating: "a", count: 17 << 10))\r\n\r\n"
        #expect(try await Self.parts(header, size: 1000)[1].contains("a part has no header"))
    }
}
