import HTTPTypes

/// The header of a part of a form (RFC 7578 §4.2).
struct MultipartHeader {
    var name: String
    var fileName: String?
    var contentType: String?
    /// The other fields.
    var headerFields: HTTPFields = [:]

    init(_ part: MultipartForm.Part) {
        name = part.name
        (fileName, contentType) = (part.file.fileName, part.file.contentType)
        headerFields = part.file.headerFields
    }

    init(_ part: MultipartStream.Part) {
        name = part.name
        (fileName, contentType, headerFields) = (part.fileName, part.contentType, part.headerFields)
    }

    /// Parses a header.
    ///
    /// - Parameter bytes: the lines, without the empty line at the end.
    init(_ bytes: ArraySlice<UInt8>) throws(MultipartStream.Malformation) {
        var name: String?
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[colon...].dropFirst()
            switch line[..<colon].lowercased() {
            case "content-disposition":
                let disposition = Disposition(value)
                guard disposition.type == "form-data" else {
                    throw MultipartStream.Malformation(sentence: "a part of a form has the disposition 'form-data'")
                }
                (name, fileName) = (disposition.parameters["name"], disposition.parameters["filename"])
            case "content-type": contentType = String(value.drop { $0 == " " || $0 == "\t" })
            default:
                guard let field = HTTPField.Name(String(line[..<colon])) else { continue }
                headerFields[field] = String(value.trimmingSpaces)
            }
        }
        guard let name else { throw MultipartStream.Malformation(sentence: "a part has no name") }
        self.name = name
    }

    /// The boundary and the header, with the empty line at the end.
    func bytes(boundary: String) -> [UInt8] {
        var text = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name.escaped)\""
        if let fileName { text += "; filename=\"\(fileName.escaped)\"" }
        text += "\r\n"
        if let contentType { text += "Content-Type: \(contentType.withoutLineEnds)\r\n" }
        for field in headerFields { text += "\(field.name): \(field.value.withoutLineEnds)\r\n" }
        return Array("\(text)\r\n".utf8)
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
