public import JSON

/// A file that a form brings (`multipart/form-data`, RFC 7578).
public struct MultipartFile: Sendable, Hashable {
    /// As whoever sent it calls it: not a name to save it under unseen.
    public var fileName: String?
    /// `nil` where it is not said.
    public var contentType: String?
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8], fileName: String? = nil, contentType: String? = nil) {
        self.bytes = bytes
        self.fileName = fileName
        self.contentType = contentType
    }
}

/// The parts of a body of `multipart/form-data`: what generated code reads and writes.
public struct MultipartForm: Sendable, Hashable {
    struct Part: Sendable, Hashable {
        var name: String
        var file: MultipartFile
    }

    var parts: [Part] = []

    public init() {}

    // MARK: Reading

    /// Reads values that are texts: of a scalar the last part of its name counts, of an array all do.
    public func value<Value>(
        _ name: String, _ form: TextForm, required: Bool, _ problems: inout ValidationProblems,
        _ decode: DecodeJSON<Value>
    ) -> Value? {
        let texts = parts(name).map { String(decoding: $0.bytes, as: UTF8.self) }
        guard let last = texts.last else { return missing(name, required, &problems) }
        let json = form.bytes(of: form.kind == .list ? .list(texts) : .one(last))
        return JSONReader.decode(json, at: ["body", name], &problems, decode)
    }

    /// Reads a value that is JSON; of an array each part is an element.
    ///
    /// - Parameter isArray: whether each part is an element.
    public func json<Value>(
        _ name: String, isArray: Bool, required: Bool, _ problems: inout ValidationProblems,
        _ decode: DecodeJSON<Value>
    ) -> Value? {
        let texts = parts(name).map(\.bytes)
        guard let last = texts.last else { return missing(name, required, &problems) }
        let json = isArray ? Array("[".utf8) + Array(texts.joined(separator: ",".utf8)) + Array("]".utf8) : last
        return JSONReader.decode(json, at: ["body", name], &problems, decode)
    }

    /// Reads a file, the last of its name.
    ///
    /// - Parameter contentTypes: those that are admitted, `image/*` say; none if any is.
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

    /// Reads all files of a name.
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

    /// Adds a problem for each part of another name.
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
            "the file must be \(contentTypes.joined(separator: " or ")), not \(file.contentType ?? "text/plain")"
        problems.add(ValidationProblem(.other, message, at: location))
    }

    // MARK: Writing

    /// Adds a value that is given as JSON as texts, the elements of an array each as a part.
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
    /// - Parameter isArray: whether each element is a part.
    public mutating func add(_ name: String, json: [UInt8], isArray: Bool) {
        var elements = [json]
        if isArray, let value = try? JSONValue(parsing: json), case .array(let values) = value.content {
            elements = values.map { Array($0.bytes) }
        }
        for element in elements { add(name, MultipartFile(element, contentType: "application/json")) }
    }

    public mutating func add(_ name: String, _ file: MultipartFile) {
        parts.append(Part(name: name, file: file))
    }
}

extension MultipartFile {
    fileprivate func isAdmitted(_ contentTypes: [String]) -> Bool {
        // A part that does not say what it is is text (RFC 7578 §4.4).
        let type = MediaTypeName(contentType ?? "text/plain")
        return contentTypes.isEmpty || contentTypes.contains { MediaTypeName($0).contains(type) }
    }
}
