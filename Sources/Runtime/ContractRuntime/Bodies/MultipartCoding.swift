// The syntax of multipart bodies (RFC 2046 §5.1.1, RFC 7578).

extension MultipartForm {
    /// The limits on the number of parts, and on the size of a part's header in bytes.
    static let maximumParts = 1000
    static let maximumHeaderSize = 16 << 10

    typealias Malformation = MultipartStream.Malformation

    init(_ body: [UInt8], boundary: String) throws(Malformation) {
        guard (1...70).contains(boundary.utf8.count) else {
            throw Malformation(sentence: "the content type has no boundary of 1 to 70 characters")
        }
        let delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter may be at the beginning of the body, without a line end. Bytes before it belong to no
        // part.
        var position =
            body.starts(with: delimiter.dropFirst(2))
            ? delimiter.count - 2 : body.range(of: delimiter, from: 0)?.upperBound
        while let start = position {
            var rest = body[start...]
            if rest.starts(with: "--".utf8) { return }
            rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard rest.starts(with: "\r\n".utf8) else {
                throw Malformation(sentence: "a boundary is followed by something else than a line end")
            }
            // The search includes the line end, so that it also finds the empty line of a part without a header, and
            // the delimiter after a part without content.
            guard let next = body.range(of: delimiter, from: rest.startIndex) else { break }
            guard parts.count < Self.maximumParts else {
                throw Malformation(sentence: "there are more than \(Self.maximumParts) parts")
            }
            parts.append(try Self.part(body, rest.startIndex..<next.lowerBound))
            position = next.upperBound
        }
        throw Malformation(sentence: "the last boundary is missing")
    }

    /// Parses one part.
    ///
    /// - Parameter range: from the line end after a boundary to the line end before the next one.
    private static func part(_ body: [UInt8], _ range: Range<Int>) throws(Malformation) -> Part {
        guard let end = body.range(of: Array("\r\n\r\n".utf8), from: range.lowerBound),
            end.lowerBound <= range.upperBound,
            end.lowerBound - range.lowerBound <= maximumHeaderSize
        else { throw Malformation(sentence: "a part has no header that an empty line ends") }
        let header = try MultipartHeader(body[range.lowerBound..<end.lowerBound])
        var file = MultipartFile(
            Array(body[min(end.upperBound, range.upperBound)..<range.upperBound]), fileName: header.fileName,
            contentType: header.contentType)
        file.headerFields = header.headerFields
        return Part(name: header.name, file: file)
    }

    /// The form as the bytes of a body.
    func body(boundary: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in parts {
            bytes += MultipartHeader(part).bytes(boundary: boundary)
            bytes += part.file.bytes
            bytes += "\r\n".utf8
        }
        bytes += "--\(boundary)--\r\n".utf8
        return bytes
    }

    /// A random boundary that no part contains.
    func boundary() -> String {
        while true {
            let boundary = "form-" + String(UInt64.random(in: .min ... .max), radix: 36)
            let bytes = Array("--\(boundary)".utf8)
            if !parts.contains(where: { $0.file.bytes.range(of: bytes, from: 0) != nil }) { return boundary }
        }
    }
}

extension [UInt8] {
    /// The first occurrence of some bytes.
    func range(of pattern: [UInt8], from start: Int) -> Range<Int>? {
        guard let first = pattern.first, count >= pattern.count else { return nil }
        var index = start
        let last = count - pattern.count
        while index <= last {
            guard let found = self[index...last].firstIndex(of: first) else { return nil }
            if self[found..<found + pattern.count].elementsEqual(pattern) { return found..<found + pattern.count }
            index = found + 1
        }
        return nil
    }
}
