public import Configuration
public import Logging
import Telemetry

/// Where log records go.
public struct LoggingConfiguration: Sendable {
    public enum Format: String, CaseIterable, Sendable {
        /// For programs: one object a line.
        case json
        /// For people.
        case text
    }

    /// `HEKSHER_LOGSTASH_HOST`, `_PORT`, `_LEVEL`, `_TAGS`
    public struct Logstash: Sendable {
        public var host: String
        public var port: Int
        public var level: Logger.Level
        public var tags: [(key: String, value: String)]
    }

    /// `HEKSHER_LOG_FORMAT`
    public var format: Format
    /// `HEKSHER_LOG_LEVEL`
    public var level = Logger.Level.info
    public var logstash: Logstash?

    public init(format: Format) {
        self.format = format
    }

    /// Reads the environment.
    ///
    /// - Parameters:
    ///   - defaultFormat: when `HEKSHER_LOG_FORMAT` does not say.
    ///   - staysHere: nothing is sent anywhere, and what is said of Logstash does not count.
    /// - Throws: ``ConfigurationError``.
    public init(
        _ environment: ConfigReader, defaultFormat: Format, staysHere: Bool = false
    ) throws(ConfigurationError) {
        format = defaultFormat
        if let text = environment.text("HEKSHER_LOG_FORMAT") {
            guard let format = Format(rawValue: text.lowercased()) else {
                throw ConfigurationError("HEKSHER_LOG_FORMAT is '\(text)': it takes json or text")
            }
            self.format = format
        }
        if let level = try environment.level("HEKSHER_LOG_LEVEL") { self.level = level }
        if !staysHere { logstash = try Self.logstash(environment) }
    }

    private static func logstash(_ environment: ConfigReader) throws(ConfigurationError) -> Logstash? {
        let host = environment.text("HEKSHER_LOGSTASH_HOST")
        let port = try environment.integer("HEKSHER_LOGSTASH_PORT", in: 1...65535)
        let level = try environment.level("HEKSHER_LOGSTASH_LEVEL")
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
        let name = "HEKSHER_LOGSTASH_TAGS"
        var tags: [(key: String, value: String)] = []
        for pair in (environment.text(name) ?? "").split(separator: " ") {
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
    fileprivate func level(_ name: String) throws(ConfigurationError) -> Logger.Level? {
        guard let text = text(name) else { return nil }
        guard let level = Logger.Level(named: text) else {
            let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(
                "\(name) is '\(text)': it takes \(names), or Python's number of a level (20 is info)")
        }
        return level
    }
}
