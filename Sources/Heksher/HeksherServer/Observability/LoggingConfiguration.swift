public import Configuration
public import HTTPGuard
public import Logging
import Telemetry

/// The destinations of log records.
public struct LoggingConfiguration: Sendable {
    /// The form of a log record on the standard error stream.
    public enum Format: String, CaseIterable, Sendable {
        /// For programs: one object on each line.
        case json
        /// For people.
        case text
    }

    /// `HEKSHER_LOGSTASH_HOST`, `_PORT`, `_LEVEL`, `_TAGS`
    public struct Logstash: Sendable {
        /// The name or address of the server.
        public var host: String
        /// The TCP port of the server.
        public var port: Int
        /// The lowest level that is sent to Logstash, independently of the service's own log.
        public var level: Logger.Level
        /// Additional members of every record, in the order of the variable.
        public var tags: [(key: String, value: String)]
    }

    /// `HEKSHER_LOG_FORMAT`
    public var format: Format
    /// `HEKSHER_LOG_LEVEL`
    public var level = Logger.Level.info
    /// The Logstash server that also gets the records; `nil` for none.
    public var logstash: Logstash?

    /// Logs at level `info`, only to the standard error stream.
    public init(format: Format) {
        self.format = format
    }

    /// Reads the environment.
    ///
    /// - Parameters:
    ///   - defaultFormat: the format if `HEKSHER_LOG_FORMAT` is not set.
    ///   - staysHere: whether nothing is sent to other machines; then the variables for Logstash are ignored.
    /// - Throws: ``ConfigurationError``.
    public init(
        _ environment: ConfigReader, defaultFormat: Format, staysHere: Bool = false
    ) throws(ConfigurationError) {
        format = defaultFormat
        if let text = try environment.text(.logFormat) {
            guard let format = Format(rawValue: text.lowercased()) else {
                throw ConfigurationError("\(EnvironmentVariable.logFormat.name) is '\(text)': it takes json or text")
            }
            self.format = format
        }
        if let level = try environment.level(.logLevel) { self.level = level }
        if !staysHere { logstash = try Self.logstash(environment) }
    }

    private static func logstash(_ environment: ConfigReader) throws(ConfigurationError) -> Logstash? {
        let host = try environment.text(.logstashHost)
        let port = try environment.integer(.logstashPort, in: 1...65535)
        let level = try environment.level(.logstashLevel)
        let tags = try tags(environment)
        switch (host, port) {
        case (let host?, let port?): return Logstash(host: host, port: port, level: level ?? .info, tags: tags)
        case (nil, nil): return nil
        case (nil, _):
            throw ConfigurationError("HEKSHER_LOGSTASH_PORT is set, but not HEKSHER_LOGSTASH_HOST: both are needed")
        case (_, nil):
            throw ConfigurationError("HEKSHER_LOGSTASH_HOST is set, but not HEKSHER_LOGSTASH_PORT: both are needed")
        }
    }

    private static func tags(
        _ environment: ConfigReader
    ) throws(ConfigurationError) -> [(key: String, value: String)] {
        let name = EnvironmentVariable.logstashTags.name
        var tags: [(key: String, value: String)] = []
        for pair in (try environment.text(.logstashTags) ?? "").split(whereSeparator: \.isWhitespace) {
            let parts = pair.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ConfigurationError("\(name) has '\(pair)': it takes pairs, as in 'team:core region:eu'")
            }
            tags.append((parts[0], parts[1]))
        }
        return tags
    }
}

extension ConfigReader {
    fileprivate func level(_ variable: EnvironmentVariable) throws(ConfigurationError) -> Logger.Level? {
        guard let text = try text(variable) else { return nil }
        guard let level = Logger.Level(named: text) else {
            let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(
                "\(variable.name) is '\(text)': it takes \(names), or Python's number of a level (20 is info)")
        }
        return level
    }
}
