/// An environment variable that the program reads: its name, its meaning and its default.
///
/// This is the only list of variables. The help of each command and the warning about unknown variables are made from it. `ConfigReader`
/// accepts nothing else, so a variable that is not declared here cannot be read.
public enum EnvironmentVariable: String, CaseIterable, Sendable {
    case databaseConnectionString = "HEKSHER_DB_CONNECTION_STRING"
    case databasePoolSize = "HEKSHER_DB_POOL_SIZE"
    case startupContextFeatures = "HEKSHER_STARTUP_CONTEXT_FEATURES"
    case shutdownSeconds = "HEKSHER_SHUTDOWN_SECONDS"
    case maximumBodyBytes = "HEKSHER_MAX_BODY_BYTES"
    case maximumConnections = "HEKSHER_MAX_CONNECTIONS"
    case maximumRequestsInFlight = "HEKSHER_MAX_REQUESTS_IN_FLIGHT"
    case maximumStreams = "HEKSHER_MAX_STREAMS"
    case maximumUnsentBytes = "HEKSHER_MAX_UNSENT_BYTES"
    case maximumConnectionsPerAddress = "HEKSHER_MAX_CONNECTIONS_PER_ADDRESS"
    case maximumRequestsPerSecondPerAddress = "HEKSHER_MAX_REQUESTS_PER_SECOND_PER_ADDRESS"
    case idleSeconds = "HEKSHER_IDLE_SECONDS"
    case trustedProxies = "HEKSHER_TRUSTED_PROXIES"
    case maximumSettings = "HEKSHER_MAX_SETTINGS"
    case maximumRulesPerSetting = "HEKSHER_MAX_RULES_PER_SETTING"
    case maximumStoredBytes = "HEKSHER_MAX_STORED_BYTES"
    case historyDays = "HEKSHER_HISTORY_DAYS"
    case accessFile = "HEKSHER_ACCESS_FILE"
    case tlsCertificate = "HEKSHER_TLS_CERTIFICATE"
    case tlsKey = "HEKSHER_TLS_KEY"
    case allowedHosts = "HEKSHER_ALLOWED_HOSTS"
    case rootPath = "HEKSHER_ROOT_PATH"
    case corsOrigins = "HEKSHER_CORS_ORIGINS"
    case targetingKey = "HEKSHER_OFREP_TARGETING_KEY"
    case host = "HEKSHER_HOST"
    case port = "PORT"
    case unixSocket = "HEKSHER_UNIX_SOCKET"
    case logFormat = "HEKSHER_LOG_FORMAT"
    case logLevel = "HEKSHER_LOG_LEVEL"
    case logstashHost = "HEKSHER_LOGSTASH_HOST"
    case logstashPort = "HEKSHER_LOGSTASH_PORT"
    case logstashLevel = "HEKSHER_LOGSTASH_LEVEL"
    case logstashTags = "HEKSHER_LOGSTASH_TAGS"
    case sentryDSN = "SENTRY_DSN"
    case pagesDirectory = "HEKSHER_PAGES_DIR"
    case documentationOnly = "DOC_ONLY"
    case url = "HEKSHER_URL"
    case token = "HEKSHER_TOKEN"
    case profile = "HEKSHER_PROFILE"
    case cacert = "HEKSHER_CACERT"
    case configurationHome = "XDG_CONFIG_HOME"
    case noColor = "NO_COLOR"
    case pager = "PAGER"

    /// A command that reads variables, or all client commands together.
    public enum Command: String, CaseIterable, Sendable {
        case serve, dev, migrate, healthcheck, docs, client
    }

    /// The description of a variable.
    public struct Declaration: Sendable {
        /// One or two sentences for an operator.
        public var meaning: String
        /// The value if the variable is not set, in words if it depends on something; `nil` if the variable has no default.
        public var defaultValue: String?
        /// The commands that read the variable.
        public var commands: Set<Command>
        /// Whether the value must not be shown or logged.
        public var isSecret = false
        /// Whether an empty value counts as not set. If the value protects the service, an empty one is an error: the operator wanted
        /// protection, and a mistake elsewhere must not silently remove it.
        public var mayBeEmpty = true
        /// The first release that reads the variable. Some variables are those of the original.
        public var since = "0.1.0"
    }

    private static let original = "the original"

    /// The name in the environment.
    public var name: String { rawValue }

    /// The meaning, the default, the commands that read the variable, and its first release.
    public var declaration: Declaration {
        switch self {
        case .databaseConnectionString:
            Declaration(
                meaning:
                    "The database, as postgresql://user:password@host:port/dbname. Required, except with DOC_ONLY.",
                commands: [.serve, .migrate], isSecret: true, since: Self.original)
        case .databasePoolSize:
            Declaration(
                meaning: "The most connections to the database, besides one for queries.",
                defaultValue: "8", commands: [.serve, .dev])
        case .startupContextFeatures:
            Declaration(
                meaning:
                    "The context features that must exist, as in 'environment;tenant;user'. The service adds missing"
                    + " ones in their place. The stored ones must be among them in the same order.",
                commands: [.serve, .dev], since: Self.original)
        case .shutdownSeconds:
            Declaration(
                meaning: "How long the program may take to end after SIGTERM or SIGINT.", defaultValue: "10",
                commands: [.serve, .dev])
        case .maximumBodyBytes:
            Declaration(
                meaning: "The largest body of a request, in bytes.", defaultValue: "1048576", commands: [.serve, .dev])
        case .maximumConnections:
            Declaration(
                meaning: "The most connections of clients at a time.",
                defaultValue: "20000, or as many as 'ulimit -Hn' allows", commands: [.serve, .dev])
        case .maximumRequestsInFlight:
            Declaration(
                meaning: "The most requests that may wait for their response at a time. Further ones get 503.",
                defaultValue: "10000", commands: [.serve, .dev])
        case .maximumStreams:
            Declaration(
                meaning: "The most clients that may follow changes at a time. Further ones get 503.",
                defaultValue: "10000", commands: [.serve, .dev])
        case .maximumUnsentBytes:
            Declaration(
                meaning: "The most bytes of responses that may wait to be sent. Further large responses become 503.",
                defaultValue: "134217728", commands: [.serve, .dev])
        case .maximumConnectionsPerAddress:
            Declaration(
                meaning: "The most connections of one client address at a time. Further ones get 429, except for "
                    + "health checks. An IPv6 address counts as its network of 64 bits.",
                defaultValue: "no limit", commands: [.serve, .dev])
        case .maximumRequestsPerSecondPerAddress:
            Declaration(
                meaning: "The most requests of one client address in a second. Further ones get 429, except for "
                    + "health checks. See HEKSHER_TRUSTED_PROXIES for clients behind a proxy.",
                defaultValue: "no limit", commands: [.serve, .dev])
        case .idleSeconds:
            Declaration(
                meaning: "After this time the service closes a connection without requests.", defaultValue: "75",
                commands: [.serve, .dev])
        case .trustedProxies:
            Declaration(
                meaning: "The proxies whose X-Forwarded-... fields the service believes: addresses and ranges, as in "
                    + "'10.0.0.0/8,2001:db8::1', and 'unix' for peers on a Unix domain socket.",
                defaultValue: "none", commands: [.serve, .dev])
        case .maximumSettings:
            Declaration(
                meaning: "The most settings that are stored. A declaration that would create another one gets 409.",
                defaultValue: "200000", commands: [.serve, .dev])
        case .maximumRulesPerSetting:
            Declaration(
                meaning: "The most rules of a setting. Adding another one gets 409.", defaultValue: "100000",
                commands: [.serve, .dev])
        case .maximumStoredBytes:
            Declaration(
                meaning:
                    "The most bytes of all that is stored, as they are read. A change that would store more gets 409.",
                defaultValue: "1073741824", commands: [.serve, .dev])
        case .historyDays:
            Declaration(
                meaning: "The number of days for which the history keeps changes; 0 keeps all.", defaultValue: "365",
                commands: [.serve, .dev])
        case .accessFile:
            Declaration(
                meaning:
                    "The file of tokens that may use the service, each with its role; 'heksher token new' makes its "
                    + "lines. Without it the service is open to everybody. SIGHUP reads it again.",
                commands: [.serve, .dev], mayBeEmpty: false)
        case .tlsCertificate:
            Declaration(
                meaning:
                    "The file, in PEM, of the certificate and of those that it depends on. The service then speaks "
                    + "HTTPS, and 'heksher healthcheck' asks over HTTPS. SIGHUP reads it again.",
                commands: [.serve, .dev, .healthcheck], mayBeEmpty: false)
        case .tlsKey:
            Declaration(
                meaning: "The file, in PEM, of the certificate's key. SIGHUP reads it again.",
                commands: [.serve, .dev],
                mayBeEmpty: false)
        case .allowedHosts:
            Declaration(
                meaning:
                    "The names under which clients may ask for the service on a loopback address, besides loopback"
                    + " addresses and localhost, as in 'heksher.example.com'; * allows all. A proxy on this machine that"
                    + " keeps Host needs its name here.",
                commands: [.serve, .dev])
        case .rootPath:
            Declaration(
                meaning: "The path below which clients find the service behind a proxy, as in '/heksher'.",
                commands: [.serve, .dev])
        case .corsOrigins:
            Declaration(
                meaning: "The origins whose pages may use the service from a browser, as in "
                    + "'https://admin.example.com,https://other.example.com'.",
                commands: [.serve, .dev])
        case .targetingKey:
            Declaration(
                meaning:
                    "The context feature that takes its value from the targetingKey of OpenFeature clients, as in 'user'.",
                defaultValue: "none", commands: [.serve, .dev])
        case .host:
            Declaration(
                meaning:
                    "The address to listen on, unless --host is given; '*' stands for all addresses, IPv4 and IPv6.",
                defaultValue: "127.0.0.1", commands: [.serve, .dev, .healthcheck], mayBeEmpty: false)
        case .port:
            Declaration(
                meaning: "The port to listen on, unless --port is given.", defaultValue: "8080",
                commands: [.serve, .dev, .healthcheck, .client])
        case .unixSocket:
            Declaration(
                meaning: "The unix socket to listen on instead of a port, unless --unix-socket is given.",
                commands: [.serve, .dev, .healthcheck], mayBeEmpty: false)
        case .logFormat:
            Declaration(
                meaning: "The format of the log: json or text.", defaultValue: "text on a terminal, else json",
                commands: [.serve, .dev])
        case .logLevel:
            Declaration(
                meaning:
                    "The least level that is logged: trace, debug, info, notice, warning, error or critical. Changes"
                    + " made through the API are logged at info.",
                defaultValue: "info", commands: [.serve, .dev])
        case .logstashHost:
            Declaration(
                meaning: "The Logstash server that receives each log record as a line of JSON over TCP. Needs "
                    + "HEKSHER_LOGSTASH_PORT.",
                commands: [.serve, .dev], since: Self.original)
        case .logstashPort:
            Declaration(
                meaning: "The port of the Logstash server. Needs HEKSHER_LOGSTASH_HOST.", commands: [.serve, .dev],
                since: Self.original)
        case .logstashLevel:
            Declaration(
                meaning: "The least level that is sent to Logstash, by name or by Python's number.",
                defaultValue: "info",
                commands: [.serve, .dev], since: Self.original)
        case .logstashTags:
            Declaration(
                meaning: "Further members of each record for Logstash, as in 'team:core region:eu'.",
                commands: [.serve, .dev], since: Self.original)
        case .sentryDSN:
            Declaration(
                meaning: "The Sentry project that receives unexpected errors, as in 'https://key@host/project'.",
                commands: [.serve, .dev], isSecret: true, since: Self.original)
        case .pagesDirectory:
            Declaration(
                meaning: "The directory of Swagger UI and Redoc, as 'make pages' prepares it.",
                defaultValue: "../share/heksher/pages from the program, else .pages", commands: [.serve, .dev, .docs])
        case .documentationOnly:
            Declaration(
                meaning: "With 'true', the service shows its documentation only. It connects to nothing and needs no "
                    + "other variable.",
                defaultValue: "false", commands: [.serve], since: Self.original)
        case .url:
            Declaration(
                meaning: "The address of the service to ask, unless --url is given.",
                defaultValue: "that of the profile, else http://127.0.0.1 at PORT", commands: [.client])
        case .token:
            Declaration(
                meaning: "The token for the service to ask, unless --token is given.", commands: [.client],
                isSecret: true)
        case .profile:
            Declaration(
                meaning: "The profile to use, unless --profile is given. 'heksher login' stores profiles.",
                defaultValue: "the current one", commands: [.client])
        case .cacert:
            Declaration(
                meaning: "The file of certificates, in PEM, of the authorities to trust, unless --cacert is given.",
                defaultValue: "those that the system trusts", commands: [.client], mayBeEmpty: false)
        case .configurationHome:
            Declaration(
                meaning: "The folder that contains the profiles, in heksher/config.", defaultValue: "~/.config",
                commands: [.client])
        case .noColor:
            Declaration(
                meaning: "Any value except the empty one turns colours off. There are colours only on a terminal.",
                commands: [.client])
        case .pager:
            Declaration(
                meaning: "The program that shows output that is longer than the terminal; 'cat' for none.",
                defaultValue: "less, else more", commands: [.client])
        }
    }

    /// Whether the variable limits what clients can use, or how long something may take.
    var isLimit: Bool {
        switch self {
        case .databasePoolSize, .shutdownSeconds, .idleSeconds: true
        default: name.hasPrefix("HEKSHER_MAX_")
        }
    }

    /// The section ENVIRONMENT of a command's help.
    public static func help(for command: Command) -> String {
        let entries = allCases.filter { $0.declaration.commands.contains(command) }.map { variable in
            let declaration = variable.declaration
            let text = declaration.meaning + (declaration.defaultValue.map { " (default: \($0))" } ?? "")
            return HelpEntry(name: variable.name, text: text).description
        }
        return "ENVIRONMENT\n" + entries.joined(separator: "\n")
    }
}
