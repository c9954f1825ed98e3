import FoundationEssentials
import Glibc
import JSON
public import Logging
import Synchronization

/// Makes one line of JSON of each record, with the members Logstash expects (`@timestamp`, `@version`, `message`; its manual,
/// "json_lines codec") and the record's metadata beside them.
public struct JSONLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel: Logger.Level
    private let label: String
    private let members: [(key: String, value: String)]
    private let write: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - members: what every line has besides.
    ///   - write: gets a line with its line feed.
    public init(
        label: String, level: Logger.Level, members: [(key: String, value: String)] = [],
        write: @escaping @Sendable ([UInt8]) -> Void = JSONLogHandler.writeToStandardError
    ) {
        self.label = label
        self.logLevel = level
        self.members = members
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        write(line(event.level, "\(event.message)", all))
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
        return writer.finish() + [UInt8(ascii: "\n")]
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

    /// Writes a line to the standard error stream, one line at a time.
    public static func writeToStandardError(_ line: [UInt8]) {
        standardError.withLock { _ in
            var rest = line[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
                if count < 0 && errno != EINTR { return }
                rest = rest.dropFirst(max(0, count))
            }
        }
    }

    private static let standardError = Mutex(())
}
