import HTTPTypes

// The syntax of multipart bodies (RFC 2046 §5.1.1, RFC 7578).

extension MultipartForm {
    /// The limits on the number of parts, and on the size of a part's header in bytes.
    private static let maximumParts = 1000
    private static let maximumHeaderSize = 16 << 10

    /// The reason why a body is not a valid form.
    struct Malformation: Error, Hashable {
        var sentence: String
    }

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
        var name: String?
        var file = MultipartFile(Array(body[min(end.upperBound, range.upperBound)..<range.upperBound]))
        let header = String(decoding: body[range.lowerBound..<end.lowerBound], as: UTF8.self)
        for line in header.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[colon...].dropFirst()
            switch line[..<colon].lowercased() {
            case "content-disposition":
                let disposition = Disposition(value)
                guard disposition.type == "form-data" else {
                    throw Malformation(sentence: "a part of a form has the disposition 'form-data'")
                }
                (name, file.fileName) = (disposition.parameters["name"], disposition.parameters["filename"])
            case "content-type": file.contentType = String(value.drop { $0 == " " || $0 == "\t" })
            default:
                guard let field = HTTPField.Name(String(line[..<colon])) else { continue }
                file.headerFields[field] = String(value.trimmingSpaces)
            }
        }
        guard let name else { throw Malformation(sentence: "a part has no name") }
        return Part(name: name, file: file)
    }

    /// The form as the bytes of a body.
    func body(boundary: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in parts {
            bytes += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(part.name.escaped)\"".utf8
            if let fileName = part.file.fileName { bytes += "; filename=\"\(fileName.escaped)\"".utf8 }
            bytes += "\r\n".utf8
            if let type = part.file.contentType { bytes += "Content-Type: \(type.withoutLineEnds)\r\n".utf8 }
            for field in part.file.headerFields {
                bytes += "\(field.name): \(field.value.withoutLineEnds)\r\n".utf8
            }
            bytes += "\r\n".utf8
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

/// `Content-Disposition` with its parameters (RFC 6266 §4.1). Quoted values can have the escapes of HTML forms (WHATWG
/// HTML §4.10.21.8) and those of RFC 9110 §5.6.4.
private struct Disposition {
    var type = ""
    var parameters: [String: String] = [:]

    init(_ text: Substring) {
        var rest = text
        type = Self.token(&rest)
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[semicolon...].dropFirst()
            let name = Self.token(&rest)
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst()
            parameters[name] = rest.first == "\"" ? Self.quoted(&rest) : String(Self.rawToken(&rest))
        }
    }

    private static func token(_ rest: inout Substring) -> String {
        rest = rest.drop { $0 == " " || $0 == "\t" }
        return rawToken(&rest).lowercased()
    }

    private static func rawToken(_ rest: inout Substring) -> Substring {
        let token = rest.prefix { !";= \t".contains($0) }
        rest = rest[token.endIndex...].drop { $0 == " " || $0 == "\t" }
        return token
    }

    private static func quoted(_ rest: inout Substring) -> String {
        rest = rest.dropFirst()
        var text = ""
        while let character = rest.popFirst(), character != "\"" {
            // In a Windows path, backslashes do not escape anything.
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                text.append(next)
                rest = rest.dropFirst()
            } else {
                text.append(character)
            }
        }
        return text.replacing("%22", with: "\"").replacing("%0D", with: "\r").replacing("%0A", with: "\n")
    }
}

extension String {
    fileprivate var escaped: String {
        replacing("\r\n", with: "%0D%0A").replacing("\"", with: "%22").replacing("\r", with: "%0D")
            .replacing("\n", with: "%0A")
    }

    fileprivate var withoutLineEnds: String { filter { !$0.isNewline } }
}

extension [UInt8] {
    /// The first occurrence of some bytes.
    fileprivate func range(of pattern: [UInt8], from start: Int) -> Range<Int>? {
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
