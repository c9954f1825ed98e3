import FoundationEssentials
public import Logging

/// Writes each record as one line for people: the time, the level and the label, then the message, then the record's fields.
///
/// The line has no control characters. A name or a header field from a client can thus not control the terminal, imitate the beginning of
/// another record, or reverse the order of the text.
public struct TextLogHandler: LogHandler {
    /// Fields of every line. The metadata of a record take precedence.
    public var metadata: Logger.Metadata = [:]
    /// Adds fields to every line. They take precedence over ``metadata``, and a record's own metadata over both.
    public var metadataProvider: Logger.MetadataProvider?
    /// The lowest level that is written.
    public var logLevel: Logger.Level
    private let label: String
    private let write: @Sendable ([UInt8]) -> Void

    /// - Parameter write: gets a line with its line feed.
    public init(
        label: String, level: Logger.Level,
        write: @escaping @Sendable ([UInt8]) -> Void = { LineWriter.standardError.write($0) }
    ) {
        self.label = label
        self.logLevel = level
        self.write = write
    }

    /// One field of ``metadata``.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a record as one line. An error of the record becomes the field `error`.
    public func log(event: LogEvent) {
        let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        var line = "\(time) \(event.level.rawValue) \(label): \(event.message)"
        for (index, (key, value)) in event.allMetadata(of: self).sorted(by: { $0.key < $1.key }).enumerated() {
            line += "\(index == 0 ? "  " : " ")\(key)=\(Self.text(value))"
        }
        write(Array(line.printable().utf8) + [UInt8(ascii: "\n")])
    }

    /// A value, in quotation marks if it has several words.
    private static func text(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): return quoted(text)
        case .stringConvertible(let value): return quoted(value.description)
        case .array(let elements): return "[\(elements.map(text).joined(separator: ", "))]"
        case .dictionary(let members):
            let texts = members.sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \(text($0.value))" }
            return "{\(texts.joined(separator: ", "))}"
        }
    }

    private static func quoted(_ text: String) -> String {
        guard text.isEmpty || text.contains(where: { $0.isWhitespace || $0 == "\"" }) else { return text }
        return "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}

extension LogEvent {
    /// The metadata of a handler, of its provider, and of the record, of which the last takes precedence, and the record's error.
    func allMetadata(of handler: some LogHandler) -> Logger.Metadata {
        var all = handler.metadata
        if let provided = handler.metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = metadata { all.merge(own) { $1 } }
        if let error, all["error"] == nil { all["error"] = "\(error)" }
        return all
    }
}
