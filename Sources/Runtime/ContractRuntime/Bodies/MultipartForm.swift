public import ContractJSON
public import HTTPTypes

/// A file in a form (`multipart/form-data`, RFC 7578).
public struct MultipartFile: Sendable, Hashable {
    /// The name that the client gave. Do not save the file under this name without checking it.
    public var fileName: String?
    /// The media type of the file; `nil` if the part has none.
    public var contentType: String?
    /// The other header fields of the part.
    public var headerFields: HTTPFields = [:]
    /// The content of the file.
    public var bytes: [UInt8]

    /// Creates a file.
    public init(_ bytes: [UInt8], fileName: String? = nil, contentType: String? = nil) {
        self.bytes = bytes
        self.fileName = fileName
        self.contentType = contentType
    }
}

/// The parts of a `multipart/form-data` body.
public struct MultipartForm: Sendable, Hashable {
    struct Part: Sendable, Hashable {
        var name: String
        var file: MultipartFile
    }

    var parts: [Part] = []

    /// Creates a form without parts.
    public init() {}

    /// The names of the parts in their order, without repeats.
    public var names: [String] {
        var names: [String] = []
        for part in parts where !names.contains(part.name) { names.append(part.name) }
        return names
    }

    /// The parts with a name, in their order.
    public subscript(_ name: String) -> [MultipartFile] { parts(name) }

    // MARK: Reading

    /// Decodes a value from the texts of parts. A scalar uses the last part with its name, and an array uses all of
    /// them.
    public func value<Value>(
        _ name: String, _ form: TextForm, required: Bool, _ problems: inout ValidationProblems,
        _ decode: DecodeJSON<Value>
    ) -> Value? {
        let texts = parts(name).map { String(decoding: $0.bytes, as: UTF8.self) }
        guard let last = texts.last else { return missing(name, required, &problems) }
        let isList = form.kind.chosen(parts: texts.count) == .list
        let json = form.bytes(of: isList ? .list(texts) : .one(last))
        return JSONReader.decode(json, at: ["body", name], &problems, decode)
    }

    /// Decodes a value from parts that are JSON.
    ///
    /// - Parameter isArray: whether each part is an element of an array.
    public func json<Value>(
        _ name: String, isArray: Bool, required: Bool, _ problems: inout ValidationProblems,
        _ decode: DecodeJSON<Value>
    ) -> Value? {
        let texts = parts(name).map(\.bytes)
        guard let last = texts.last else { return missing(name, required, &problems) }
        let json = isArray ? Array("[".utf8) + Array(texts.joined(separator: ",".utf8)) + Array("]".utf8) : last
        return JSONReader.decode(json, at: ["body", name], &problems, decode)
    }

    /// Returns the file with a name. If there are several, the last one counts.
    ///
    /// - Parameter contentTypes: the allowed media types and ranges, such as `image/*`; empty if all are allowed.
    public func file(
        _ name: String, contentTypes: [String] = [], required: Bool, _ problems: inout ValidationProblems
    ) -> MultipartFile? {
        guard let file = parts(name).last else { return missing(name, required, &problems) }
        guard file.isAdmitted(contentTypes) else {
            refuse(file, contentTypes, [.name("body"), .name(name)], &problems)
            return nil
        }
        return file
    }

    /// Returns all files with a name.
    public func files(
        _ name: String, contentTypes: [String] = [], required: Bool, _ problems: inout ValidationProblems,
        minItems: Int = 0, maxItems: Int? = nil, uniqueItems: Bool = false
    ) -> [MultipartFile]? {
        let files = parts(name)
        guard !files.isEmpty else { return missing(name, required, &problems) }
        let mark = problems.mark
        checkItems(files, count: files.count, &problems, minItems, maxItems, uniqueItems)
        problems.prefix(name, since: mark)
        problems.prefix("body", since: mark)
        for (index, file) in files.enumerated() where !file.isAdmitted(contentTypes) {
            refuse(file, contentTypes, [.name("body"), .name(name), .index(index)], &problems)
        }
        return problems.foundNone(since: mark) ? files : nil
    }

    /// Adds a problem for each part with another name.
    public func refuse(except names: Set<String>, _ problems: inout ValidationProblems) {
        for part in parts where !names.contains(part.name) {
            problems.add(
                ValidationProblem(.other, "extra fields not permitted", at: [.name("body"), .name(part.name)]))
        }
    }

    private func parts(_ name: String) -> [MultipartFile] { parts.lazy.filter { $0.name == name }.map(\.file) }

    private func missing<Value>(_ name: String, _ required: Bool, _ problems: inout ValidationProblems) -> Value? {
        if required { problems.addMissing("body", name) }
        return nil
    }

    private func refuse(
        _ file: MultipartFile, _ contentTypes: [String], _ location: [ValidationProblem.Step],
        _ problems: inout ValidationProblems
    ) {
        let message =
            "the file must be \(contentTypes.joined(separator: " or ")), not \((file.contentType ?? "text/plain").shortened())"
        problems.add(ValidationProblem(.other, message, at: location))
    }

    // MARK: Writing

    /// Adds a value, given as JSON, as texts. Each element of an array becomes a part.
    public mutating func add(_ name: String, text json: [UInt8]) {
        guard let value = try? JSONValue(parsing: json) else { preconditionFailure("generated code writes JSON") }
        let texts =
            switch ParameterTexts(value) {
            case .one(let text): [text]
            case .list(let elements): elements
            case .pairs: [value.text]
            }
        for text in texts { add(name, MultipartFile(Array(text.utf8))) }
    }

    /// Adds a value as JSON.
    ///
    /// - Parameter isArray: whether each element becomes a part.
    public mutating func add(_ name: String, json: [UInt8], isArray: Bool) {
        var elements = [json]
        if isArray, let value = try? JSONValue(parsing: json), case .array(let values) = value.content {
            elements = values.map { Array($0.bytes) }
        }
        for element in elements { add(name, MultipartFile(element, contentType: "application/json")) }
    }

    /// Adds a part.
    public mutating func add(_ name: String, _ file: MultipartFile) {
        parts.append(Part(name: name, file: file))
    }
}

extension MultipartFile {
    fileprivate func isAdmitted(_ contentTypes: [String]) -> Bool {
        // A part without a media type is text (RFC 7578 §4.4).
        let type = MediaTypeName(contentType ?? "text/plain")
        return contentTypes.isEmpty || contentTypes.contains { MediaTypeName($0).contains(type) }
    }
}
