import CLibPQ

/// Where the database is, and how to connect to it.
public struct PostgresConfiguration: Sendable, Hashable {
    /// For libpq alone: it may hold a password.
    let parameters: [String: String]

    /// Reads a connection string as libpq has it (PostgreSQL's manual, §34.1.1.2):
    /// `postgresql://user:password@host:port/dbname?option=…`.
    ///
    /// - Throws: ``PostgresConfigurationError`` for another scheme, a driver (`postgresql+x://`) and for nonsense.
    public init(
        connectionString: String, applicationName: String
    ) throws(PostgresConfigurationError) {
        let scheme = connectionString.prefix { $0 != ":" }
        guard connectionString.hasPrefix("postgresql://") else {
            throw PostgresConfigurationError(
                scheme.hasPrefix("postgresql+")
                    ? "names a driver ('\(scheme)'), for which there is no use: it must begin with postgresql://"
                    : "must begin with postgresql://")
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(connectionString, &message) else {
            // libpq's sentence may repeat the string, and with it the password.
            PQfreemem(message)
            throw PostgresConfigurationError(
                "is not of the form postgresql://user:password@host:port/dbname?option=value")
        }
        defer { PQconninfoFree(options) }
        var parameters: [String: String] = [
            "connect_timeout": "2", "tcp_user_timeout": "1500", "keepalives_idle": "10", "keepalives_interval": "2",
            "keepalives_count": "3", "fallback_application_name": applicationName, "client_encoding": "UTF8",
        ]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        // libpq looks at ports only when it connects.
        for port in (parameters["port"] ?? "").split(separator: ",") {
            guard let number = Int(port), (1...65535).contains(number) else {
                throw PostgresConfigurationError(
                    "names a port that is none; it is of the form postgresql://user:password@host:port/dbname")
            }
        }
        self.parameters = parameters
    }
}

extension PostgresConfiguration: CustomStringConvertible {
    /// Host, port and database, without user and password.
    public var description: String {
        let host = parameters["host"] ?? "localhost"
        let port = parameters["port"].map { ":\($0)" } ?? ""
        return "postgresql://\(host)\(port)/\(parameters["dbname"] ?? "")"
    }
}

/// Why a connection string is refused, without any part of it: what follows its name in a sentence.
public struct PostgresConfigurationError: Error, Hashable, CustomStringConvertible {
    public var description: String

    init(_ description: String) {
        self.description = description
    }
}
