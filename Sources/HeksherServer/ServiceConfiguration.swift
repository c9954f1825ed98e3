public import Configuration
public import Postgres

/// What an operator can set: read from the environment, checked before anything starts.
public struct ServiceConfiguration: Sendable {
    /// `HEKSHER_DB_CONNECTION_STRING`
    public var database: PostgresConfiguration
    /// `HEKSHER_DB_POOL_SIZE`: how many connections to the database there may be.
    public var poolSize: Int
    public var host: String
    /// 0 lets the system choose.
    public var port: Int

    public init(database: PostgresConfiguration, poolSize: Int = 8, host: String = "127.0.0.1", port: Int = 8080) {
        self.database = database
        self.poolSize = poolSize
        self.host = host
        self.port = port
    }

    /// Reads the environment.
    ///
    /// - Parameters:
    ///   - host: takes precedence over the default, 127.0.0.1.
    ///   - port: takes precedence over `PORT`, which takes precedence over the default, 8080.
    /// - Throws: ``ConfigurationError``.
    public init(_ environment: ConfigReader, host: String? = nil, port: Int? = nil) throws(ConfigurationError) {
        try self.init(environment, database: Self.database(environment), host: host, port: port)
    }

    /// Reads the environment but for the database.
    ///
    /// - Throws: ``ConfigurationError``.
    public init(
        _ environment: ConfigReader, database: PostgresConfiguration, host: String? = nil, port: Int? = nil
    ) throws(ConfigurationError) {
        self.init(database: database)
        if let size = try environment.integer("HEKSHER_DB_POOL_SIZE", in: 1...1000) { poolSize = size }
        if let host { self.host = host }
        if let port {
            self.port = port
        } else if let port = try environment.integer("PORT", in: 0...65535) {
            self.port = port
        }
    }

    /// Reads `HEKSHER_DB_CONNECTION_STRING` alone.
    ///
    /// - Throws: ``ConfigurationError``.
    public static func database(_ environment: ConfigReader) throws(ConfigurationError) -> PostgresConfiguration {
        let name = "HEKSHER_DB_CONNECTION_STRING"
        guard let text = environment.text(name, isSecret: true) else {
            throw ConfigurationError(
                "\(name) is not set: it names the database, as postgresql://user:password@host:port/dbname")
        }
        do {
            return try PostgresConfiguration(connectionString: text, applicationName: "heksher")
        } catch {
            throw ConfigurationError("\(name) \(error)")
        }
    }
}

/// A variable that is missing or wrong, as a sentence that names it.
public struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}

extension ConfigReader {
    /// A variable's text; `nil` when it is not set or empty.
    func text(_ name: String, isSecret: Bool = false) -> String? {
        let text = string(forKey: ConfigKey([name]), isSecret: isSecret)
        return text?.isEmpty == true ? nil : text
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw ConfigurationError(
                "\(name) is '\(text)': it takes a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
