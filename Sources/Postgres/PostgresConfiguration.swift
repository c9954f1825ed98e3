import CLibPQ

/// Where the database is, and how to connect to it.
public struct PostgresConfiguration: Sendable, Hashable {
    /// For libpq alone: it may hold a password.
    let parameters: [String: String]
    /// The same for each of the hosts, in order.
    let hosts: [[String: String]]
    /// How long it may take to connect, to all hosts together: `connect_timeout`, in seconds, or 1.5 s.
    public var connectTimeout: Duration
    /// How long a server may say nothing before a sign of life is looked for, and how long that may take.
    package var silence = Duration.milliseconds(650)

    /// Reads a connection string as libpq has it (PostgreSQL's manual, §34.1.1.2):
    /// `postgresql://user:password@host:port/dbname?option=…`. Of several hosts, the first that can be written to is used, and
    /// of one no standby, unless `target_session_attrs` says otherwise.
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
            "tcp_user_timeout": "1500", "keepalives_idle": "10", "keepalives_interval": "2",
            "keepalives_count": "3", "fallback_application_name": applicationName, "client_encoding": "UTF8",
        ]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        // Who writes has no use for a standby, and who reads from one may miss what was written. Behind one name there may be another
        // server after a fail-over; the one that was a primary ends its connections before it follows another.
        if parameters["target_session_attrs"] == nil {
            parameters["target_session_attrs"] = Self.hostCount(parameters) > 1 ? "read-write" : "primary"
        }
        // libpq looks at these only when it connects, or not at all.
        for port in (parameters["port"] ?? "").split(separator: ",") {
            guard let number = Int(port), (1...65535).contains(number) else {
                throw PostgresConfigurationError(
                    "names a port that is none; it is of the form postgresql://user:password@host:port/dbname")
            }
        }
        for name in Self.integers {
            guard let text = parameters[name], Int32(text) == nil else { continue }
            throw PostgresConfigurationError("has an option '\(name)' that is no whole number")
        }
        guard ["utf8", "utf-8"].contains(parameters["client_encoding"]?.lowercased()) else {
            throw PostgresConfigurationError(
                "has an option 'client_encoding' that is not UTF8, which alone is spoken here")
        }
        if let refusal = Self.refusal(of: parameters) {
            throw PostgresConfigurationError("has an option that libpq refuses: \(refusal)")
        }
        // libpq itself looks at it only where it waits, which it never does here.
        let seconds = parameters["connect_timeout"].flatMap { Int32($0) } ?? 0
        connectTimeout = seconds > 0 ? .seconds(Int64(seconds)) : .milliseconds(1500)
        self.parameters = parameters
        hosts = Self.hosts(parameters)
    }

    /// How many hosts there are: each has its place in the lists of names, addresses and ports.
    private static func hostCount(_ parameters: [String: String]) -> Int {
        (parameters["hostaddr"] ?? parameters["host"] ?? "").filter { $0 == "," }.count + 1
    }

    /// The parameters for each host. libpq has seen to it that the lists are of one length, or that one port is for all.
    private static func hosts(_ parameters: [String: String]) -> [[String: String]] {
        (0..<hostCount(parameters)).map { number in
            var single = parameters
            for name in ["host", "hostaddr", "port"] {
                let parts = (parameters[name] ?? "").split(separator: ",", omittingEmptySubsequences: false)
                if parts.count > 1 { single[name] = String(parts[number]) }
            }
            return single
        }
    }

    private static let integers = [
        "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout",
    ]

    /// What libpq says of options when it is to connect, before it does: here to a socket that is not there.
    private static func refusal(of parameters: [String: String]) -> String? {
        let nowhere = "/heksher/does/not/exist"
        var harmless = parameters
        harmless["host"] = Array(repeating: nowhere, count: hostCount(parameters)).joined(separator: ",")
        harmless["hostaddr"] = nil
        guard let connection = Session.startConnecting(harmless) else { return nil }
        defer { PQfinish(connection) }
        let message = Session.text(PQerrorMessage(connection))
        guard PQstatus(connection) == CONNECTION_BAD, !message.contains(nowhere) else { return nil }
        // It repeats values.
        let secrets = ["password", "sslpassword"].compactMap { parameters[$0] }.filter { !$0.isEmpty }
        return secrets.contains(where: { message.contains($0) })
            ? "its words are left out, since they repeat the password" : message
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
