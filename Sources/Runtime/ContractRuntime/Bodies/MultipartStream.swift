public import HTTPTypes

/// A form with files (`multipart/form-data`, RFC 7578) that is received or sent part by part. It may be larger than the
/// memory, because the reader determines the speed.
///
/// A server reads the parts in the order in which the client sends them:
///
/// ```swift
/// try await input.body.forEachPart { part in
///     if part.name == "title" {
///         title = String(decoding: try await part.collect(upTo: 1000), as: UTF8.self)
///     } else {
///         while let chunk = try await part.next() { try file.write(contentsOf: chunk) }
///     }
/// }
/// ```
///
/// A form that was received can be read once.
public struct MultipartStream: Sendable, Hashable {
    /// A part to send.
    public struct Part: Sendable, Hashable {
        /// The name of the part.
        public var name: String
        /// The name of the file; `nil` if the part is no file.
        public var fileName: String?
        /// The media type; `nil` for a text.
        public var contentType: String?
        /// The other header fields of the part.
        public var headerFields: HTTPFields = [:]
        /// The content.
        public var body: ByteStream

        /// Creates a part.
        public init(_ name: String, _ body: ByteStream, fileName: String? = nil, contentType: String? = nil) {
            self.name = name
            self.body = body
            self.fileName = fileName
            self.contentType = contentType
        }

        /// Creates a part that is a text.
        public init(_ name: String, text: String) {
            self.init(name, ByteStream(Array(text.utf8)))
        }
    }

    /// The reason why a body is not a valid form. If a handler throws it, the response is 422.
    public struct Malformation: Error, Hashable, CustomStringConvertible {
        var sentence: String

        /// A sentence.
        public var description: String { sentence }
    }

    private enum Source: Sendable, Hashable {
        case parts([Part])
        case received(ByteStream, boundary: String)
    }

    private let source: Source

    /// Creates a form to send.
    public init(_ parts: [Part]) {
        source = .parts(parts)
    }

    /// A form that is received.
    init(_ bytes: ByteStream, boundary: String) throws(Malformation) {
        guard (1...70).contains(boundary.utf8.count) else {
            throw Malformation(sentence: "the content type has no boundary of 1 to 70 characters")
        }
        source = .received(bytes, boundary: boundary)
    }

    /// Calls a function for each part. If the function does not read a part to its end, the rest of the part is skipped.
    ///
    /// - Throws: ``Malformation`` if the form is invalid, errors of the stream, and errors of `read`.
    public func forEachPart(_ read: (inout MultipartPart) async throws -> Void) async throws {
        switch source {
        case .parts(let parts):
            for part in parts {
                var part = MultipartPart(MultipartHeader(part), .stream(part.body.makeAsyncIterator()))
                try await read(&part)
            }
        case .received(let bytes, let boundary):
            let parser = MultipartParser(bytes, boundary: boundary)
            while let header = try await parser.nextHeader() {
                var part = MultipartPart(header, .parser(parser))
                try await read(&part)
            }
        }
    }

    /// The bytes of a form that was created from parts. A form that was received has the same boundary as before.
    func bytes() -> (ByteStream, boundary: String) {
        switch source {
        case .parts(let parts):
            // No part can be searched for the boundary before it is sent, but 128 random bits do not occur by chance.
            let boundary =
                "form-" + String(UInt64.random(in: .min ... .max), radix: 36)
                + String(UInt64.random(in: .min ... .max), radix: 36)
            return (ByteStream(SentParts(parts: parts, boundary: boundary)), boundary)
        case .received(let bytes, let boundary): return (bytes, boundary)
        }
    }
}

/// A part of a ``MultipartStream`` while it is read.
public struct MultipartPart {
    enum Source {
        case stream(ByteStream.Iterator)
        case parser(MultipartParser)
    }

    /// The name of the part.
    public let name: String
    /// The name of the file that the client gave. Do not save the file under this name without checking it.
    public let fileName: String?
    /// The media type; `nil` if the part has none.
    public let contentType: String?
    /// The other header fields of the part.
    public let headerFields: HTTPFields
    private var source: Source

    init(_ header: MultipartHeader, _ source: Source) {
        name = header.name
        (fileName, contentType, headerFields) = (header.fileName, header.contentType, header.headerFields)
        self.source = source
    }

    /// Waits for the next bytes of the content; `nil` at its end.
    ///
    /// - Throws: ``MultipartStream/Malformation``, and errors of the stream.
    public mutating func next() async throws -> [UInt8]? {
        switch source {
        case .parser(let parser): return try await parser.nextChunk()
        case .stream(var iterator):
            let chunk = try await iterator.next()
            source = .stream(iterator)
            return chunk
        }
    }

    /// Waits for the whole content.
    ///
    /// - Throws: ``TooManyBytes`` if it has more than `maximum` bytes, ``MultipartStream/Malformation``, and errors of
    ///   the stream.
    public mutating func collect(upTo maximum: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try await next() {
            guard bytes.count + chunk.count <= maximum else { throw TooManyBytes(maximum: maximum) }
            bytes += chunk
        }
        return bytes
    }
}

/// Finds the parts in the chunks of a form. It keeps at most a header, or the beginning of a boundary.
final class MultipartParser {
    private typealias Malformation = MultipartStream.Malformation

    private var chunks: ByteStream.Iterator
    private let delimiter: [UInt8]
    /// The bytes before the first boundary belong to no part. The first boundary may be at the beginning, without a
    /// line end.
    private var buffer = Array("\r\n".utf8)
    /// The bytes before this index have been read.
    private var position = 0
    private var isInPart = true
    private var count = 0

    init(_ bytes: ByteStream, boundary: String) {
        chunks = bytes.makeAsyncIterator()
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// Waits for the next chunk.
    ///
    /// - Returns: whether there is one.
    private func receive() async throws -> Bool {
        guard let chunk = try await chunks.next() else { return false }
        buffer.removeFirst(position)
        position = 0
        buffer += chunk
        return true
    }

    /// Waits until there are as many unread bytes.
    private func receive(count: Int) async throws {
        while buffer.count - position < count {
            guard try await receive() else { throw Malformation(sentence: "the last boundary is missing") }
        }
    }

    /// Skips the rest of the part, and reads the header of the next one; `nil` after the last part.
    func nextHeader() async throws -> MultipartHeader? {
        while try await nextChunk() != nil {}
        try await receive(count: 2)
        if buffer[position...].starts(with: "--".utf8) { return nil }
        while buffer[position] == UInt8(ascii: " ") || buffer[position] == UInt8(ascii: "\t") {
            position += 1
            try await receive(count: 2)
        }
        guard buffer[position...].starts(with: "\r\n".utf8) else {
            throw Malformation(sentence: "a boundary is followed by something else than a line end")
        }
        count += 1
        guard count <= MultipartForm.maximumParts else {
            throw Malformation(sentence: "there are more than \(MultipartForm.maximumParts) parts")
        }
        let emptyLine = Array("\r\n\r\n".utf8)
        var searched = 0
        var end = buffer.range(of: emptyLine, from: position)
        while end == nil {
            searched = max(0, buffer.count - position - 3)
            guard searched <= MultipartForm.maximumHeaderSize, try await receive() else {
                throw Malformation(sentence: "a part has no header that an empty line ends")
            }
            end = buffer.range(of: emptyLine, from: position + searched)
        }
        guard let end, end.lowerBound - position <= MultipartForm.maximumHeaderSize else {
            throw Malformation(sentence: "a part has no header that an empty line ends")
        }
        let header = try MultipartHeader(buffer[position..<end.lowerBound])
        // If the part has no content, the line end of the empty line may be that of the next boundary.
        position = end.lowerBound + 2
        try await receive(count: delimiter.count)
        if !buffer[position...].starts(with: delimiter) { position += 2 }
        isInPart = true
        return header
    }

    /// Waits for the next bytes of the part; `nil` at its end.
    func nextChunk() async throws -> [UInt8]? {
        while isInPart {
            if let found = buffer.range(of: delimiter, from: position) {
                defer { position = found.upperBound }
                isInPart = false
                return position == found.lowerBound ? nil : Array(buffer[position..<found.lowerBound])
            }
            // The last bytes may be the beginning of a boundary.
            let end = buffer.count - delimiter.count + 1
            if end > position {
                defer { position = end }
                return Array(buffer[position..<end])
            }
            guard try await receive() else { throw Malformation(sentence: "the last boundary is missing") }
        }
        return nil
    }
}

/// The bytes of a form, which are created as they are sent.
private struct SentParts: AsyncSequence, Sendable {
    var parts: [MultipartStream.Part]
    var boundary: String

    struct Iterator: AsyncIteratorProtocol {
        var form: SentParts
        var index = 0
        var content: ByteStream.Iterator?

        mutating func next() async throws -> [UInt8]? {
            if var iterator = content {
                let chunk = try await iterator.next()
                content = chunk == nil ? nil : iterator
                return chunk ?? Array("\r\n".utf8)
            }
            defer { index += 1 }
            guard index < form.parts.count else {
                return index == form.parts.count ? Array("--\(form.boundary)--\r\n".utf8) : nil
            }
            content = form.parts[index].body.makeAsyncIterator()
            return MultipartHeader(form.parts[index]).bytes(boundary: form.boundary)
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(form: self) }
}
