import CLibPQ

/// The database's address and the way to connect to it.
public struct PostgresConfiguration: Sendable, Hashable {
    /// Only for libpq: it may contain a password.
    let parameters: [String: String]
    /// The parameters for each of the hosts, in order.
    let hosts: [[String: String]]
    /// The time that connecting to all hosts together may take: `connect_timeout`, in seconds, or 1.5 s.
    public var connectTimeout: Duration
    /// The time without a response after which the server's liveness is probed, and the timeout of the probe.
    package var silence = Duration.milliseconds(650)

    /// Parses a connection string in libpq's format (PostgreSQL's manual, §34.1.1.2):
    /// `postgresql://user:password@host:port/dbname?option=…`, or with `postgres://`. White space around it is ignored, because files and
    /// templates often contain some. Of several hosts, the first that accepts writes is used. With one host, standbys are not used.
    /// `target_session_attrs` can change both.
    ///
    /// - Throws: ``PostgresConfigurationError`` for another scheme, a driver (`postgresql+x://`) or an invalid value.
    public init(
        connectionString: String, applicationName: String
    ) throws(PostgresConfigurationError) {
        let connectionString = ConnectionURI.trimmed(connectionString)
        let scheme = connectionString.prefix { $0 != ":" }
        guard ["postgresql://", "postgres://"].contains(where: connectionString.hasPrefix) else {
            throw PostgresConfigurationError(
                scheme.hasPrefix("postgresql+") || scheme.hasPrefix("postgres+")
                    ? "names a driver ('\(scheme)'), for which there is no use: it must begin with postgresql://"
                    : "must begin with postgresql:// or postgres://")
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(connectionString, &message) else {
            // libpq's message may repeat the string, including the password.
            PQfreemem(message)
            if let name = ConnectionURI.unknownOption(in: connectionString) {
                throw PostgresConfigurationError(
                    "has an option '\(name)' that libpq does not know; it is of the form "
                        + "postgresql://user:password@host:port/dbname?option=value"
                )
            }
            throw PostgresConfigurationError(
                "is not of the form postgresql://user:password@host:port/dbname?option=value")
        }
        defer { PQconninfoFree(options) }
        var parameters: [String: String] = [
            "tcp_user_timeout": "1500", "keepalives_idle": "10", "keepalives_interval": "2",
            "keepalives_count": "3", "fallback_application_name": applicationName, "client_encoding": "UTF8",
        ]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        // A standby accepts no writes, and a read from it may miss recent writes. After a fail-over, one name may lead to another server; a
        // primary that becomes a standby closes its connections first.
        if parameters["target_session_attrs"] == nil {
            parameters["target_session_attrs"] = Self.hostCount(parameters) > 1 ? "read-write" : "primary"
        }
        // libpq checks these only when it connects, or not at all.
        for port in (parameters["port"] ?? "").split(separator: ",") {
            guard let number = Int(port), (1...65535).contains(number) else {
                throw PostgresConfigurationError(
                    "has an invalid port; its form is postgresql://user:password@host:port/dbname")
            }
        }
        guard Self.listsAreAsLong(parameters) else {
            throw PostgresConfigurationError("names more or fewer addresses (hostaddr) than hosts, or ports than both")
        }
        for name in Self.integers {
            guard let text = parameters[name], Int32(text) == nil else { continue }
            throw PostgresConfigurationError("has an option '\(name)' that is not a whole number")
        }
        guard ["utf8", "utf-8"].contains(parameters["client_encoding"]?.lowercased()) else {
            throw PostgresConfigurationError(
                "has an option 'client_encoding' that is not UTF8, the only encoding that the service supports")
        }
        if let refusal = Self.refusal(of: parameters) {
            throw PostgresConfigurationError("has an option that libpq refuses: \(refusal)")
        }
        // libpq itself uses it only in functions that wait, which are never called here.
        let seconds = parameters["connect_timeout"].flatMap { Int32($0) } ?? 0
        connectTimeout = seconds > 0 ? .seconds(Int64(seconds)) : .milliseconds(1500)
        self.parameters = parameters
        hosts = Self.hosts(parameters)
    }

    /// The number of hosts: each has a position in the lists of names, addresses and ports.
    private static func hostCount(_ parameters: [String: String]) -> Int {
        (parameters["hostaddr"] ?? parameters["host"] ?? "").filter { $0 == "," }.count + 1
    }

    private static func list(_ name: String, _ parameters: [String: String]) -> [Substring] {
        (parameters[name] ?? "").split(separator: ",", omittingEmptySubsequences: false)
    }

    /// Whether each host has its address and its port, or all hosts share one port.
    private static func listsAreAsLong(_ parameters: [String: String]) -> Bool {
        let count = hostCount(parameters)
        return (parameters["hostaddr"] == nil || parameters["host"] == nil || list("host", parameters).count == count)
            && [1, count].contains(list("port", parameters).count)
    }

    /// The parameters for each host. The lists have the same length, or all hosts share one port.
    private static func hosts(_ parameters: [String: String]) -> [[String: String]] {
        (0..<hostCount(parameters)).map { number in
            var single = parameters
            for name in ["host", "hostaddr", "port"] {
                let parts = list(name, parameters)
                if parts.count > 1, parts.indices.contains(number) { single[name] = String(parts[number]) }
            }
            return single
        }
    }

    private static let integers = [
        "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout",
    ]

    /// libpq's error about options, found before it connects: this call connects to a socket that does not exist.
    private static func refusal(of parameters: [String: String]) -> String? {
        let nowhere = "/heksher/does/not/exist"
        var harmless = parameters
        harmless["host"] = Array(repeating: nowhere, count: hostCount(parameters)).joined(separator: ",")
        harmless["hostaddr"] = nil
        guard let connection = Session.startConnecting(harmless) else { return nil }
        defer { PQfinish(connection) }
        let message = Session.text(PQerrorMessage(connection))
        guard PQstatus(connection) == CONNECTION_BAD, !message.contains(nowhere) else { return nil }
        // The message repeats values.
        let secrets = ["password", "sslpassword"].compactMap { parameters[$0] }.filter { !$0.isEmpty }
        return secrets.contains(where: { message.contains($0) })
            ? "its words are left out, since they repeat the password" : message
    }
}

extension PostgresConfiguration {
    /// The hosts and ports, or the folder of the Unix socket, including libpq's defaults.
    public var servers: String {
        hosts.map { host in
            let name = [host["host"], host["hostaddr"], Self.standard("host")].lazy.compactMap { $0 }.first {
                !$0.isEmpty
            }
            let port = [host["port"], Self.standard("port")].lazy.compactMap { $0 }.first { !$0.isEmpty }
            return (name ?? "localhost") + (port.map { ":\($0)" } ?? "")
        }.joined(separator: ", ")
    }

    /// The user whose rights the service has.
    public var user: String { parameters["user"] ?? Self.standard("user") ?? "of this process" }

    /// The name of the database.
    public var databaseName: String { parameters["dbname"] ?? Self.standard("dbname") ?? user }

    /// libpq's value for an option that is not set, from the environment or from its build.
    private static func standard(_ name: String) -> String? {
        guard let options = PQconndefaults() else { return nil }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            if String(cString: keyword) == name {
                return option.pointee.val.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
            }
            option += 1
        }
        return nil
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

/// The reason why a connection string is refused, as the end of a sentence that begins with the string's name. It contains no part of the
/// string.
public struct PostgresConfigurationError: Error, Hashable, CustomStringConvertible {
    /// The end of the sentence. It contains no part of the connection string.
    public var description: String

    init(_ description: String) {
        self.description = description
    }
}
