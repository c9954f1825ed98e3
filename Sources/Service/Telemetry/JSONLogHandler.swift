import ContractJSON
import FoundationEssentials
public import Logging

/// Writes each record as one line of JSON, with the members that Logstash expects (`@timestamp`, `@version`, `message`; its manual,
/// "json_lines codec") and the record's metadata.
public struct JSONLogHandler: LogHandler {
    /// Members of every line. The metadata of a record take precedence.
    public var metadata: Logger.Metadata = [:]
    /// Adds members to every line. They take precedence over ``metadata``, and a record's own metadata over both.
    public var metadataProvider: Logger.MetadataProvider?
    /// The lowest level that is written.
    public var logLevel: Logger.Level
    private let label: String
    private let members: [(key: String, value: String)]
    private let write: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - members: additional members of every line.
    ///   - write: gets a line with its line feed.
    public init(
        label: String, level: Logger.Level, members: [(key: String, value: String)] = [],
        write: @escaping @Sendable ([UInt8]) -> Void = { LineWriter.standardError.write($0) }
    ) {
        self.label = label
        self.logLevel = level
        self.members = members
        self.write = write
    }

    /// One member of ``metadata``.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a record as one line. An error of the record becomes the member `error`.
    public func log(event: LogEvent) {
        write(line(event.level, "\(event.message)", event.allMetadata(of: self)))
    }

    /// A record as a line, with its line feed.
    public func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata = [:]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        var written: Set<String> = []
        func member(_ key: String, _ value: Logger.Metadata.Value) {
            guard written.insert(key).inserted else { return }
            writer.key(key)
            Self.write(value, &writer)
        }
        member("@timestamp", .string(Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))))
        member("@version", "1")
        member("level", .string(level.rawValue.uppercased()))
        member("logger_name", .string(label))
        member("message", .string(message))
        for (key, value) in members { member(key, .string(value)) }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { member(key, value) }
        writer.endObject()
        // Lines of JSON are also read on terminals.
        let line = String(decoding: writer.finish(), as: UTF8.self).printable()
        return Array(line.utf8) + [UInt8(ascii: "\n")]
    }

    private static func write(_ value: Logger.Metadata.Value, _ writer: inout JSONWriter) {
        switch value {
        case .string(let text): writer.write(text)
        case .stringConvertible(let value): writer.write(value.description)
        case .array(let elements):
            writer.beginArray()
            for element in elements { write(element, &writer) }
            writer.endArray()
        case .dictionary(let members):
            writer.beginObject()
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                writer.key(key)
                write(value, &writer)
            }
            writer.endObject()
        }
    }
}
